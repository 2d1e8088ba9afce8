// Messages that have disappeared: emptied once their time is over, as by a recall; their places stay. Their devices are
// told before that is committed: after a crash in between it is done again. Nobody depends on when this runs: what is
// over is shown nowhere (server/chat/message-row.ts, server/relay/event-item.ts).
import { eventJson } from '../broker/wire.ts';
import type { Context } from '../context.ts';
import { sleep } from '../lib/backoff.ts';

type Rooms = Pick<Context, 'db' | 'broker' | 'config' | 'clock' | 'log'>;

/** in one statement */
const MESSAGES = 200;
/** of PostgreSQL's advisory locks: one worker is at it at a time */
const EXPIRY_LOCK = 0x70617278;

const satellites = ['message_edit', 'reaction', 'message_media', 'pin', 'poll_vote'];
const emptied = satellites.map(
  (table) => `, gone_${table} AS (
  DELETE FROM ${table} t USING due d WHERE t.conversation_id = d.conversation_id AND t.seq = d.seq
)`,
);

/* $1: now, $2: how many. A message that is just being changed is left for the next time. */
const EMPTY = `
WITH mine AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(${EXPIRY_LOCK}) AS held), due AS MATERIALIZED (
  SELECT m.conversation_id, m.seq, m.id FROM message m
  WHERE m.expires_at <= $1::timestamptz AND m.expires_at IS NOT NULL AND m.expired IS NULL AND (SELECT held FROM mine)
  ORDER BY m.expires_at LIMIT $2::int FOR UPDATE SKIP LOCKED
), emptied AS (
  UPDATE message m SET text = NULL, media = NULL, preview = NULL, mentions = '{}', edited_at = NULL, reacted = NULL, expired = true
  FROM due d WHERE m.conversation_id = d.conversation_id AND m.seq = d.seq
)${emptied.join('')}
SELECT d.id, d.conversation_id AS conversation, d.seq,
  ARRAY(SELECT user_id FROM member b WHERE b.conversation_id = d.conversation_id AND b.joined_seq < d.seq) AS "to"
FROM due d ORDER BY d.conversation_id, d.seq`;

interface Emptied {
  readonly id: string;
  readonly conversation: string;
  readonly seq: number;
  readonly to: readonly string[];
}

/** Resolves with how many there were; there may be more. */
export async function emptyExpired({ db, broker, clock }: Rooms): Promise<number> {
  return db.$transaction(async (tx) => {
    const rows = await tx.$queryRawUnsafe<Emptied[]>(EMPTY, new Date(clock.now()), MESSAGES);
    const entries = rows.map(({ to, ...done }) => ({
      to,
      key: `${done.id}.expired`,
      event: eventJson({ type: 'message.expired', ...done }),
    }));
    await broker.mailboxes.publish(entries);
    return rows.length;
  });
}

/** Goes on until the returned function is called. */
export function startExpiry(context: Rooms): () => Promise<void> {
  const stopping = new AbortController();
  const running = rounds(context, stopping.signal);
  return () => {
    stopping.abort();
    return running;
  };
}

async function rounds(context: Rooms, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let more = false;
    try {
      more = (await emptyExpired(context)) === MESSAGES;
    } catch (error) {
      context.log.warn({ error: (error as Error).message }, 'messages did not disappear, trying again');
    }
    if (!more) await sleep(context.config.EXPIRY_MS, signal);
  }
}
