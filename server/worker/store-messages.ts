// Storing a batch of messages in one statement: which of them are new, the next seqs of their conversations, the
// rows. Nothing here publishes. Safe to repeat: what is stored already is recognised and told apart.
import { directMembers } from '../contract/conversation-id.ts';
import type { Db } from '../db.ts';

/** What became of one message of the batch. */
export interface Stored {
  readonly seq: number;
  /** new: stored now. known: this very envelope was stored before (it came again). repeat: the sender sent it twice. */
  readonly state: 'new' | 'known' | 'repeat';
}

interface Row {
  ord: number;
  seq: number;
  state: Stored['state'];
}

/*
 * $1: the envelopes as a JSON array. `input` numbers them; `first` drops repeats inside the batch; `fresh` is what
 * no row has yet; `raised` takes as many seqs of each conversation as it has fresh messages, locking its row, so
 * that two workers that both believe to own a shard cannot give the same seq twice.
 */
const STORE = `
WITH input AS (
  SELECT * FROM ROWS FROM (json_to_recordset($1::json) AS (
    "id" text, "conversation" text, "sender" text, "device" text, "clientMessageId" text, "kind" text, "text" text,
    "media" jsonb, "replyTo" text, "mentions" json, "sentAt" timestamptz
  )) WITH ORDINALITY AS i(id, conversation, sender, device, cmid, kind, text, media, reply_to, mentions, sent_at, ord)
), first AS (
  SELECT DISTINCT ON (sender, cmid) * FROM input ORDER BY sender, cmid, ord
), fresh AS (
  SELECT f.* FROM first f
  WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.sender_id = f.sender AND m.client_message_id = f.cmid)
), raised AS (
  UPDATE conversation c SET last_seq = c.last_seq + n.count, active_at = GREATEST(c.active_at, n.at)
  FROM (SELECT conversation, count(*)::int AS count, max(sent_at) AS at FROM fresh GROUP BY conversation ORDER BY conversation) n
  WHERE c.id = n.conversation
  RETURNING c.id, c.last_seq - n.count AS base
), stored AS (
  INSERT INTO message (conversation_id, seq, id, sender_id, device_id, client_message_id, kind, text, media, reply_to, mentions, sent_at)
  SELECT f.conversation, r.base + row_number() OVER (PARTITION BY f.conversation ORDER BY f.ord),
    f.id, f.sender, f.device, f.cmid, f.kind, f.text, f.media, f.reply_to,
    ARRAY(SELECT json_array_elements_text(coalesce(f.mentions, '[]'::json))), f.sent_at
  FROM fresh f JOIN raised r ON r.id = f.conversation
  RETURNING seq, id, sender_id, client_message_id
)
SELECT i.ord::int AS ord, s.seq, CASE WHEN s.id = i.id THEN 'new' ELSE 'repeat' END AS state
FROM input i JOIN stored s ON s.sender_id = i.sender AND s.client_message_id = i.cmid
UNION ALL
SELECT i.ord::int, m.seq, CASE WHEN m.id = i.id THEN 'known' ELSE 'repeat' END
FROM input i JOIN message m ON m.sender_id = i.sender AND m.client_message_id = i.cmid`;

/** `envelopes`: each as JSON. The answer has a place for each; undefined: its conversation does not exist. */
export async function storeMessages(db: Db, envelopes: readonly string[]): Promise<(Stored | undefined)[]> {
  const rows = await db.$queryRawUnsafe<Row[]>(STORE, `[${envelopes.join(',')}]`);
  const results: (Stored | undefined)[] = Array.from({ length: envelopes.length });
  for (const { ord, seq, state } of rows) results[ord - 1] = { seq, state };
  return results;
}

const MAKE_DIRECT = `
WITH made AS (
  INSERT INTO conversation (id, kind) SELECT unnest($1::text[]), 'direct' ON CONFLICT DO NOTHING
)
INSERT INTO member (conversation_id, user_id) SELECT * FROM unnest($2::text[], $3::text[]) ON CONFLICT DO NOTHING`;

/** Direct conversations come into being with their first message. */
export async function makeDirectConversations(db: Db, conversations: readonly string[]): Promise<void> {
  const members = conversations.flatMap((id) => (directMembers(id) ?? []).map((user) => ({ id, user })));
  await db.$executeRawUnsafe(
    MAKE_DIRECT,
    conversations,
    members.map(({ id }) => id),
    members.map(({ user }) => user),
  );
}

/** The members of group conversations. */
export async function membersOf(db: Db, conversations: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await db.$queryRawUnsafe<{ conversation_id: string; user_ids: string[] }[]>(
    'SELECT conversation_id, array_agg(user_id) AS user_ids FROM member WHERE conversation_id = ANY($1::text[]) GROUP BY 1',
    conversations,
  );
  return new Map(rows.map((row) => [row.conversation_id, row.user_ids]));
}
