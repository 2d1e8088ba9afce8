// Messages that are stored already, read again by what their sender calls them.
import { type MessageRow, REACTIONS, toMessageEvent, VOTES } from '../chat/message-row.ts';
import type { MessageEvent } from '../contract/events.ts';
import type { Db } from '../db.ts';

const READ = `
SELECT m.conversation_id AS "conversationId", m.seq, m.id, m.sender_id AS "senderId", m.device_id AS "deviceId",
  m.client_message_id AS "clientMessageId", m.kind, m.text, m.media, m.reply_to AS "replyTo",
  coalesce(m.mentions, '{}') AS mentions, m.sent_at AS "sentAt",
  m.edited_at AS "editedAt", m.recalled_at AS "recalledAt", m.recalled_by AS "recalledBy", ${REACTIONS} AS reactions,
  m.forwarded, m.preview, m.expires_at AS "expiresAt", ${VOTES} AS votes
FROM unnest($1::text[], $2::text[]) AS i(sender, cmid)
JOIN message m ON m.sender_id = i.sender AND m.client_message_id = i.cmid
ORDER BY m.conversation_id, m.seq`;

/** As events, those of one conversation in their order. */
export async function storedMessages(
  db: Db,
  names: readonly { readonly sender: string; readonly clientMessageId: string }[],
): Promise<MessageEvent[]> {
  if (names.length === 0) return [];
  const rows = await db.$queryRawUnsafe<MessageRow[]>(
    READ,
    names.map(({ sender }) => sender),
    names.map(({ clientMessageId }) => clientMessageId),
  );
  return rows.map(toMessageEvent);
}
