// A stored message as the event that devices receive and history returns: one mapping for both, so that they
// cannot differ.
import type { MessageKind } from '../contract/drafts.ts';
import type { MessageEvent, Quote, Reactions, Votes } from '../contract/events.ts';
import type { LinkPreview } from '../contract/link-preview.ts';
import { limits } from '../contract/limits.ts';
import { Prisma } from '../db.ts';
import { seenBy } from './sight.ts';

/** A row of the table `message`, under the names the Prisma client gives its columns. */
export interface MessageRow {
  readonly conversationId: string;
  readonly seq: number;
  readonly id: string;
  readonly senderId: string;
  readonly deviceId: string;
  readonly clientMessageId: string;
  readonly kind: string;
  readonly text: string | null;
  readonly media: unknown;
  readonly replyTo: string | null;
  readonly mentions: readonly string[];
  readonly sentAt: Date;
  readonly editedAt: Date | null;
  readonly recalledAt: Date | null;
  readonly recalledBy: string | null;
  readonly reactions: Reactions | null;
  readonly quote?: Quote | null;
  readonly expiresAt?: Date | null;
  readonly forwarded?: number | null;
  readonly votes?: Votes | null;
  readonly preview?: unknown;
  readonly starred?: boolean;
}

/** A row that the database wrote as JSON: many of them are one value, where each column of each is one otherwise. */
export type MessageJson = Omit<MessageRow, 'sentAt' | 'editedAt' | 'recalledAt' | 'expiresAt'> & {
  readonly sentAt: string;
  readonly editedAt: string | null;
  readonly recalledAt: string | null;
  readonly expiresAt: string | null;
};

/*
 * Of the row `m`: its reactions. A message without any costs nothing but a look at its own row.
 */
export const REACTIONS = `CASE WHEN m.reacted THEN (
  SELECT json_agg(json_build_object('emoji', e.emoji, 'count', e.count, 'users', e.users) ORDER BY e.first, e.emoji) FROM (
    SELECT r.emoji, count(*)::int AS count, min(r.reacted_at) AS first,
      (array_agg(r.user_id ORDER BY r.reacted_at, r.user_id))[:${limits.reactionUsers}] AS users
    FROM reaction r WHERE r.conversation_id = m.conversation_id AND r.seq = m.seq AND r.emoji IS NOT NULL GROUP BY r.emoji
  ) e
) END`;

/** Of the row `m`: how its poll stands. */
export const VOTES = `CASE WHEN m.kind = 'poll' THEN (
  SELECT json_agg(json_build_object('option', e.option, 'count', e.count, 'users', e.users) ORDER BY e.option) FROM (
    SELECT o.option, count(*)::int AS count,
      (array_agg(v.user_id ORDER BY v.voted_at, v.user_id))[:${limits.reactionUsers}] AS users
    FROM poll_vote v CROSS JOIN LATERAL unnest(v.options) AS o(option)
    WHERE v.conversation_id = m.conversation_id AND v.seq = m.seq GROUP BY o.option
  ) e
) END`;

/** Of the row `q`, which a message answers: what of it is shown there. What disappears is nowhere else. */
export const QUOTE = `json_strip_nulls(json_build_object(
  'id', q.id, 'seq', q.seq, 'sender', q.sender_id, 'kind', q.kind, 'text', CASE WHEN q.expires_at IS NULL THEN left(q.text, ${limits.quoteChars}) END))`;

/* What the row `m` answers, as it is now and for who may see it; a message that answers none costs nothing. */
const quoteFor = (userId: string) => Prisma.sql`CASE WHEN m.reply_to IS NOT NULL AND m.recalled_at IS NULL THEN (
  SELECT ${Prisma.raw(QUOTE)} FROM message q
  WHERE q.id = m.reply_to AND q.conversation_id = m.conversation_id AND q.recalled_at IS NULL AND ${seenBy(userId, 'q')}
) END`;

/** Makes that of the row `m`, as this user sees it; `starred`: a condition. */
export const messageJson = (
  userId: string,
  starred = Prisma.sql`false`,
) => Prisma.sql`json_build_object('conversationId', m.conversation_id, 'seq', m.seq, 'id', m.id,
  'senderId', m.sender_id, 'deviceId', m.device_id, 'clientMessageId', m.client_message_id, 'kind', m.kind,
  'text', m.text, 'media', m.media, 'replyTo', m.reply_to, 'mentions', coalesce(m.mentions, '{}'), 'sentAt', m.sent_at,
  'editedAt', m.edited_at, 'recalledAt', m.recalled_at, 'recalledBy', m.recalled_by, 'reactions', ${Prisma.raw(REACTIONS)},
  'expiresAt', m.expires_at, 'forwarded', m.forwarded, 'preview', m.preview, 'votes', ${Prisma.raw(VOTES)}, 'quote', ${quoteFor(userId)}, 'starred', ${starred})`;

const dateOf = (text: string | null): Date | null => (text === null ? null : new Date(text));

export const rowOf = (json: MessageJson): MessageRow => ({
  ...json,
  sentAt: new Date(json.sentAt),
  editedAt: dateOf(json.editedAt),
  recalledAt: dateOf(json.recalledAt),
  expiresAt: dateOf(json.expiresAt),
});

const NOTHING = {
  text: null,
  media: null,
  preview: null,
  editedAt: null,
  mentions: [],
  quote: null,
  reactions: null,
  votes: null,
};

/** What the message does not have is left out, not null; what it said once its time is over, too. */
export function toMessageEvent(known: MessageRow, now: number = Date.now()): MessageEvent {
  const row = known.expiresAt && known.expiresAt.getTime() <= now ? { ...known, ...NOTHING } : known;
  return {
    type: 'message',
    id: row.id,
    conversation: row.conversationId,
    seq: row.seq,
    sender: row.senderId,
    device: row.deviceId,
    clientMessageId: row.clientMessageId,
    // the table holds what passed the draft's schema
    kind: row.kind as MessageKind,
    ...(row.text === null ? {} : { text: row.text }),
    ...(row.media === null || row.media === undefined ? {} : { media: row.media as MessageEvent['media'] }),
    ...(row.replyTo === null ? {} : { replyTo: row.replyTo }),
    ...(row.quote ? { quote: row.quote } : {}),
    ...(row.mentions.length === 0 ? {} : { mentions: [...row.mentions] }),
    sentAt: row.sentAt.toISOString(),
    ...(row.editedAt ? { editedAt: row.editedAt.toISOString() } : {}),
    ...(row.recalledAt ? { recalledAt: row.recalledAt.toISOString(), recalledBy: row.recalledBy ?? row.senderId } : {}),
    ...(row.reactions?.length ? { reactions: row.reactions } : {}),
    ...(row.expiresAt ? { expiresAt: row.expiresAt.toISOString() } : {}),
    ...(row.forwarded ? { forwarded: row.forwarded } : {}),
    ...(row.votes?.length ? { votes: row.votes } : {}),
    ...(row.preview ? { preview: row.preview as LinkPreview } : {}),
    ...(row.starred ? { starred: true } : {}),
  };
}
