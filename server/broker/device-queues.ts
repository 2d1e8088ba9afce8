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

export const MARK_HEADER = 'x-parley-mark';

type QueueConfig = Pick<Config, 'DEVICE_QUEUE_DAYS' | 'DEVICE_QUEUE_EVENTS' | 'LIVE_WINDOW'>;

export interface Drain {
  /** What waited when the drain began, about. */
  readonly waiting: number;
  /** Resolves when no further delivery will come. */
  stop(): Promise<void>;
}

export class DeviceQueues {
  readonly #publisher: Publisher;
  readonly #config: QueueConfig;
  readonly #declared = new Map<string, number>();
  #control: ConfirmChannel | undefined;
  #drains: { readonly channel: ConfirmChannel; readonly open: () => boolean } | undefined;
  #onLost: () => void = () => {};

  private constructor(publisher: Publisher, config: QueueConfig) {
    this.#publisher = publisher;
    this.#config = config;
  }

  static async open(
    consuming: Connection,
    publishing: Connection,
    publisher: Publisher,
    config: QueueConfig,
  ): Promise<DeviceQueues> {
    const queues = new DeviceQueues(publisher, config);
    // declaring is apart from draining: what goes wrong with one queue must not stop the drains of all
    await publishing.keepChannel(
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

  /** Declares those of the queues that were not declared lately. Rejects when the broker goes away meanwhile. */
  async declare(queues: readonly string[], now: number): Promise<void> {
    const due = queues.filter((queue) => (this.#declared.get(queue) ?? 0) < now - DECLARED_FOR_MS);
    if (due.length === 0) return;
    const channel = this.#control;
    if (!channel) throw new Error('the broker is away');
    await Promise.all(
      due.map(async (queue) => {
        await channel.assertQueue(queue, deviceQueueOptions(this.#config));
        this.#declared.set(queue, now);
      }),
    );
  }

  /**
   * Puts an event into each of the queues; resolves with the broker's confirm. One publication for many queues:
   * RabbitMQ's sender-selected distribution (BCC) stores the body once and takes the header out again.
   */
  async put(queues: readonly string[], event: Buffer, headers: Record<string, string>): Promise<void> {
    const published: Promise<boolean>[] = [];
    for (let at = 0; at < queues.length; at += QUEUES_AT_ONCE) {
      const [first, ...others] = queues.slice(at, at + QUEUES_AT_ONCE);
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

  /** Begins to deliver what waits, at most LIVE_WINDOW unsettled at a time. */
  async drain(queue: string, onDelivery: (delivery: Delivery) => void): Promise<Drain> {
    const [control, drains] = [this.#control, this.#drains];
    if (!control || !drains) throw new Error('the broker is away');
    const { messageCount } = await control.assertQueue(queue, deviceQueueOptions(this.#config));
    const { channel, open } = drains;
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
  async delete(queue: string): Promise<void> {
    this.#declared.delete(queue);
    if (!this.#control) throw new Error('the broker is away');
    await this.#control.deleteQueue(queue);
  }
}
