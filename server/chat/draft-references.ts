// What a draft names: the message that it answers, the members whom it mentions, the files and the link that it shows.
// Asked of the database only for drafts that do.
import type { Context } from '../context.ts';
import { directMembers } from '../contract/conversation-id.ts';
import type { MessageDraft } from '../contract/drafts.ts';
import { isMediaKind } from '../contract/media.ts';
import { ParleyError } from '../errors.ts';
import { attachmentsFor } from './attachments.ts';
import { cachedPreview } from './link-cache.ts';
import type { MessageLookup } from './message-lookup.ts';
import { peopleById } from './people.ts';

type Rooms = Pick<Context, 'db' | 'clock' | 'config'> & { readonly lookup: MessageLookup };
type Referring = Pick<MessageDraft, 'clientMessageId' | 'replyTo' | 'mentions' | 'kind' | 'media'> & {
  readonly preview?: string | undefined;
};

export const refers = ({ replyTo, mentions, kind, preview }: Omit<Referring, 'clientMessageId' | 'media'>): boolean =>
  replyTo !== undefined ||
  preview !== undefined ||
  kind === 'contact' ||
  isMediaKind(kind) ||
  (mentions !== undefined && mentions.length > 0);

/**
 * The same with what holds of it: of those mentioned, who is a member (a list of members may be a moment old, and a
 * message is not lost for that); of the files, what is known of them; of the link, what was found there. Errors:
 * `no-such-message`, where the sender sees none of that id there; `no-such-media`, `media-kind-wrong`; of a contact
 * card `no-such-user`.
 */
export async function settleReferences<T extends Referring>(
  rooms: Rooms,
  sender: string,
  conversation: string,
  draft: T,
): Promise<T> {
  const { replyTo, mentions } = draft;
  if (replyTo !== undefined) {
    const answered = await rooms.lookup.find(sender, replyTo);
    if (answered.conversation !== conversation) throw new ParleyError('no-such-message');
  }
  const settled = {
    ...draft,
    media: await settledMedia(rooms, sender, draft),
    ...(draft.preview === undefined ? {} : { linkPreview: await cachedPreview(rooms, draft.preview) }),
  };
  if (!mentions?.length) return settled;
  const members = new Set(directMembers(conversation) ?? (await membersAmong(rooms.db, conversation, mentions)));
  return { ...settled, mentions: [...new Set(mentions)].filter((userId) => members.has(userId)) };
}

async function settledMedia(rooms: Rooms, sender: string, draft: Referring): Promise<Referring['media']> {
  if (isMediaKind(draft.kind)) return attachmentsFor(rooms, sender, draft);
  const userId = draft.kind === 'contact' && (draft.media as { userId?: string } | undefined)?.userId;
  if (!userId) return draft.media;
  const user = (await peopleById(rooms, [userId])).get(userId);
  if (!user) throw new ParleyError('no-such-user');
  return { userId, username: user.username, name: user.displayName };
}

async function membersAmong(db: Context['db'], conversationId: string, users: readonly string[]): Promise<string[]> {
  const found = await db.member.findMany({
    where: { conversationId, userId: { in: [...users] } },
    select: { userId: true },
  });
  return found.map(({ userId }) => userId);
}
