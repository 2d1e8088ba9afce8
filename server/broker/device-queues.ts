// The durable queues of devices that are away: made when the first event waits, filled, drained, deleted.
// Knows no state of a device: server/relay/device.ts decides when which of it is done.
import type { ConfirmChannel } from 'amqplib';
import type { Config } from '../config.ts';
import { type Connection, isOpen } from './connection.ts';
import { type Delivery, deliveryOf } from './consumer.ts';
import type { Publisher } from './publisher.ts';
import { deviceQueueOptions } from './topology.ts';

// a queue declared longer ago may have expired meanwhile (x-expires counts from its last use)
const DECLARED_FOR_MS = 3_600_000;
// AMQP headers of one message must fit a frame: queues named in one publication
const QUEUES_AT_ONCE = 200;
const MARK_MS = '60000';
const PRECONDITION_FAILED = 406;

export const MARK_HEADER = 'x-parley-mark';

type QueueConfig = Pick<Config, 'DEVICE_QUEUE_DAYS' | 'DEVICE_QUEUE_EVENTS' | 'LIVE_WINDOW'>;

/** A queue that is to be there. */
export interface Wanted {
  readonly queue: string;
  /** It was made before: if it is not there, what it held is lost. */
  readonly made: boolean;
}

interface Declared {
  readonly at: number;
  /** what waits in it, at most: counted when it was declared, and whatever was put into it since */
  events: number;
}

export interface Drain {
  /** What waited when the drain began, about. */
  readonly waiting: number;
  /** Resolves when no further delivery will come. */
  stop(): Promise<void>;
}

export class DeviceQueues {
  readonly #publisher: Publisher;
  readonly #config: QueueConfig;
  readonly #declared = new Map<string, Declared>();
  /** queues that nobody knows to have been made, and that are there, declared otherwise */
  readonly #strangers = new Set<string>();
  #control: ConfirmChannel | undefined;
  #drains: { readonly channel: ConfirmChannel; readonly open: () => boolean } | undefined;
  #onLost: () => void = () => {};
  /** what is under way with a queue: it must not go while a drain of it begins, for that would end the drains of all */
  readonly #turns = new Map<string, Promise<unknown>>();

  private constructor(publisher: Publisher, config: QueueConfig) {
    this.#publisher = publisher;
    this.#config = config;
  }

  static async open(consuming: Connection, publisher: Publisher, config: QueueConfig): Promise<DeviceQueues> {
    const queues = new DeviceQueues(publisher, config);
    // declaring is apart from draining: what goes wrong with one queue must not stop the drains of all. Not where we
    // publish: in an alarm the broker hears nothing of that connection, and who comes back then must be able to drain
    await consuming.keepChannel(
      (channel) => {
        queues.#control = channel;
      },
      () => {
        queues.#control = undefined;
        queues.#declared.clear();
      },
    );
    await consuming.keepChannel(
      async (channel) => {
        await channel.prefetch(config.LIVE_WINDOW);
        queues.#drains = { channel, open: isOpen(channel) };
      },
      () => {
        queues.#drains = undefined;
        queues.#onLost();
      },
    );
    return queues;
  }

  /** True when a drain can be begun. */
  get up(): boolean {
    return this.#control !== undefined && this.#drains !== undefined;
  }

