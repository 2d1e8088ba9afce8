// Whose presence a user may see: contacts, people of her circle with whom she has a direct conversation, and members
// of groups that are not too large; up to a bound, and never against somebody's privacy or a block.
import type { Context } from '../context.ts';
import { Batcher } from '../lib/batcher.ts';

/** conversations that are looked at, the most recently active first */
const CONVERSATIONS = 200;

/** By user: when she was last seen to connect or leave. */
export type VisiblePeople = Map<string, number | undefined>;

/* $1: users, $2: largest group, $3: most people of each. Who shows hers to nobody sees nobody's. */
const VISIBLE = `
SELECT q.id AS me, seen.id, seen.last_seen_at AS "lastSeenAt"
FROM unnest($1::text[]) AS q(id) JOIN "user" me ON me.id = q.id AND me.presence_to <> 'nobody' CROSS JOIN LATERAL (
  SELECT u.id, (SELECT max(d.last_seen_at) FROM device d WHERE d.user_id = u.id) AS last_seen_at
  FROM (
    SELECT known.id, bool_or(known.is_contact) AS is_contact, bool_or(known.in_direct) AS in_direct FROM (
      SELECT to_id AS id, true AS is_contact, false AS in_direct FROM contact WHERE from_id = me.id AND state = 'accepted'
      UNION ALL
      SELECT from_id, true, false FROM contact WHERE to_id = me.id AND state = 'accepted'
      UNION ALL
      SELECT m.user_id, false, c.kind = 'direct' FROM (
        SELECT c.id, c.kind FROM member mine JOIN conversation c ON c.id = mine.conversation_id
        WHERE mine.user_id = me.id ORDER BY c.active_at DESC LIMIT ${CONVERSATIONS}
      ) c JOIN member m ON m.conversation_id = c.id
      WHERE c.kind = 'direct' OR (SELECT count(*) FROM member n WHERE n.conversation_id = c.id) <= $2::int
    ) known GROUP BY known.id
  ) known JOIN "user" u ON u.id = known.id
  WHERE u.id <> me.id
    AND (known.is_contact OR NOT known.in_direct OR u.circle = me.circle)
    AND (u.presence_to = 'everybody' OR (u.presence_to = 'circle' AND u.circle = me.circle)
      OR (u.presence_to IN ('contacts', 'circle') AND known.is_contact))
    AND NOT EXISTS (SELECT FROM block b WHERE b.user_id = me.id AND b.blocked_id = u.id)
    AND NOT EXISTS (SELECT FROM block b WHERE b.user_id = u.id AND b.blocked_id = me.id)
  ORDER BY known.is_contact DESC, u.id LIMIT $3::int
) seen`;

interface Question {
  readonly userId: string;
  readonly answer: (people: VisiblePeople) => void;
  readonly failed: (error: unknown) => void;
}

export class VisiblePeopleFinder {
  readonly #questions: Batcher<Question>;

  constructor({ db, config }: Pick<Context, 'db' | 'config'>) {
    this.#questions = new Batcher<Question>({
      outstanding: 2,
      maxEntries: 100,
      maxBytes: Number.POSITIVE_INFINITY,
      flush: async (batch) => {
        try {
          const rows = await db.$queryRawUnsafe<{ me: string; id: string; lastSeenAt: Date | null }[]>(
            VISIBLE,
            [...new Set(batch.map(({ userId }) => userId))],
            config.PRESENCE_GROUP,
            config.PRESENCE_PEOPLE,
          );
          const found = new Map<string, [string, number | undefined][]>();
          for (const { me, id, lastSeenAt } of rows) {
            const one: [string, number | undefined] = [id, lastSeenAt?.getTime()];
            const already = found.get(me);
            if (already) already.push(one);
            else found.set(me, [one]);
          }
          for (const { userId, answer } of batch) answer(new Map(found.get(userId)));
        } catch (error) {
          for (const { failed } of batch) failed(error);
        }
      },
    });
  }

  of(userId: string): Promise<VisiblePeople> {
    return new Promise((answer, failed) => this.#questions.add({ userId, answer, failed }));
  }
}
