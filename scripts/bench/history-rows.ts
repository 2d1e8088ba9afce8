// A long history, made in the database by a few statements: conversations of very different length, their messages
// mixed in time as real ones are. Every index of the tables stays as it is.
import { type Db, openDb } from '../../server/db.ts';
import type { History } from './scenarios.ts';

/** The first conversations are the longest ones, and large groups. */
const LARGE = 20;
const LARGE_MEMBERS = 100;

/** People and conversations are numbered from 0; `salt` keeps them apart from those of other runs. */
export interface HistoryRows {
  readonly salt: string;
  /** ids by number */
  readonly people: readonly string[];
}

/** Conversation k holds about one part in k^(2/3): the longest of 5,000 some six percent of all messages. */
const CONVERSATION = '$1 || floor($3::int * power((hashint8extended(i, 7) & 1073741823) / 1073741824.0, 3))::int';

/** Over a connection of its own: what it took must not be counted for what comes later. */
export async function makeHistory(url: string, rows: HistoryRows, sizes: History): Promise<void> {
  const db = openDb({ DATABASE_URL: url, DATABASE_CONNECTIONS: 2 });
  try {
    await fill(db, rows, sizes);
  } finally {
    await db.$disconnect();
  }
}

async function fill(db: Db, { salt, people }: HistoryRows, { conversations, messages }: History): Promise<void> {
  await db.$executeRawUnsafe(
    `INSERT INTO conversation (id, kind, title)
     SELECT $1 || c, 'group', 'conversation ' || c FROM generate_series(0, $2::int - 1) c`,
    salt,
    conversations,
  );
  await db.$executeRawUnsafe(
    `INSERT INTO member (conversation_id, user_id)
     SELECT DISTINCT $1 || c, ($2::text[])[1 + (c * 31 + m * (1 + c % 7)) % cardinality($2::text[])]
     FROM generate_series(0, $3::int - 1) c,
       generate_series(0, CASE WHEN c < ${LARGE} THEN ${LARGE_MEMBERS} ELSE 2 + c % 7 END - 1) m`,
    salt,
    people,
    conversations,
  );
  await insertMessages(db, salt, people, conversations, messages);
  // unread: from nothing to a few hundred, and in one of twenty conversations everything
  await db.$executeRawUnsafe(
    `UPDATE conversation c SET last_seq = s.last_seq, active_at = s.active_at
     FROM (SELECT conversation_id, max(seq) AS last_seq, max(sent_at) AS active_at FROM message
       WHERE starts_with(conversation_id, $1) GROUP BY 1) s WHERE c.id = s.conversation_id`,
    salt,
  );
  await db.$executeRawUnsafe(
    `UPDATE member m SET read_seq = CASE WHEN h % 20 = 0 THEN 0 ELSE greatest(0, c.last_seq - h % 300) END
     FROM (SELECT conversation_id, user_id, abs(hashtext(conversation_id || user_id)::bigint) AS h FROM member) x,
       conversation c
     WHERE m.conversation_id = x.conversation_id AND m.user_id = x.user_id AND c.id = m.conversation_id
       AND starts_with(c.id, $1)`,
    salt,
  );
  // what autovacuum does by itself after so many inserts, some time later
  for (const table of ['message', 'member', 'conversation']) await db.$executeRawUnsafe(`VACUUM (ANALYZE) ${table}`);
}

/** One statement: each message has its conversation's next seq, in the order of time. */
async function insertMessages(
  db: Db,
  salt: string,
  people: readonly string[],
  conversations: number,
  messages: number,
): Promise<void> {
  await db.$executeRawUnsafe(
    `INSERT INTO message (conversation_id, seq, id, sender_id, device_id, client_message_id, kind, text, mentions, sent_at)
     SELECT conversation, row_number() OVER (PARTITION BY conversation ORDER BY i), $1 || lpad(i::text, 12, '0'),
       ($2::text[])[1 + i % cardinality($2::text[])], 'bench', $1 || i, 'text',
       'message ' || i || ' ' || repeat('of no importance ', (i % 20)::int), '{}',
       now() - interval '1 year' * (1 - i / $4::float8)
     FROM (SELECT i, ${CONVERSATION} AS conversation FROM generate_series(1, $4::bigint) i) numbered
     ORDER BY i`,
    salt,
    people,
    conversations,
    messages,
  );
}
