// How long messages last in a conversation: changed in its turn among them (server/chat/group-rules.ts), so that each
// message is stored with the time that counted when its turn came.
import { directMembers } from '../contract/conversation-id.ts';
import type { Context } from '../context.ts';
import type { GroupChanges } from './group-changes.ts';
import type { Reach } from './reach.ts';

type Rooms = Pick<Context, 'db'> & { readonly reach: Reach; readonly groupChanges: GroupChanges };

/** null: for ever. In a group an admin does it, in a direct conversation either, if they may write to each other. */
export async function changeDisappearing(
  { reach, groupChanges }: Rooms,
  userId: string,
  conversation: string,
  seconds: number | null,
): Promise<void> {
  if (directMembers(conversation)) await reach.check(userId, { conversation });
  await groupChanges.make(conversation, userId, { do: 'disappear', seconds });
}