  /**
   * Makes sure of those of the queues that were not looked at lately, or may be full. Returns those that cannot be used:
   * they are gone, or DEVICE_QUEUE_EVENTS wait in them. Rejects when the broker goes away meanwhile.
   */
  async declare(wanted: readonly Wanted[], now: number): Promise<Set<string>> {
    const due = wanted.filter(({ queue }) => {
      const { at, events } = this.#declared.get(queue) ?? { at: 0, events: 0 };
      return at < now - DECLARED_FOR_MS || events >= this.#config.DEVICE_QUEUE_EVENTS;
    });
    const unusable = new Set<string>();
    await Promise.all(
      due.map(async ({ queue, made }) => {
        const events = await this.#lengthOf(queue, made);
        if (events !== undefined) this.#declared.set(queue, { at: now, events });
        if (events === undefined || events >= this.#config.DEVICE_QUEUE_EVENTS) unusable.add(queue);
      }),
    );
    return unusable;
  }

  /** Makes the queue, unless it was `made` before; then undefined: it is gone. */
  async #lengthOf(queue: string, made: boolean): Promise<number | undefined> {
    if (made && !(await this.#exists(queue))) return undefined;
    const channel = this.#control;
    if (!channel) throw new Error('the broker is away');
    // not compared: it may have been declared by an older version, or with other settings
    if (made) return (await channel.checkQueue(queue)).messageCount;
    try {
      if (this.#strangers.delete(queue)) await channel.deleteQueue(queue);
      return (await channel.assertQueue(queue, deviceQueueOptions(this.#config))).messageCount;
    } catch (error) {
      // the channel went with it; the next try has another
      if ((error as { code?: number }).code === PRECONDITION_FAILED) this.#strangers.add(queue);
      throw error;
    }
  }

  /** Asked by a message that is returned where there is no queue: asking by name would cost the channel each time. */
  #exists(queue: string): Promise<boolean> {
    const options = { headers: { [MARK_HEADER]: '' }, mandatory: true, expiration: '0', persistent: false };
    return this.#publisher.publish({ exchange: '', routingKey: queue, body: Buffer.alloc(0), options });
  }

  /** Somebody else than a relay consumes it: a bot. */
  async isConsumed(queue: string): Promise<boolean> {
    if (!this.#control) throw new Error('the broker is away');
    return (await this.#exists(queue)) && (await this.#control.checkQueue(queue)).consumerCount > 0;
  }

  /**
   * Puts an event into each of the queues; resolves with the broker's confirm. One publication for many queues:
   * RabbitMQ's sender-selected distribution (BCC) stores the body once and takes the header out again.
   */
  async put(queues: readonly string[], event: Buffer, headers: Record<string, string>): Promise<void> {
    const published: Promise<boolean>[] = [];
    for (let at = 0; at < queues.length; at += QUEUES_AT_ONCE) {
      const named = queues.slice(at, at + QUEUES_AT_ONCE);
      for (const queue of named) {
        const declared = this.#declared.get(queue);
        if (declared) declared.events += 1;
      }
      const [first, ...others] = named;
      const options = { contentType: 'application/json', headers, ...(others.length > 0 ? { BCC: others } : {}) };
      published.push(this.#publisher.publish({ exchange: '', routingKey: first as string, body: event, options }));
    }
    await Promise.all(published);
  }

  /** Puts a mark into the queue: when it is delivered, everything before it was. It expires for whoever reads later. */
  async mark(queue: string, token: string): Promise<void> {
    const options = { headers: { [MARK_HEADER]: token }, expiration: MARK_MS, persistent: false };
    await this.#publisher.publish({ exchange: '', routingKey: queue, body: Buffer.alloc(0), options });
  }

  /** What drains delivered is no longer theirs, and they are over: begin them again. One listener. */
  onLost(listener: () => void): void {
    this.#onLost = listener;
  }

  /** Begins to deliver what waits, at most LIVE_WINDOW unsettled at a time. Undefined: the queue was made before and is gone. */
  drain(wanted: Wanted, onDelivery: (delivery: Delivery) => void): Promise<Drain | undefined> {
    return this.#inTurn(wanted.queue, () => this.#beginDrain(wanted, onDelivery));
  }

  async #beginDrain({ queue, made }: Wanted, onDelivery: (delivery: Delivery) => void): Promise<Drain | undefined> {
    if (!this.up) throw new Error('the broker is away');
    const messageCount = await this.#lengthOf(queue, made);
    if (messageCount === undefined) return undefined;
    if (!this.#drains) throw new Error('the broker is away');
    const { channel, open } = this.#drains;
    const { consumerTag } = await channel.consume(queue, (message) => {
      // null: somebody deleted the queue; there is nothing more to drain
      if (message !== null) onDelivery(deliveryOf(channel, open, message));
    });
    return {
      waiting: messageCount,
      stop: async () => {
        if (open()) await channel.cancel(consumerTag).catch(() => {});
      },
    };
  }

  /** Rejects when the broker goes away meanwhile. */
  delete(queue: string): Promise<void> {
    return this.#inTurn(queue, async () => {
      this.#declared.delete(queue);
      if (!this.#control) throw new Error('the broker is away');
      await this.#control.deleteQueue(queue);
    });
  }

  /** After what was begun with the same queue before. */
  #inTurn<T>(queue: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(queue) ?? Promise.resolve()).then(work, work);
    this.#turns.set(queue, turn);
    const over = () => {
      if (this.#turns.get(queue) === turn) this.#turns.delete(queue);
    };
    turn.then(over, over);
    return turn;
  }
}
