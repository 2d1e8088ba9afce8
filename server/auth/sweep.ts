// Expired records go, a bounded number at a time, so that a sweep never holds the table up.
import type { Context } from '../context.ts';

const EVERY_MS = 60_000;
const BATCH = 1000;
const BATCHES = 20;

type Rooms = Pick<Context, 'db' | 'clock' | 'log'>;

/** Deletes what has expired, up to `BATCHES` × `BATCH` rows; how many it were. */
export async function sweep({ db, clock }: Rooms, signal?: AbortSignal): Promise<number> {
  let total = 0;
  for (let i = 0; i < BATCHES; i++) {
    if (signal?.aborted) break;
    // SKIP LOCKED: several processes may sweep the same table
    const count = await db.$executeRaw`
      DELETE FROM oidc_record WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM oidc_record WHERE expires_at < ${new Date(clock.now())} LIMIT ${BATCH}::int FOR UPDATE SKIP LOCKED))`;
    total += count;
    if (count < BATCH) break;
  }
  await db.$executeRaw`DELETE FROM revocation WHERE expires_at < ${new Date(clock.now())}`;
  return total;
}

/** Sweeps from time to time; the result stops it and waits for a sweep under way. */
export function startSweeping(rooms: Rooms): () => Promise<void> {
  const stop = new AbortController();
  let underWay: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    underWay = underWay
      .then(() => sweep(rooms, stop.signal))
      .catch((error: unknown) => rooms.log.warn({ err: error }, 'expired login records stay for now'));
  }, EVERY_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    stop.abort();
    await underWay;
  };
}
