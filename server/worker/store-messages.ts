// Storing a batch of messages in one statement: which of them are new, the next seqs of their conversations, the
// rows. Nothing here publishes. Safe to repeat: what is stored already is recognised and told apart.
import type { MessageEnvelope } from '../broker/wire.ts';
import { directMembers } from '../contract/conversation-id.ts';
import type { Db } from '../db.ts';

/** What became of one message of the batch. */
export interface Stored {
  readonly seq: number;
  /**
   * new: stored now. known: this very envelope was stored before (it came again). repeat: the sender sent it twice, or
   * its envelope no longer says what the message is (it was edited or recalled since).
   */
  readonly state: 'new' | 'known' | 'repeat';
  /** where messages disappear */
  readonly expiresAt?: Date | undefined;
}

interface Row {
  ord: number;
  expiresAt: Date | null;
  seq: number;
  state: Stored['state'];
}

/*
 * $1: the envelopes as a JSON array, none of them twice. `seen` numbers them and says which have a row; `raised` takes
 * as many seqs of each conversation as it has new messages, locking its row, so that two workers that both believe to
 * own a shard cannot give the same seq twice. LATERAL and LIMIT: by the key for each, whatever the statistics say.
 */
const STORE = `
WITH seen AS MATERIALIZED (
  SELECT i.*, m.seq AS old_seq, m.id AS old_id, m.id IS NOT NULL AS found, m.changed, m.expires_at
  FROM ROWS FROM (json_to_recordset($1::json) AS (
    "id" text, "conversation" text, "sender" text, "device" text, "clientMessageId" text, "kind" text, "text" text,
    "media" jsonb, "replyTo" text, "mentions" json, "sentAt" timestamptz, "forwarded" smallint,
    "preview" jsonb
  )) WITH ORDINALITY AS i(
    id, conversation, sender, device, cmid, kind, text, media, reply_to, mentions, sent_at, forwarded, preview, ord
  )
  LEFT JOIN LATERAL (
    SELECT seq, id, coalesce(edited_at, recalled_at) IS NOT NULL OR expired IS NOT NULL AS changed, expires_at
    FROM message WHERE sender_id = i.sender AND client_message_id = i.cmid LIMIT 1
  ) m ON true
), raised AS (
  UPDATE conversation c SET last_seq = c.last_seq + n.count, active_at = GREATEST(c.active_at, n.at)
  FROM (
    SELECT conversation, count(*)::int AS count, max(sent_at) AS at FROM seen WHERE NOT found
    GROUP BY conversation ORDER BY conversation
  ) n
  WHERE c.id = n.conversation
  RETURNING c.id, c.last_seq - n.count AS base, c.disappear_after
), numbered AS (
  SELECT s.*, r.base + row_number() OVER (PARTITION BY s.conversation ORDER BY s.ord) AS seq,
    s.sent_at + r.disappear_after * interval '1 second' AS expires
  FROM seen s JOIN raised r ON r.id = s.conversation WHERE NOT s.found
), stored AS (
  INSERT INTO message (conversation_id, seq, id, sender_id, device_id, client_message_id, kind, text, media, reply_to, mentions, sent_at, forwarded, preview, expires_at)
  SELECT conversation, seq, id, sender, device, cmid, kind, text, media, reply_to,
    CASE WHEN mentions IS NULL THEN '{}' ELSE ARRAY(SELECT json_array_elements_text(mentions)) END, sent_at, forwarded, preview, expires
  FROM numbered
)
SELECT ord::int AS ord, seq::int AS seq, 'new' AS state, expires AS "expiresAt" FROM numbered
UNION ALL
SELECT ord::int, old_seq, CASE WHEN old_id = id AND NOT changed THEN 'known' ELSE 'repeat' END, expires_at FROM seen WHERE found`;

/** What a message is called by its sender: unique among all. */
export const nameOf = ({ sender, clientMessageId }: Pick<MessageEnvelope, 'sender' | 'clientMessageId'>): string =>
  `${sender} ${clientMessageId}`;

/** `line`: the envelope as JSON. The answer has a place for each; undefined: its conversation does not exist. */
export async function storeMessages(
  db: Db,
  messages: readonly { readonly envelope: MessageEnvelope; readonly line: string }[],
): Promise<(Stored | undefined)[]> {
  const firsts = new Map<string, number>();
  const places: number[] = [];
  let json = '';
  for (const [place, { envelope, line }] of messages.entries()) {
    const name = nameOf(envelope);
    if (firsts.has(name)) continue;
    firsts.set(name, place);
    places.push(place);
    json += json === '' ? `[${line}` : `,${line}`;
  }
  const results: (Stored | undefined)[] = Array.from({ length: messages.length });
  for (const { ord, seq, state, expiresAt } of await db.$queryRawUnsafe<Row[]>(STORE, `${json}]`)) {
    results[places[ord - 1] as number] = { seq, state, expiresAt: expiresAt ?? undefined };
  }
  if (places.length === messages.length) return results;
  for (const [place, { envelope }] of messages.entries()) {
    const first = firsts.get(nameOf(envelope)) as number;
    const stored = results[first];
    if (first !== place && stored) results[place] = { seq: stored.seq, state: repeated(messages, first, place) };
  }
  return results;
}

/** The same envelope came again, or the sender sent another of the same name. */
const repeated = (
  messages: readonly { readonly envelope: MessageEnvelope }[],
  first: number,
  place: number,
): 'known' | 'repeat' => (messages[first]?.envelope.id === messages[place]?.envelope.id ? 'known' : 'repeat');

const MAKE_DIRECT = `
WITH made AS (
  INSERT INTO conversation (id, kind) SELECT unnest($1::text[]), 'direct' ON CONFLICT DO NOTHING
)
INSERT INTO member (conversation_id, user_id) SELECT * FROM unnest($2::text[], $3::text[]) ON CONFLICT DO NOTHING`;

/** Direct conversations come into being with their first message. */
export async function makeDirectConversations(
  db: Pick<Db, '$executeRawUnsafe'>,
  conversations: readonly string[],
): Promise<void> {
  const members = conversations.flatMap((id) => (directMembers(id) ?? []).map((user) => ({ id, user })));
  await db.$executeRawUnsafe(
    MAKE_DIRECT,
    conversations,
    members.map(({ id }) => id),
    members.map(({ user }) => user),
  );
}
