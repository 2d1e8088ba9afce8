// What one can do with a message, a row each: when it is offered, and what it does.
import {
  mdiCancel,
  mdiDeleteOutline,
  mdiStarOffOutline,
  mdiStarOutline,
  mdiContentCopy,
  mdiInformationOutline,
  mdiPencilOutline,
  mdiReplyOutline,
  mdiShareOutline,
} from '@mdi/js';
import type { MessageEvent } from '../../../../server/contract/events.ts';
import type { Conversation } from '../../../../server/contract/rest.ts';
import { beginEdit, beginReply } from '../../stores/composing.ts';
import { myId, myRole } from '../../stores/conversations.ts';
import { recallMessage } from '../../stores/deeds.ts';
import { deleteForMe, setStar } from '../../stores/own-marks.ts';
import { attempt } from '../../stores/notice.ts';
import { ask } from '../../stores/question.ts';
import { rules } from '../../stores/rules.ts';
import { messageDialog } from './message-dialog.ts';

export interface MessageAction {
  readonly name: string;
  readonly title: string;
  readonly icon: string;
  readonly offered: (message: MessageEvent, conversation: Conversation) => boolean;
  readonly perform: (message: MessageEvent) => unknown;
}

const isMine = ({ sender }: MessageEvent) => sender === myId();
const isThere = ({ recalledAt }: MessageEvent) => recalledAt === undefined;
const within = ({ sentAt }: MessageEvent, seconds: number) => Date.now() - Date.parse(sentAt) < seconds * 1000;
const leads = (conversation: Conversation) => conversation.kind === 'group' && myRole(conversation) !== 'member';
/** In a group in which only admins write, others answer nothing. */
export const mayWriteIn = (conversation: Conversation) =>
  conversation.kind === 'direct' || conversation.posting === 'all' || myRole(conversation) !== 'member';

async function recall(message: MessageEvent): Promise<void> {
  const text = 'Nobody in this conversation will be able to read it any more.';
  if (await ask({ title: 'Delete for everyone?', text, yes: 'Delete' })) recallMessage(message.id);
}

async function hide(message: MessageEvent): Promise<void> {
  const text = 'It is gone from your history, on all your devices. The others keep it.';
  if (await ask({ title: 'Delete for you?', text, yes: 'Delete' })) await attempt(() => deleteForMe(message));
}

export const messageActions: readonly MessageAction[] = [
  {
    name: 'reply',
    title: 'Reply',
    icon: mdiReplyOutline,
    offered: (message, conversation) => isThere(message) && mayWriteIn(conversation),
    perform: beginReply,
  },
  {
    name: 'copy',
    title: 'Copy',
    icon: mdiContentCopy,
    offered: (message) => isThere(message) && Boolean(message.text),
    perform: ({ text = '' }) => attempt(() => navigator.clipboard.writeText(text)),
  },
  {
    name: 'forward',
    title: 'Forward',
    icon: mdiShareOutline,
    offered: isThere,
    perform: (message) => messageDialog.open('forward', message),
  },
  {
    name: 'star',
    title: 'Star',
    icon: mdiStarOutline,
    offered: (message) => isThere(message) && !message.starred,
    perform: (message) => attempt(() => setStar(message, true)),
  },
  {
    name: 'unstar',
    title: 'Take the star away',
    icon: mdiStarOffOutline,
    offered: (message) => Boolean(message.starred),
    perform: (message) => attempt(() => setStar(message, false)),
  },
  {
    name: 'info',
    title: 'Info',
    icon: mdiInformationOutline,
    offered: (message) => isThere(message) && isMine(message),
    perform: (message) => messageDialog.open('info', message),
  },
  {
    name: 'edit',
    title: 'Edit',
    icon: mdiPencilOutline,
    offered: (message) =>
      isThere(message) && isMine(message) && Boolean(message.text) && within(message, rules.editWindowSeconds),
    perform: beginEdit,
  },
  {
    name: 'delete',
    title: 'Delete for me',
    icon: mdiDeleteOutline,
    offered: () => true,
    perform: hide,
  },
  {
    name: 'recall',
    title: 'Delete for everyone',
    icon: mdiCancel,
    offered: (message, conversation) =>
      isThere(message) && (leads(conversation) || (isMine(message) && within(message, rules.recallWindowSeconds))),
    perform: recall,
  },
];
