// What was said, as it was delivered, for those who were members then.
import type { Context } from '../context.ts';
import type { MessageEvent } from '../contract/events.ts';
import type { HistoryQuery } from '../contract/rest.ts';
import { Prisma } from '../db.ts';
import { ParleyError } from '../errors.ts';
import { unbegunMembers } from './conversations.ts';
import { type MessageJson, messageJson, rowOf, toMessageEvent } from './message-row.ts';
import type { Reach } from './reach.ts';

interface Found {
  readonly rows: MessageJson[] | null;
}

/** Ascending by seq: the oldest after `after`, or else the newest (before `before`). */
export async function historyOf(
  context: Pick<Context, 'db' | 'clock'> & { readonly reach: Reach },
  userId: string,
  conversationId: string,
  { before, after, limit }: HistoryQuery,
): Promise<MessageEvent[]> {
  const older = before === undefined ? Prisma.empty : Prisma.sql`AND m.seq < ${before}`;
  const order = after === undefined ? Prisma.sql`DESC` : Prisma.sql`ASC`;
  const [member] = await context.db.$queryRaw<Found[]>`
    SELECT (
      SELECT json_agg(${messageJson} ORDER BY m.seq) FROM (
        SELECT * FROM message m
        WHERE m.conversation_id = me.conversation_id AND m.seq > greatest(me.joined_seq, ${after ?? 0}) ${older}
        ORDER BY m.seq ${order} LIMIT ${limit}) m
    ) AS rows
    FROM member me WHERE me.conversation_id = ${conversationId} AND me.user_id = ${userId}`;
  if (member) return (member.rows ?? []).map((row) => toMessageEvent(rowOf(row)));
  if (await unbegunMembers(context, userId, conversationId)) return [];
  throw new ParleyError('no-such-conversation');
}
