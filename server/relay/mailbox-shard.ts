// One mailbox shard: hands each event to every device of every recipient, and acknowledges the AMQP message when all
// of them have settled it. In the order of arrival, so that each device sees one order.
import type { Delivery } from '../broker/consumer.ts';
import { decodeMailbox, type MailboxHeader } from '../broker/wire.ts';
import type { Context } from '../context.ts';
import { backoffMs, sleep } from '../lib/backoff.ts';
import { metrics } from '../metrics.ts';
import type { Backing } from './device.ts';
import { EventItem } from './event-item.ts';
import type { Residents } from './residents.ts';

const RETRY = { firstMs: 50, maxMs: 2000 };

interface Arrived {
  readonly delivery: Delivery;
  readonly entries: { readonly header: MailboxHeader; readonly event: Buffer }[];
}

/** One AMQP message that several devices must settle. */
class Share implements Backing {
  readonly #delivery: Delivery;
  #open = 1;

  constructor(delivery: Delivery) {
    this.#delivery = delivery;
  }

  get valid(): boolean {
    return this.#delivery.valid;
  }

  take(): this {
    this.#open += 1;
    return this;
  }

  settle(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#delivery.ack();
  }
}

export class MailboxShard {
  readonly #context: Context;
  readonly #residents: Residents;
  readonly #stopping = new AbortController();
  #waiting: Arrived[] = [];
  #running: Promise<void> | undefined;

  constructor(context: Context, residents: Residents) {
    this.#context = context;
    this.#residents = residents;
  }

  take(delivery: Delivery): void {
    try {
      this.#waiting.push({ delivery, entries: decodeMailbox(delivery.body) });
    } catch (error) {
      void this.#deadLetter(delivery, (error as Error).message);
      return;
    }
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** What was delivered is no longer ours: the broker delivers it again. */
  lost(): void {
    this.#waiting = [];
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    // what the same turn of the event loop delivers goes together; and `#running` must be over when nothing waits
    await new Promise(setImmediate);
    while (this.#waiting.length > 0 && !this.#stopping.signal.aborted) {
      const arrived = this.#waiting.splice(0);
      const unknown = new Set<string>();
      for (const { entries } of arrived) {
        for (const { header } of entries) {
          for (const user of header.to) if (!this.#residents.devices(user)) unknown.add(user);
        }
      }
      if (unknown.size > 0 && !(await this.#load(unknown))) return;
      for (const { delivery, entries } of arrived) this.#spread(delivery, entries);
    }
  }

  /** Until the database answers: an event must not pass a device by. */
  async #load(users: Iterable<string>): Promise<boolean> {
    for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
      try {
        await this.#residents.load(users);
        return true;
      } catch (error) {
        this.#context.log.warn({ error: (error as Error).message }, 'devices could not be loaded, trying again');
        await sleep(backoffMs(RETRY, attempt), this.#stopping.signal);
      }
    }
    return false;
  }

  #spread(delivery: Delivery, entries: Arrived['entries']): void {
    const share = new Share(delivery);
    for (const { header, event } of entries) {
      const item = new EventItem(header, event);
      for (const user of header.to) {
        for (const device of this.#residents.devices(user) ?? []) device.deliver(item, share.take());
      }
    }
    share.settle();
  }

  async #deadLetter(delivery: Delivery, reason: string): Promise<void> {
    metrics.deadLetters.inc({ from: 'relay' });
    this.#context.log.error({ reason }, 'a mailbox entry cannot be read and was dead-lettered');
    await this.#context.broker.deadLetter(delivery.body, reason);
    delivery.ack();
  }
}
