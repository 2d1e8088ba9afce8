// Files that nothing shows: uploaded and never sent, replaced as an avatar, their messages recalled or forgotten. When
// their time is over they are first gone for everybody, then their bytes go, then the row, so that a worker that stops
// in between leaves nothing that the next pass does not find. Goes by the primary key, like retention.
import { SHOWN } from '../chat/media-shelf.ts';
import type { Context } from '../context.ts';
import { Prisma } from '../db.ts';
import { sleep } from '../lib/backoff.ts';
import { openStorage, type Storage } from '../media/storage.ts';

type Rooms = Pick<Context, 'db' | 'config' | 'clock' | 'log'>;

const PASS_MS = 3_600_000;
const FILES = 200;
/** rests so many times as long as it worked */
const REST = 4;
/** of PostgreSQL's advisory locks: one worker sweeps at a time */
export const SWEEP_LOCK = 0x7061726d;

interface Page {
  readonly held: boolean;
  /** of the last file looked at */
  readonly last: string | null;
  readonly gone: readonly string[];
}

/* Also those that a pass, or their owner, began to delete and did not finish. */
const findGone = (db: Rooms['db'], after: string, now: Date) => db.$queryRaw<Page[]>`
  WITH mine AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(${Prisma.raw(String(SWEEP_LOCK))}) AS held
  ), page AS MATERIALIZED (
    SELECT f.id, f.gone_at FROM media f WHERE f.id > ${after} ORDER BY f.id LIMIT ${FILES}
  ), due AS (
    UPDATE media f SET gone_at = ${now} FROM page, mine
    WHERE mine.held AND f.id = page.id AND f.gone_at IS NULL AND f.kept_until < ${now} AND NOT ${SHOWN}
    RETURNING f.id
  )
  SELECT mine.held, (SELECT max(id) FROM page) AS last,
    ARRAY(SELECT id FROM due UNION SELECT id FROM page WHERE gone_at IS NOT NULL) AS gone
  FROM mine`;

/** One pass over all files; resolves with how many were deleted. Ends early when another worker is at it. */
export async function sweepMedia({ db, clock }: Rooms, storage: Storage, signal?: AbortSignal): Promise<number> {
  const stopped = () => signal?.aborted === true;
  let deleted = 0;
  for (let last: string | null = ''; last !== null && !stopped(); ) {
    const begun = performance.now();
    const [page]: Page[] = await findGone(db, last, new Date(clock.now()));
    if (!page?.held) return deleted;
    for (const id of page.gone) for (const key of [`${id}.preview`, id]) await storage.remove(key);
    if (page.gone.length > 0) {
      deleted += await db.$executeRaw`DELETE FROM media WHERE id = ANY(${[...page.gone]}) AND gone_at IS NOT NULL`;
    }
    last = page.last;
    await sleep(REST * (performance.now() - begun), signal);
  }
  return deleted;
}

/** Passes, one an hour, until the returned function is called. */
export function startMediaSweep(context: Rooms): () => Promise<void> {
  const stopping = new AbortController();
  const running = passes(context, openStorage(context.config), stopping.signal);
  return () => {
    stopping.abort();
    return running;
  };
}

async function passes(context: Rooms, storage: Storage, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const deleted = await sweepMedia(context, storage, signal);
      if (deleted > 0) context.log.info({ deleted }, 'files that nothing shows were deleted');
    } catch (error) {
      context.log.warn({ error: (error as Error).message }, 'files were not swept, trying again later');
    }
    await sleep(PASS_MS, signal);
  }
}
