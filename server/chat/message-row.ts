// A stored message as the event that devices receive and history returns: one mapping for both, so that they
// cannot differ.
import type { MessageKind } from '../contract/drafts.ts';
import type { MessageEvent } from '../contract/events.ts';
import { Prisma } from '../db.ts';

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
}

/** A row that the database wrote as JSON: many of them are one value, where each column of each is one otherwise. */
export type MessageJson = Omit<MessageRow, 'sentAt'> & { readonly sentAt: string };

/** Makes that of the row `m`. */
export const messageJson = Prisma.sql`json_build_object('conversationId', m.conversation_id, 'seq', m.seq, 'id', m.id,
  'senderId', m.sender_id, 'deviceId', m.device_id, 'clientMessageId', m.client_message_id, 'kind', m.kind,
  'text', m.text, 'media', m.media, 'replyTo', m.reply_to, 'mentions', coalesce(m.mentions, '{}'), 'sentAt', m.sent_at)`;

export const rowOf = (json: MessageJson): MessageRow => ({ ...json, sentAt: new Date(json.sentAt) });

/** What the message does not have is left out, not null. */
export function toMessageEvent(row: MessageRow): MessageEvent {
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
    ...(row.mentions.length === 0 ? {} : { mentions: [...row.mentions] }),
    sentAt: row.sentAt.toISOString(),
  };
}
