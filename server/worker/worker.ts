// The role `worker`: consumes the inbound shards. Where several workers run, RabbitMQ gives each shard to one.
import { inboundQueue } from '../broker/topology.ts';
import type { Context } from '../context.ts';
import type { RunningRole } from '../door.ts';
import { sleep } from '../lib/backoff.ts';
import { InboundShard } from './inbound-shard.ts';
import { startRetention } from './retention.ts';

export async function startWorker(context: Context): Promise<RunningRole> {
  const { broker, config } = context;
  const shards = await Promise.all(
    Array.from({ length: config.SHARDS_INBOUND }, async (_, number) => {
      const shard = new InboundShard(context);
      const consumer = await broker.consume({
        queue: inboundQueue(number),
        prefetch: config.WORKER_PREFETCH,
        onDelivery: (delivery) => shard.take(delivery),
        onLost: () => shard.lost(),
      });
      return { shard, consumer };
    }),
  );
  const stopRetention = startRetention(context);
  return {
    doors: [],
    async stop() {
      const done = Promise.all([
        stopRetention(),
        ...shards.map(async ({ shard, consumer }) => {
          await consumer.stop();
          await shard.stop();
        }),
      ]);
      // a batch that is stored waits for the broker to take its events; given up, it is delivered again
      const given = new AbortController();
      await Promise.race([done.finally(() => given.abort()), sleep(config.STOP_MS / 2, given.signal)]);
    },
  };
}
