// Whom one may put into a group: accepted contacts and people of one's circle. Writing to somebody is allowed to
// a few more, and is server/chat/reach.ts's rule.
import type { Context } from '../context.ts';

/** Those of `ids` whom the user knows. Unknown ids are never among them. */
export async function acquaintancesOf(
  { db }: Pick<Context, 'db'>,
  userId: string,
  ids: readonly string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT them.id FROM "user" me JOIN "user" them ON them.id = ANY(${[...ids]})
    WHERE me.id = ${userId}
      AND NOT EXISTS (SELECT FROM block b WHERE b.user_id = me.id AND b.blocked_id = them.id)
      AND NOT EXISTS (SELECT FROM block b WHERE b.user_id = them.id AND b.blocked_id = me.id)
      AND (
      them.circle = me.circle
      OR EXISTS (SELECT FROM contact c WHERE c.state = 'accepted' AND c.from_id = me.id AND c.to_id = them.id)
      OR EXISTS (SELECT FROM contact c WHERE c.state = 'accepted' AND c.from_id = them.id AND c.to_id = me.id))`;
  return new Set(rows.map(({ id }) => id));
}
