// Forgets what was found at links: what is too old to be shown, and the oldest of too many. Messages keep their own.
import { oldestShown } from '../chat/link-cache.ts';
import type { Context } from '../context.ts';
import { sleep } from '../lib/backoff.ts';

type Rooms = Pick<Context, 'db' | 'config' | 'clock' | 'log'>;

const PASS_MS = 600_000;
const ROWS = 1000;

/** Resolves with how many went; by the index on the time. Of two workers that do it both are right. */
export async function sweepLinks({ db, config, clock }: Omit<Rooms, 'log'>, signal?: AbortSignal): Promise<number> {
  const old = oldestShown({ config, clock });
  let deleted = 0;
  const stopped = () => signal?.aborted === true;
  for (let more = true; more && !stopped(); ) {
    const count = await db.$executeRaw`
      DELETE FROM link_preview WHERE digest IN (
        SELECT digest FROM link_preview WHERE fetched_at <= greatest(${old}::timestamptz, (
          SELECT fetched_at FROM link_preview ORDER BY fetched_at DESC OFFSET ${config.LINK_PREVIEWS_KEPT}::int LIMIT 1
        )) ORDER BY fetched_at LIMIT ${ROWS}
      )`;
    deleted += count;
    more = count === ROWS;
  }
  return deleted;
}

/** Passes until the returned function is called. */
export function startLinkSweep(context: Rooms): () => Promise<void> {
  const stopping = new AbortController();
  const running = passes(context, stopping.signal);
  return () => {
    stopping.abort();
    return running;
  };
}

async function passes(context: Rooms, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await sweepLinks(context, signal);
    } catch (error) {
      context.log.warn({ error: (error as Error).message }, 'link previews were not swept, trying again later');
    }
    await sleep(PASS_MS, signal);
  }
}
