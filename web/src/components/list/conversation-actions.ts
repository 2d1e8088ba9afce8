// What one can do with a conversation in one's list, a row each.
import {
  mdiArchiveArrowDownOutline,
  mdiArchiveArrowUpOutline,
  mdiBellOffOutline,
  mdiBellOutline,
  mdiDeleteOutline,
  mdiEmailMarkAsUnread,
  mdiEmailOpenOutline,
  mdiEraser,
  mdiPinOffOutline,
  mdiPinOutline,
} from '@mdi/js';
import { FOREVER, type ListSettingsPatch } from '../../../../server/contract/list-settings.ts';
import type { Conversation } from '../../../../server/contract/rest.ts';
import { markRead } from '../../chat.ts';
import { changeListing, clearConversation, deleteConversation, isMuted } from '../../stores/listing.ts';
import { attempt } from '../../stores/notice.ts';
import { ask } from '../../stores/question.ts';

interface ConversationAction {
  readonly name: string;
  readonly title: string;
  readonly icon: string;
  readonly offered: (conversation: Conversation) => boolean;
  readonly perform: (conversation: Conversation) => unknown;
}

const set =
  (patch: ListSettingsPatch) =>
  ({ id }: Conversation) =>
    attempt(() => changeListing(id, patch));
const muteFor = (hours: number) => (conversation: Conversation) =>
  set({ mutedUntil: new Date(Date.now() + hours * 3_600_000).toISOString() })(conversation);

const isUnread = ({ unread, settings }: Conversation) => unread > 0 || settings.markedUnread;

function readAll(conversation: Conversation): void {
  if (conversation.unread > 0) markRead(conversation.id, conversation.lastSeq);
  if (conversation.settings.markedUnread) void set({ markedUnread: false })(conversation);
}

async function clear(conversation: Conversation): Promise<void> {
  const text = 'All its messages go from your history, on all your devices. The others keep them.';
  if (await ask({ title: 'Clear this conversation?', text, yes: 'Clear' })) {
    await attempt(() => clearConversation(conversation));
  }
}
async function remove(conversation: Conversation): Promise<void> {
  const text = 'It is cleared and goes from your list until something new is said in it.';
  if (await ask({ title: 'Delete this conversation?', text, yes: 'Delete' })) {
    await attempt(() => deleteConversation(conversation));
  }
}

export const conversationActions: readonly ConversationAction[] = [
  {
    name: 'pin',
    title: 'Pin',
    icon: mdiPinOutline,
    offered: ({ settings }) => settings.pinned === null,
    perform: set({ pinned: true }),
  },
  {
    name: 'unpin',
    title: 'Unpin',
    icon: mdiPinOffOutline,
    offered: ({ settings }) => settings.pinned !== null,
    perform: set({ pinned: false }),
  },
  {
    name: 'read',
    title: 'Mark as read',
    icon: mdiEmailOpenOutline,
    offered: isUnread,
    perform: readAll,
  },
  {
    name: 'unread',
    title: 'Mark as unread',
    icon: mdiEmailMarkAsUnread,
    offered: (conversation) => !isUnread(conversation),
    perform: set({ markedUnread: true }),
  },
  {
    name: 'mute-8',
    title: 'Mute for 8 hours',
    icon: mdiBellOffOutline,
    offered: (conversation) => !isMuted(conversation),
    perform: muteFor(8),
  },
  {
    name: 'mute',
    title: 'Mute always',
    icon: mdiBellOffOutline,
    offered: (conversation) => !isMuted(conversation),
    perform: set({ mutedUntil: FOREVER }),
  },
  {
    name: 'unmute',
    title: 'Unmute',
    icon: mdiBellOutline,
    offered: isMuted,
    perform: set({ mutedUntil: null }),
  },
  {
    name: 'archive',
    title: 'Archive',
    icon: mdiArchiveArrowDownOutline,
    offered: ({ settings }) => !settings.archived,
    perform: set({ archived: true }),
  },
  {
    name: 'unarchive',
    title: 'Back from the archive',
    icon: mdiArchiveArrowUpOutline,
    offered: ({ settings }) => settings.archived,
    perform: set({ archived: false }),
  },
  { name: 'clear', title: 'Clear', icon: mdiEraser, offered: ({ lastSeq }) => lastSeq > 0, perform: clear },
  { name: 'delete', title: 'Delete', icon: mdiDeleteOutline, offered: () => true, perform: remove },
];
