// What was said, as it was delivered, for those who were members then: who is a member no longer, or for the second
// time, reads what was sent in her times.
import type { Context } from '../context.ts';
import type { MessageEvent } from '../contract/events.ts';
import type { HistoryQuery } from '../contract/rest.ts';
import { Prisma } from '../db.ts';
import { ParleyError } from '../errors.ts';
import { unbegunMembers } from './conversations.ts';
import { type MessageJson, messageJson, rowOf, toMessageEvent } from './message-row.ts';
import type { Reach } from './reach.ts';

/** of a membership that goes on */
const MAX_SEQ = 2_147_483_647;

interface Found {
  readonly rows: MessageJson[] | null;
}

/**
 * Ascending by seq: the oldest after `after`, or else the newest (before `before`). One descent of the index for each
 * stay, less what an earlier one shows: a condition over all of them at once would make PostgreSQL read and sort the
 * whole conversation.
 */
export async function historyOf(
  context: Pick<Context, 'db' | 'clock'> & { readonly reach: Reach },
  userId: string,
  conversationId: string,
  { before, after, limit }: HistoryQuery,
): Promise<MessageEvent[]> {
  const older = before === undefined ? Prisma.empty : Prisma.sql`AND m.seq < ${before}`;
  const order = after === undefined ? Prisma.sql`DESC` : Prisma.sql`ASC`;
  const starred = Prisma.sql`m.seq IN (
    SELECT s.seq FROM star s WHERE s.user_id = ${userId} AND s.conversation_id = ${conversationId})`;
  const [found] = await context.db.$queryRaw<Found[]>`
    WITH stay AS MATERIALIZED (
      SELECT greatest(joined_seq, max(until) OVER (
          ORDER BY joined_seq, until ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )) AS joined_seq, until
      FROM (
        SELECT joined_seq, ${MAX_SEQ}::int AS until FROM member
        WHERE conversation_id = ${conversationId} AND user_id = ${userId}
        UNION ALL
        SELECT joined_seq, left_seq FROM former_member WHERE conversation_id = ${conversationId} AND user_id = ${userId}
      ) times
    )
    SELECT (
      SELECT json_agg(${messageJson(userId, starred)} ORDER BY m.seq) FROM (
        SELECT m.* FROM stay CROSS JOIN LATERAL (
          SELECT * FROM message m
          WHERE m.conversation_id = ${conversationId} AND m.seq > greatest(stay.joined_seq, ${after ?? 0})
            AND m.seq <= stay.until ${older}
            AND m.seq NOT IN (
              SELECT h.seq FROM hidden_message h WHERE h.user_id = ${userId} AND h.conversation_id = ${conversationId})
          ORDER BY m.seq ${order} LIMIT ${limit}
        ) m
        ORDER BY m.seq ${order} LIMIT ${limit}
      ) m
    ) AS rows
    FROM stay HAVING count(*) > 0`;
  if (found) return (found.rows ?? []).map((row) => toMessageEvent(rowOf(row), context.clock.now()));
  if (await unbegunMembers(context, userId, conversationId)) return [];
  throw new ParleyError('no-such-conversation');
}
