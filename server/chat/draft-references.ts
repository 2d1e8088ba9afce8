// What a draft says about others: the message that it answers, and the members whom it mentions. Asked of the database
// only for drafts that do.
import type { Context } from '../context.ts';
import { directMembers } from '../contract/conversation-id.ts';
import type { MessageDraft } from '../contract/drafts.ts';
import { ParleyError } from '../errors.ts';
import type { MessageLookup } from './message-lookup.ts';

type Rooms = Pick<Context, 'db'> & { readonly lookup: MessageLookup };
type Referring = Pick<MessageDraft, 'replyTo' | 'mentions'>;

export const refers = ({ replyTo, mentions }: Referring): boolean =>
  replyTo !== undefined || (mentions !== undefined && mentions.length > 0);

/**
 * The same with what holds of it: of those mentioned, who is a member (a list of members may be a moment old, and a
 * message is not lost for that). Error: `no-such-message`, where the sender sees none of that id there.
 */
export async function settleReferences<T extends Referring>(
  { db, lookup }: Rooms,
  sender: string,
  conversation: string,
  draft: T,
): Promise<T> {
  const { replyTo, mentions } = draft;
  if (replyTo !== undefined) {
    const answered = await lookup.find(sender, replyTo);
    if (answered.conversation !== conversation) throw new ParleyError('no-such-message');
  }
  if (!mentions?.length) return draft;
  const members = new Set(directMembers(conversation) ?? (await membersAmong(db, conversation, mentions)));
  return { ...draft, mentions: [...new Set(mentions)].filter((userId) => members.has(userId)) };
}

async function membersAmong(db: Context['db'], conversationId: string, users: readonly string[]): Promise<string[]> {
  const found = await db.member.findMany({
    where: { conversationId, userId: { in: [...users] } },
    select: { userId: true },
  });
  return found.map(({ userId }) => userId);
}
