// Parking: putting events into the durable queues of devices that are not there (or cannot keep up). In one order,
// many at a time, and not over before the broker's confirm. A queue that holds DEVICE_QUEUE_EVENTS, or whose device was
// not seen for DEVICE_QUEUE_DAYS, is given up as a whole, and so is one that is gone: that is noted first, and the
// device is told to read history.
import type { Context } from '../context.ts';
import { noteOf } from '../chat/devices.ts';
import { backoffMs, sleep } from '../lib/backoff.ts';
import { Batcher } from '../lib/batcher.ts';
import { metrics } from '../metrics.ts';
import type { Device } from './device.ts';
import type { EventItem } from './event-item.ts';

const AT_ONCE = 1000;
const RETRY = { firstMs: 50, maxMs: 2000 };
const DAY_MS = 86_400_000;

type Task =
  | { readonly device: Device; readonly misses: number; readonly item: EventItem; readonly parked: () => void }
  /** not an event, but the mark behind those parked so far (DeviceQueues.mark) */
  | { readonly device: Device; readonly misses: number; readonly mark: string }
  /** the device was removed: its queue goes, once what was parked for it before is out */
  | { readonly device: Device; readonly drop: true }
  /** its queue was found gone */
  | { readonly device: Device; readonly giveUp: () => void }
  /** it has acknowledged that it knows of what it missed */
  | { readonly device: Device; readonly told: true };

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
    this.#batcher.add({ device, misses: device.misses, item, parked });
  }

  mark(device: Device, token: string): void {
    this.#batcher.add({ device, misses: device.misses, mark: token });
  }

  drop(device: Device): void {
    this.#batcher.add({ device, drop: true });
  }

  /** The queue of the device is gone; resolves when that is noted, and the device told. */
  giveUp(device: Device): Promise<void> {
    return new Promise((resolve) => this.#batcher.add({ device, giveUp: resolve }));
  }

  told(device: Device): void {
    this.#batcher.add({ device, told: true });
  }

  idle(): Promise<void> {
    return this.#batcher.idle();
  }

  /** Gives up what cannot be parked: its mailbox entries are not acknowledged and come again. */
  stop(): void {
    this.#stopping.abort();
  }

  async #flush(tasks: readonly Task[]): Promise<void> {
    if (!(await this.#makeReady(tasks))) return;
    const batch = tasks.filter(goesIn);
    for (const task of tasks) {
      if ('item' in task && !goesIn(task)) task.parked();
      else if ('giveUp' in task) task.giveUp();
    }
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

  /** Tries until everything is as the tasks need it, or until the stop. */
  async #makeReady(tasks: readonly Task[]): Promise<boolean> {
    for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
      try {
        await this.#dropQueues(devicesOf(tasks, (task) => task.device.removed));
        await this.#giveUp(devicesOf(tasks, (task) => 'giveUp' in task));
        await this.#giveUp(await this.#absent(tasks));
        const told = devicesOf(tasks, (task) => 'told' in task && !task.device.missed);
        await noteOf(this.#context, told, 'told');
        await this.#makeQueues(tasks);
        return true;
      } catch (error) {
        this.#context.log.warn({ error: (error as Error).message }, 'device queues cannot be made, trying again');
        await sleep(backoffMs(RETRY, attempt), this.#stopping.signal);
      }
    }
    return false;
  }

  /** Before any is declared: a device of the same name may be linked again. */
  async #dropQueues(removed: readonly Device[]): Promise<void> {
    for (const { queue } of removed) await this.#context.broker.deviceQueues.delete(queue);
  }

  /** The devices that were not seen for too long. */
  async #absent(tasks: readonly Task[]): Promise<Device[]> {
    const { clock, config, broker } = this.#context;
    const since = clock.now() - config.DEVICE_QUEUE_DAYS * DAY_MS;
    const absent: Device[] = [];
    for (const device of devicesOf(tasks, goesIn)) {
      if (device.attached || device.seenAt >= since) continue;
      if (device.hasQueue && (await broker.deviceQueues.isConsumed(device.queue))) device.seenAt = clock.now();
      else absent.push(device);
    }
    return absent;
  }

  /** Notes and declares what is not there yet. Where that finds a queue full or gone, it begins anew. */
  async #makeQueues(tasks: readonly Task[]): Promise<void> {
    const { clock, broker } = this.#context;
    for (;;) {
      const devices = devicesOf(tasks, goesIn);
      const fresh = devices.filter((device) => !device.hasQueue);
      await noteOf(this.#context, fresh, 'queue');
      const wanted = devices.map(({ queue, hasQueue }) => ({ queue, made: hasQueue }));
      const unusable = await broker.deviceQueues.declare(wanted, clock.now());
      for (const device of fresh) device.hasQueue = true;
      if (unusable.size === 0) return;
      await this.#giveUp(devices.filter(({ queue }) => unusable.has(queue)));
    }
  }

  /** What is in their queues is in history. */
  async #giveUp(devices: readonly Device[]): Promise<void> {
    if (devices.length === 0) return;
    await noteOf(this.#context, devices, 'missed');
    for (const device of devices) {
      await this.#context.broker.deviceQueues.delete(device.queue);
      metrics.queuesGivenUp.inc();
      device.queueGivenUp();
    }
  }
}

/** Something for the queue that its device has now. */
const goesIn = (task: Task): boolean => 'misses' in task && task.device.keeps && task.misses === task.device.misses;

const devicesOf = (tasks: readonly Task[], which: (task: Task) => boolean): Device[] => [
  ...new Set(tasks.filter(which).map(({ device }) => device)),
];
