// Whom one may put into a group: accepted contacts, people of one's circle, and those with whom one is in a group; of
// them, those whose settings let one, and those who are asked first. Writing to somebody is server/chat/reach.ts's rule.
import type { Context } from '../context.ts';

/** Of `ids` those whom the user knows: whether she puts them in, or asks them. Unknown ids are never among them. */
export async function acquaintancesOf(
  { db }: Pick<Context, 'db'>,
  userId: string,
  ids: readonly string[],
): Promise<Map<string, 'added' | 'asked'>> {
  if (ids.length === 0) return new Map();
  const rows = await db.$queryRaw<{ id: string; adds: boolean }[]>`
    SELECT known.id, (known.by = 'everybody' OR (known.by <> 'nobody' AND known.contact)
      OR (known.by = 'circle' AND known.circle)) AS adds
    FROM (
      SELECT them.id, them.grouped_by AS by, them.circle IS NOT NULL AND them.circle = me.circle AS circle,
        EXISTS (SELECT FROM contact c WHERE c.state = 'accepted' AND c.from_id = me.id AND c.to_id = them.id)
        OR EXISTS (SELECT FROM contact c WHERE c.state = 'accepted' AND c.from_id = them.id AND c.to_id = me.id) AS contact
      FROM "user" me JOIN "user" them ON them.id = ANY(${[...ids]})
      WHERE me.id = ${userId}
        AND NOT EXISTS (SELECT FROM block b WHERE b.user_id = me.id AND b.blocked_id = them.id)
        AND NOT EXISTS (SELECT FROM block b WHERE b.user_id = them.id AND b.blocked_id = me.id)
    ) known
    WHERE known.contact OR known.circle OR EXISTS (
      SELECT FROM member a JOIN member b USING (conversation_id)
      JOIN conversation g ON g.id = a.conversation_id AND g.kind = 'group'
      WHERE a.user_id = ${userId} AND b.user_id = known.id)`;
  return new Map(rows.map(({ id, adds }) => [id, adds ? 'added' : 'asked']));
}
