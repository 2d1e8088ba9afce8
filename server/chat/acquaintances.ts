// Whom one may write to and put into a group without asking first: accepted contacts, people of one's circle,
// and oneself. For many people at once; the hot path asks server/chat/reach.ts.
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
    WHERE me.id = ${userId} AND (
      them.id = me.id
      OR them.circle = me.circle
      OR EXISTS (SELECT FROM contact c WHERE c.state = 'accepted' AND c.from_id = me.id AND c.to_id = them.id)
      OR EXISTS (SELECT FROM contact c WHERE c.state = 'accepted' AND c.from_id = them.id AND c.to_id = me.id))`;
  return new Set(rows.map(({ id }) => id));
}
