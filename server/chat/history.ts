// What was said, as it was delivered, for those who were members then.
import type { Context } from '../context.ts';
import type { MessageEvent } from '../contract/events.ts';
import type { HistoryQuery } from '../contract/rest.ts';
import { ParleyError } from '../errors.ts';
import { unbegunMembers } from './conversations.ts';
import { toMessageEvent } from './message-row.ts';
import type { Reach } from './reach.ts';

/** Ascending by seq: the oldest after `after`, or else the newest (before `before`). */
export async function historyOf(
  context: Pick<Context, 'db' | 'clock'> & { readonly reach: Reach },
  userId: string,
  conversationId: string,
  { before, after, limit }: HistoryQuery,
): Promise<MessageEvent[]> {
  const member = await context.db.member.findUnique({
    where: { conversationId_userId: { conversationId, userId } },
    select: { joinedSeq: true },
  });
  if (!member) {
    if (await unbegunMembers(context, userId, conversationId)) return [];
    throw new ParleyError('no-such-conversation');
  }
  const rows = await context.db.message.findMany({
    where: {
      conversationId,
      seq: {
        gt: Math.max(member.joinedSeq, after ?? 0),
        ...(before === undefined ? {} : { lt: before }),
      },
    },
    orderBy: { seq: after === undefined ? 'desc' : 'asc' },
    take: limit,
  });
  return (after === undefined ? rows.toReversed() : rows).map(toMessageEvent);
}
