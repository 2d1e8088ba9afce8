// Forgetting: messages older than RETENTION_DAYS are deleted from the beginning of their conversations, a little at a
// time. It goes by the primary key (within a conversation the oldest stand first), so no index is kept for it. Where it
// was when a worker stopped nobody needs to know: what is deleted is not found again.
import type { Context } from '../context.ts';
import { sleep } from '../lib/backoff.ts';

type Rooms = Pick<Context, 'db' | 'config' | 'clock' | 'log'>;

const DAY_MS = 86_400_000;
const PASS_MS = 3_600_000;
const CONVERSATIONS = 500;
/** rows of one conversation in one statement; with CONVERSATIONS the bound of a statement */
const ROWS_EACH = 20;
/** rests so many times as long as it worked */
const REST = 4;
/** of PostgreSQL's advisory locks: one worker deletes at a time */
export const RETENTION_LOCK = 0x7061726c;

/* $1: the conversation after which to go on, $2: the time before which messages are old, $3: how many conversations. */
const FIND = `
SELECT c.id, EXISTS (
  SELECT 1 FROM (SELECT sent_at FROM message m WHERE m.conversation_id = c.id ORDER BY seq LIMIT 1) first
  WHERE first.sent_at < $2::timestamptz
) AS due
FROM conversation c WHERE c.id > $1 ORDER BY c.id LIMIT $3::int`;

/* $1: conversations, $2: as above, $3: rows of each. Up to the first that is not old: no gap but at the beginning. */
const DELETE = `
WITH mine AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(${RETENTION_LOCK}) AS held), old AS (
  SELECT i.id, m.seq FROM mine CROSS JOIN unnest($1::text[]) AS i(id) CROSS JOIN LATERAL (
    SELECT seq, bool_and(sent_at < $2::timestamptz) OVER (ORDER BY seq) AS all_old
    FROM (SELECT seq, sent_at FROM message WHERE conversation_id = i.id ORDER BY seq LIMIT $3::int) first
  ) m WHERE mine.held AND m.all_old
), deleted AS (
  DELETE FROM message m USING old WHERE m.conversation_id = old.id AND m.seq = old.seq RETURNING m.conversation_id
)
SELECT mine.held, (SELECT count(*)::int FROM deleted) AS count FROM mine`;

/** One pass over all conversations; resolves with the number of messages deleted. Ends early when another worker is at it. */
export async function forgetOldMessages({ db, config, clock }: Rooms, signal?: AbortSignal): Promise<number> {
  const before = new Date(clock.now() - config.RETENTION_DAYS * DAY_MS);
  const stopped = () => signal?.aborted === true;
  let deleted = 0;
  for (let last: string | undefined = ''; last !== undefined && !stopped(); ) {
    const begun = performance.now();
    const page: { id: string; due: boolean }[] = await db.$queryRawUnsafe(FIND, last, before, CONVERSATIONS);
    last = page.at(-1)?.id;
    await sleep(REST * (performance.now() - begun), signal);
    const due = page.filter((row) => row.due).map(({ id }) => id);
    for (let more = due.length > 0; more && !stopped(); ) {
      const at = performance.now();
      const [row] = await db.$queryRawUnsafe<{ held: boolean; count: number }[]>(DELETE, due, before, ROWS_EACH);
      if (!row?.held) return deleted;
      deleted += row.count;
      more = row.count > 0;
      await sleep(REST * (performance.now() - at), signal);
    }
  }
  return deleted;
}

/** Passes, one an hour, until the returned function is called; none where messages are kept for ever. */
export function startRetention(context: Rooms): () => Promise<void> {
  const stopping = new AbortController();
  const running = context.config.RETENTION_DAYS > 0 ? passes(context, stopping.signal) : Promise.resolve();
  return () => {
    stopping.abort();
    return running;
  };
}

async function passes(context: Rooms, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const deleted = await forgetOldMessages(context, signal);
      if (deleted > 0) context.log.info({ deleted }, 'messages older than RETENTION_DAYS were deleted');
    } catch (error) {
      context.log.warn({ error: (error as Error).message }, 'old messages were not deleted, trying again later');
    }
    await sleep(PASS_MS, signal);
  }
}
