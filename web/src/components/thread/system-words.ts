// What a message of kind `system` says, in words: who changed what of the group.
import type { MessageEvent } from '../../../../server/contract/events.ts';
import type { SystemContent } from '../../../../server/contract/group.ts';
import type { Conversation } from '../../../../server/contract/rest.ts';
import { myId, nameOf } from '../../stores/conversations.ts';

/** "1 day", "12 hours". */
export function lastingWords(seconds: number): string {
  const [unit, size] = seconds >= 86_400 ? ['day', 86_400] : seconds >= 3_600 ? ['hour', 3_600] : ['minute', 60];
  const count = Math.round(seconds / size);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

type Say<Change extends SystemContent['change']> = (
  content: Extract<SystemContent, { change: Change }>,
  who: string,
  users: string,
) => string;

const roleNames = { owner: 'the owner', admin: 'an admin', member: 'a member' };

const words: { readonly [Change in SystemContent['change']]: Say<Change> } = {
  made: ({ title }, who) => `${who} made the group “${title}”`,
  renamed: ({ title }, who) => `${who} renamed the group to “${title}”`,
  picture: (_, who) => `${who} changed the picture of the group`,
  description: (_, who) => `${who} changed the description of the group`,
  posting: ({ posting }, who) => `${who} let ${posting === 'all' ? 'everybody' : 'only admins'} write here`,
  history: ({ history }, who) => `${who} showed newcomers ${history === 'all' ? 'all messages' : 'new messages only'}`,
  joined: (_, who, users) => (who === users ? `${who} joined` : `${who} added ${users}`),
  left: (_, who) => `${who} left`,
  removed: (_, who, users) => `${who} removed ${users}`,
  role: ({ role }, who, users) =>
    who === users ? `${who}: ${roleNames[role]} now` : `${who} made ${users} ${roleNames[role]}`,
  pinned: (_, who) => `${who} pinned a message`,
  unpinned: (_, who) => `${who} unpinned a message`,
  disappearing: ({ disappearAfterSeconds }, who) =>
    disappearAfterSeconds === null
      ? `${who} lets messages stay`
      : `${who} lets messages disappear after ${lastingWords(disappearAfterSeconds)}`,
  dissolved: (_, who) => `${who} dissolved the group`,
};

export function systemWords(conversation: Conversation, { media, sender }: Pick<MessageEvent, 'media' | 'sender'>) {
  const content = media as SystemContent;
  const name = (userId: string) => (userId === myId() ? 'You' : nameOf(conversation, userId));
  const object = (userId: string) =>
    userId === sender ? name(userId) : userId === myId() ? 'you' : nameOf(conversation, userId);
  const users = 'users' in content ? content.users.map(object).join(', ') : '';
  // a newer server may tell of changes that this page does not know
  const say = words[content.change] as Say<SystemContent['change']> | undefined;
  return say?.(content, name(sender), users) ?? 'The group has changed';
}
