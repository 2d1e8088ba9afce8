// Consuming a queue for as long as the process lives: the consumer is declared again whenever the connection
// comes back. The handler sees deliveries, never a channel; a delivery of an earlier connection settles nothing.
import type { Channel, ConsumeMessage } from 'amqplib';
import { type Connection, isOpen } from './connection.ts';

export interface Delivery {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly redelivered: boolean;
  /** false once its channel is gone: the broker will deliver the message again. */
  readonly valid: boolean;
  ack(): void;
  requeue(): void;
}

export interface ConsumerOptions {
  readonly queue: string;
  readonly prefetch: number;
  readonly onDelivery: (delivery: Delivery) => void;
  /** The deliveries so far are no longer ours. */
  readonly onLost?: () => void;
}

export function deliveryOf(channel: Channel, open: () => boolean, message: ConsumeMessage): Delivery {
  return {
    body: message.content,
    headers: message.properties.headers ?? {},
    redelivered: message.fields.redelivered,
    get valid() {
      return open();
    },
    ack() {
      if (open()) channel.ack(message);
    },
    requeue() {
      if (open()) channel.nack(message, false, true);
    },
  };
}

export interface Consumer {
  /** No further deliveries; those not settled go back when the connection closes. */
  stop(): Promise<void>;
}

export async function consume(connection: Connection, options: ConsumerOptions): Promise<Consumer> {
  let stopped = false;
  let current: { channel: Channel; tag: string } | undefined;
  await connection.keepChannel(
    async (channel) => {
      if (stopped) return;
      const open = isOpen(channel);
      await channel.prefetch(options.prefetch);
      const { consumerTag } = await channel.consume(options.queue, (message) => {
        // null: the broker cancelled the consumer (the queue was deleted, its node went away)
        if (message === null) void channel.close().catch(() => {});
        else if (!stopped) options.onDelivery(deliveryOf(channel, open, message));
      });
      current = { channel, tag: consumerTag };
    },
    () => {
      current = undefined;
      options.onLost?.();
    },
  );
  return {
    async stop() {
      stopped = true;
      await current?.channel.cancel(current.tag).catch(() => {});
    },
  };
}
