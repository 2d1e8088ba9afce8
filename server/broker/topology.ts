// The queues and exchanges Parley needs, and their names. Declared when the connection comes up; device queues
// are made lazily (device-queues.ts).
import type { Channel, Options } from 'amqplib';
import type { Config } from '../config.ts';
import { hash32 } from '../lib/hash.ts';

export const INTERNAL_PREFIX = 'parley.';
export const DEAD_QUEUE = 'parley.dead';
export const CHANGES_EXCHANGE = 'parley.changes';
export const LIVE_EXCHANGE = 'parley.live';
const DAY_MS = 86_400_000;

export const inboundQueue = (shard: number) => `parley.inbound.${shard}`;
export const mailboxQueue = (shard: number) => `parley.mailbox.${shard}`;
export const deviceQueue = (userId: string, deviceId: string) => `device.${userId}.${deviceId}`;

/** The shard of a key: conversations over the inbound queues, users over the mailbox queues. */
export const shardOf = (key: string, shards: number) => hash32(key) % shards;

type ShardConfig = Pick<Config, 'QUEUE_TYPE' | 'SHARDS_INBOUND' | 'SHARDS_MAILBOX' | 'DEAD_LETTERS'>;

const deadLetterTo = { deadLetterExchange: '', deadLetterRoutingKey: DEAD_QUEUE };

/** One consumer at a time: it guards the moment in which two nodes disagree about who owns the shard. */
const shardQueue = ({ QUEUE_TYPE }: ShardConfig): Options.AssertQueue => ({
  durable: true,
  ...deadLetterTo,
  arguments: { 'x-queue-type': QUEUE_TYPE, 'x-single-active-consumer': true },
});

/** It goes as a whole or not at all: RabbitMQ drops nothing from it, for nobody would learn of that (server/relay/parker.ts). */
export const deviceQueueOptions = ({ DEVICE_QUEUE_DAYS }: Pick<Config, 'DEVICE_QUEUE_DAYS'>): Options.AssertQueue => ({
  durable: true,
  expires: DEVICE_QUEUE_DAYS * DAY_MS,
});

/** The durable queues there always are, with what they are declared with. */
export function standingQueues(config: ShardConfig): { name: string; options: Options.AssertQueue }[] {
  const shards = (count: number, name: (shard: number) => string) =>
    Array.from({ length: count }, (_, shard) => ({ name: name(shard), options: shardQueue(config) }));
  return [
    ...shards(config.SHARDS_INBOUND, inboundQueue),
    ...shards(config.SHARDS_MAILBOX, mailboxQueue),
    { name: DEAD_QUEUE, options: { durable: true, maxLength: config.DEAD_LETTERS } },
  ];
}

export async function declareTopology(channel: Channel, config: ShardConfig): Promise<void> {
  await Promise.all([
    ...standingQueues(config).map(({ name, options }) => channel.assertQueue(name, options)),
    channel.assertExchange(CHANGES_EXCHANGE, 'fanout', { durable: true }),
  ]);
}
