// Clearing a conversation for oneself: its history begins later then, on all of one's devices, for ever. To delete it is
// to clear it and to take it off the list until something new is said.
import type { Context } from '../context.ts';
import type { Cleared, Clearing } from '../contract/list-settings.ts';
import { ParleyError } from '../errors.ts';
import { announce } from './announce.ts';
import { lockList } from './list-settings.ts';

type Rooms = Pick<Context, 'db' | 'broker' | 'log' | 'clock'>;

const MAX_SEQ = 2_147_483_647;

/** Errors: `no-such-conversation`, where it has not begun either. */
export async function clearConversation(
  context: Rooms,
  userId: string,
  id: string,
  { through = MAX_SEQ }: Clearing,
  deleted: boolean,
): Promise<Cleared> {
  const at = new Date(context.clock.now());
  const seq = await context.db.$transaction(async (tx) => {
    await lockList(tx, userId);
    const [row] = await tx.$queryRaw<{ seq: number }[]>`
      UPDATE member m SET joined_seq = greatest(m.joined_seq, least(${through}::int, c.last_seq)), unread_at_seq = NULL,
        deleted_seq = CASE WHEN ${deleted} THEN least(${through}::int, c.last_seq) ELSE m.deleted_seq END,
        pinned = CASE WHEN ${deleted} THEN NULL ELSE m.pinned END,
        archived_seq = CASE WHEN ${deleted} THEN NULL ELSE m.archived_seq END,
        settings_at = greatest(${at}::timestamptz, m.settings_at + interval '1 millisecond')
      FROM conversation c
      WHERE c.id = m.conversation_id AND m.conversation_id = ${id} AND m.user_id = ${userId}
      RETURNING m.joined_seq AS seq`;
    // what she may still read of the times when she was a member before
    const former = await tx.$queryRaw<{ seq: number }[]>`
      UPDATE former_member SET joined_seq = least(left_seq, greatest(joined_seq, ${through}::int))
      WHERE conversation_id = ${id} AND user_id = ${userId} RETURNING joined_seq AS seq`;
    if (deleted) {
      await tx.$executeRaw`
        UPDATE draft SET text = '', reply_to = NULL, written_at = greatest(written_at, ${at}::timestamptz)
        WHERE user_id = ${userId} AND conversation_id = ${id}`;
    }
    const seqs = [row, ...former].flatMap((one) => one?.seq ?? []);
    return seqs.length === 0 ? undefined : Math.max(...seqs);
  });
  if (seq === undefined) throw new ParleyError('no-such-conversation');
  const cleared = { conversation: id, seq, deleted };
  await announce(context, { events: [{ to: [userId], event: { type: 'conversation.cleared', ...cleared } }] });
  return cleared;
}
