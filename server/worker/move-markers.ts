// Moving markers forward: how far each member has got a conversation delivered, and read it. Never backward, never
// beyond the last message. Nothing here publishes.
import type { MarkerEnvelope } from '../broker/wire.ts';
import type { Db } from '../db.ts';

export interface MovedMarker {
  readonly conversation: string;
  readonly user: string;
  readonly delivered: number;
  readonly read: number;
  /** where it stood; where nobody knows that the move was told, 0 */
  readonly wasRead: number;
  /** in a direct conversation: one of the two does not let it be seen how far she has read */
  readonly readHidden: boolean;
  /** of a group: who wrote what she now has got, or read */
  readonly senders: readonly string[];
}

// of one who comes back after so many messages, the senders before are not told one by one
const SENDERS_OF_LAST = 500;

/* $2: whether to return also those that did not move (the batch came again, and may not have been published). */
const MOVE = `
WITH input AS (
  SELECT conversation, "user", max(coalesce(delivered, 0)) AS delivered, max(coalesce(read, 0)) AS read
  FROM json_to_recordset($1::json) AS i(conversation text, "user" text, delivered int, read int)
  GROUP BY 1, 2
), due AS (
  SELECT m.conversation_id, m.user_id, c.kind,
    CASE WHEN $2::boolean THEN 0 ELSE m.read_seq END AS was_read,
    CASE WHEN $2::boolean THEN 0 ELSE m.delivered_seq END AS was_delivered,
    GREATEST(m.delivered_seq, LEAST(GREATEST(i.delivered, i.read), c.last_seq)) AS delivered,
    GREATEST(m.read_seq, LEAST(i.read, c.last_seq)) AS read
  FROM input i JOIN conversation c ON c.id = i.conversation
  JOIN member m ON m.conversation_id = i.conversation AND m.user_id = i."user"
  ORDER BY 1, 2
), moved AS (
  UPDATE member m SET delivered_seq = d.delivered, read_seq = d.read FROM due d
  WHERE m.conversation_id = d.conversation_id AND m.user_id = d.user_id
    AND (m.delivered_seq, m.read_seq) IS DISTINCT FROM (d.delivered, d.read)
  RETURNING m.conversation_id, m.user_id
)
SELECT d.conversation_id AS conversation, d.user_id AS "user", d.delivered, d.read, d.was_read AS "wasRead",
  d.kind = 'direct' AND d.read > d.was_read AND EXISTS (
    SELECT FROM member p JOIN "user" u ON u.id = p.user_id WHERE p.conversation_id = d.conversation_id AND NOT u.read_markers
  ) AS "readHidden",
  CASE WHEN d.kind = 'direct' THEN '{}' ELSE ARRAY(
    SELECT DISTINCT sender_id FROM message s
    JOIN member w ON w.conversation_id = s.conversation_id AND w.user_id = s.sender_id
    WHERE s.conversation_id = d.conversation_id AND s.seq <= d.delivered
      AND s.seq > GREATEST(d.delivered - ${SENDERS_OF_LAST}, LEAST(
        CASE WHEN d.delivered > d.was_delivered THEN d.was_delivered ELSE d.delivered END,
        CASE WHEN d.read > d.was_read THEN d.was_read ELSE d.delivered END
      ))
  ) END AS senders
FROM due d
LEFT JOIN moved USING (conversation_id, user_id) WHERE $2::boolean OR moved.user_id IS NOT NULL`;

export function moveMarkers(db: Db, markers: readonly MarkerEnvelope[], again: boolean): Promise<MovedMarker[]> {
  return db.$queryRawUnsafe<MovedMarker[]>(MOVE, JSON.stringify(markers), again);
}
