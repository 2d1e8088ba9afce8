// Which messages show which files: noted when they are stored, before anybody is told of them. Read from the stored
// rows, so that it may be done again, and by whoever recognises the message. Messages without files cost nothing.
import type { MessageEnvelope } from '../broker/wire.ts';
import { isMediaKind, mediaKinds } from '../contract/media.ts';
import type { Db } from '../db.ts';

/* What was forwarded a moment ago may be needed for a little longer than what shows it. */
const KEPT = "interval '1 hour'";

/* $1, $2: the messages' names. A file that was swept since is left out. */
const LINK = `
WITH shown AS (
  SELECT DISTINCT m.conversation_id, m.seq, a.one->>'id' AS media_id
  FROM unnest($1::text[], $2::text[]) AS i(sender, cmid)
  JOIN message m ON m.sender_id = i.sender AND m.client_message_id = i.cmid
  CROSS JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(m.media) WHEN 'array' THEN m.media ELSE '[]' END) AS a(one)
  WHERE m.kind = ANY('{${mediaKinds.join(',')}}')
), used AS (
  UPDATE media f SET sent_at = coalesce(f.sent_at, now()), kept_until = least(f.kept_until, now() + ${KEPT})
  FROM (SELECT DISTINCT media_id FROM shown ORDER BY media_id) s WHERE f.id = s.media_id RETURNING f.id
)
INSERT INTO message_media (conversation_id, seq, media_id)
SELECT s.conversation_id, s.seq, s.media_id FROM shown s JOIN used u ON u.id = s.media_id
ON CONFLICT DO NOTHING`;

export async function linkMedia(db: Db, messages: readonly { readonly envelope: MessageEnvelope }[]): Promise<void> {
  const showing = messages.filter(({ envelope }) => isMediaKind(envelope.kind));
  if (showing.length === 0) return;
  await db.$executeRawUnsafe(
    LINK,
    showing.map(({ envelope }) => envelope.sender),
    showing.map(({ envelope }) => envelope.clientMessageId),
  );
}
