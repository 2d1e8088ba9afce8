// The messages that everybody in a conversation should find. To pin is a change of the conversation, made in its turn
// among the messages (server/chat/group-rules.ts says who may and how many), and told by a system message.
import type { Context } from '../context.ts';
import type { Pinned } from '../contract/rest-messages.ts';
import type { GroupAction } from '../broker/group-change.ts';
import type { GroupChanges } from './group-changes.ts';
import { type MessageJson, messageJson, rowOf, toMessageEvent } from './message-row.ts';
import { type Place, seenMessage } from './own-marks.ts';
import type { Reach } from './reach.ts';
import { seenBy, shownTo } from './sight.ts';

type Rooms = Pick<Context, 'db'> & { readonly reach: Reach; readonly groupChanges: GroupChanges };

/** Doing it again changes nothing. Errors: `no-such-message`, `message-recalled`, `too-many`, `group-role-missing`. */
export async function changePin(
  context: Rooms,
  userId: string,
  place: Place,
  action: Extract<GroupAction['do'], 'pin' | 'unpin'>,
): Promise<void> {
  const message = await seenMessage(context, userId, place);
  await context.reach.check(userId, { conversation: place.id }, 'take part');
  await context.groupChanges.make(place.id, userId, { do: action, message, seq: place.seq });
}

/** The newest pin first. */
export async function listPins({ db, reach }: Rooms, userId: string, conversation: string) {
  const found = await db.$queryRaw<{ pinnedBy: string; pinnedAt: Date; row: MessageJson }[]>`
    SELECT p.pinned_by AS "pinnedBy", p.pinned_at AS "pinnedAt", ${messageJson(userId)} AS row
    FROM pin p JOIN message m ON m.conversation_id = p.conversation_id AND m.seq = p.seq
    WHERE p.conversation_id = ${conversation} AND ${seenBy(userId, 'm')} AND ${shownTo(userId, 'm')}
    ORDER BY p.pinned_at DESC, p.seq DESC`;
  if (found.length === 0) await reach.check(userId, { conversation }, 'take part');
  const items = found.map(
    ({ pinnedBy, pinnedAt, row }): Pinned => ({
      message: toMessageEvent(rowOf(row)),
      pinnedBy,
      pinnedAt: pinnedAt.toISOString(),
    }),
  );
  return { items, next: null };
}
