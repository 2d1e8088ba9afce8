// The role `worker`: consumes the inbound shards. Where several workers run, RabbitMQ gives each shard to one.
import { inboundQueue } from '../broker/topology.ts';
import type { Context } from '../context.ts';
import { openPreparedDb } from '../db.ts';
import type { RunningRole } from '../door.ts';
import { sleep } from '../lib/backoff.ts';
import { startErasures } from './erasures.ts';
import { startExpiry } from './expiry.ts';
import { InboundWork } from './inbound-work.ts';
import { startLinkSweep } from './link-sweep.ts';
import { startMediaSweep } from './media-sweep.ts';
import { startRetention } from './retention.ts';
import { startScheduledSending } from './scheduled-sending.ts';
import { SearchIndex } from './search-index.ts';

/** One stores messages, one moves markers. */
const CONNECTIONS = 2;

export async function startWorker(context: Context): Promise<RunningRole> {
  const { broker, config } = context;
  const db = openPreparedDb(config, CONNECTIONS);
  const index = new SearchIndex(context);
  const work = new InboundWork({ ...context, db }, (conversations) => index.note(conversations));
  const consumers = await Promise.all(
    Array.from({ length: config.SHARDS_INBOUND }, (_, number) =>
      broker.consume({
        queue: inboundQueue(number),
        prefetch: config.WORKER_PREFETCH,
        onDelivery: (delivery) => work.take(delivery),
        onLost: () => work.lost(),
      }),
    ),
  );
  const stopRetention = startRetention(context);
  const stopErasures = startErasures(context);
  const stopSweep = startMediaSweep(context);
  const stopLinks = startLinkSweep(context);
  const stopExpiry = startExpiry(context);
  const stopSending = startScheduledSending(context);
  return {
    doors: [],
    async stop() {
      const done = Promise.all([
        stopRetention(),
        stopErasures(),
        stopSweep(),
        stopLinks(),
        stopExpiry(),
        stopSending(),
        index.stop(),
        Promise.all(consumers.map((consumer) => consumer.stop())).then(() => work.stop()),
      ]);
      // a batch that is stored waits for the broker to take its events; given up, it is delivered again
      const given = new AbortController();
      await Promise.race([done.finally(() => given.abort()), sleep(config.STOP_MS / 2, given.signal)]);
      await db.$disconnect();
    },
  };
}
