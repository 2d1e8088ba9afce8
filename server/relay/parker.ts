// Parking: putting events into the durable queues of devices that are not there (or cannot keep up). In one order,
// many at a time, and not over before the broker's confirm.
import type { Context } from '../context.ts';
import { noteQueues } from '../chat/devices.ts';
import { backoffMs, sleep } from '../lib/backoff.ts';
import { Batcher } from '../lib/batcher.ts';
import { metrics } from '../metrics.ts';
import type { Device } from './device.ts';
import type { EventItem } from './event-item.ts';

const AT_ONCE = 1000;
const RETRY = { firstMs: 50, maxMs: 2000 };

type Task =
  | { readonly device: Device; readonly item: EventItem; readonly parked: () => void }
  /** not an event, but the mark behind those parked so far (DeviceQueues.mark) */
  | { readonly device: Device; readonly mark: string }
  /** the device was removed: its queue goes, once what was parked for it before is out */
  | { readonly device: Device; readonly drop: true };

export class Parker {
  readonly #context: Context;
  readonly #batcher: Batcher<Task>;
  readonly #stopping = new AbortController();

  constructor(context: Context) {
    this.#context = context;
    this.#batcher = new Batcher<Task>({
      outstanding: 1,
      maxEntries: AT_ONCE,
      maxBytes: Number.POSITIVE_INFINITY,
      flush: (batch) => this.#flush(batch),
    });
  }

  park(device: Device, item: EventItem, parked: () => void): void {
    this.#batcher.add({ device, item, parked });
  }

  mark(device: Device, token: string): void {
    this.#batcher.add({ device, mark: token });
  }

  drop(device: Device): void {
    this.#batcher.add({ device, drop: true });
  }

  idle(): Promise<void> {
    return this.#batcher.idle();
  }

  /** Gives up what cannot be parked: its mailbox entries are not acknowledged and come again. */
  stop(): void {
    this.#stopping.abort();
  }

  async #flush(tasks: readonly Task[]): Promise<void> {
    if (!(await this.#makeQueues(tasks))) return;
    const batch = tasks.filter(({ device }) => !device.removed);
    for (const task of tasks) if ('item' in task && task.device.removed) task.parked();
    const { deviceQueues } = this.#context.broker;
    const confirmed: Promise<void>[] = [];
    for (let at = 0; at < batch.length; ) {
      const task = batch[at] as Task;
      if (!('item' in task)) {
        if ('mark' in task) confirmed.push(deviceQueues.mark(task.device.queue, task.mark));
        at += 1;
        continue;
      }
      // the copies of one event stand together: one publication for all of them
      const copies = [task];
      for (
        let next = batch[at + 1];
        next && 'item' in next && next.item === task.item;
        next = batch[at + copies.length]
      ) {
        copies.push(next);
      }
      at += copies.length;
      const queues = copies.map(({ device }) => device.queue);
      confirmed.push(
        deviceQueues.put(queues, task.item.body, task.item.headers).then(() => {
          metrics.parked.inc(copies.length);
          for (const { parked } of copies) parked();
        }),
      );
    }
    await Promise.all(confirmed);
  }

  /** Deletes the queues of removed devices, notes and declares what is not there yet; tries until it works, or until the stop. */
  async #makeQueues(batch: readonly Task[]): Promise<boolean> {
    const all = [...new Set(batch.map(({ device }) => device))];
    for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
      try {
        // before any is declared: a device of the same name may be linked again
        for (const { removed, queue } of all) if (removed) await this.#context.broker.deviceQueues.delete(queue);
        const devices = all.filter(({ removed }) => !removed);
        const fresh = devices.filter((device) => !device.hasQueue);
        if (fresh.length > 0) await noteQueues(this.#context, fresh);
        for (const device of fresh) device.hasQueue = true;
        const queues = devices.map(({ queue }) => queue);
        await this.#context.broker.deviceQueues.declare(queues, this.#context.clock.now());
        return true;
      } catch (error) {
        this.#context.log.warn({ error: (error as Error).message }, 'device queues cannot be made, trying again');
        await sleep(backoffMs(RETRY, attempt), this.#stopping.signal);
      }
    }
    return false;
  }
}
