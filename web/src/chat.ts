// Brings the stores together: what happens when somebody has signed in, when a session begins, and with each kind of
// event. The stores do not call one another for these.
import { watch } from 'vue';
import type { Event, MessageEvent } from '../../server/contract/events.ts';
import { connect, connection, publish } from './stores/connection.ts';
import { loadContacts } from './stores/contacts.ts';
import {
  conversations,
  ensureConversation,
  groupChanged,
  loadConversations,
  loadMe,
  myId,
  noteChange,
  noteMarker,
  noteMessage,
  noteProfile,
} from './stores/conversations.ts';
import { edited, expired, reacted, recalled, starred, voted } from './stores/changed-message.ts';
import { addMessage, catchUp, changeMessage, forgetThreads, hideMessage } from './stores/messages.ts';
import { loadInvitations } from './stores/groups.ts';
import { draftChanged } from './stores/drafts.ts';
import { noteCleared, noteListing } from './stores/listing.ts';
import { deedRefused, performAgain } from './stores/deeds.ts';
import { applyLive, forgetLive, stoppedWriting, tellPresence } from './stores/live.ts';
import { attempt } from './stores/notice.ts';
import { flush, openOutbox, outbox, refused, settle } from './stores/outbox.ts';
import { loadRules } from './stores/rules.ts';
import { session } from './stores/session.ts';

const nothing = () => {};
const LOAD_AGAIN_MS = 3_000;

const appliers: { [Type in Event['type']]: (event: Extract<Event, { type: Type }>) => void | Promise<void> } = {
  message: async (event) => {
    stoppedWriting(event.conversation, event.sender);
    await Promise.all([noteMessage(event), addMessage(event)]);
    if (event.sender === myId()) await settle(event.clientMessageId);
  },
  'message.edited': (event) => change(event, (message) => edited(message, event)),
  'message.recalled': (event) => change(event, (message) => recalled(message, event)),
  reaction: (event) => change(event, (message) => reacted(message, event)),
  'message.expired': (event) => change(event, expired),
  poll: (event) => change(event, (message) => voted(message, event)),
  star: (event) => changeMessage(event.conversation, event.seq, (message) => starred(message, event)),
  'message.hidden': async (event) => {
    hideMessage(event.conversation, event.seq);
    if (conversations.byId.get(event.conversation)?.lastMessage?.seq === event.seq) await groupChanged(event);
  },
  marker: noteMarker,
  contact: loadContacts,
  conversation: groupChanged,
  'conversation.settings': noteListing,
  'conversation.cleared': noteCleared,
  draft: draftChanged,
  // this page schedules nothing; what is sent comes as a message
  scheduled: nothing,
  preferences: loadMe,
  profile: (event) => {
    noteProfile(event);
    return loadContacts();
  },
  member: groupChanged,
  // requests to an admin are asked for when the group's page is opened
  joining: loadInvitations,
  device: nothing,
  // what was done to older messages is missed too; it is acknowledged when this is done
  missed: async () => {
    await forgetThreads();
    await refresh();
  },
};

/** In the thread, and in the list where it is the last one. */
async function change(
  { conversation, seq }: Pick<MessageEvent, 'conversation' | 'seq'>,
  by: (message: MessageEvent) => MessageEvent,
): Promise<void> {
  noteChange(conversation, seq, by);
  await changeMessage(conversation, seq, by);
}

/** A newer server may send kinds of events that this page does not know: they are none of its business. */
async function apply(event: Event): Promise<void> {
  await (appliers[event.type] as ((event: Event) => void | Promise<void>) | undefined)?.(event);
}

/** Lists and open conversations may have missed something while there was no session. */
async function refresh(): Promise<void> {
  await Promise.all([loadContacts(), loadConversations(), loadInvitations()]);
  await Promise.all([...conversations.byId.values()].map(({ id, lastSeq }) => catchUp(id, lastSeq)));
}

watch(
  () => connection.state,
  (state) => {
    if (state !== 'ready') forgetLive();
  },
);

/** Once per page, when somebody has signed in. */
export async function startChat(): Promise<void> {
  await openOutbox(session.userId);
  connect({
    onReady: () => {
      flush();
      performAgain();
      tellPresence();
      void loadOrTryAgain();
    },
    onEvent: async (event) => {
      await whenLoaded;
      await apply(event);
    },
    onLive: applyLive,
    onRefusal: (refusal) => {
      if (!deedRefused(refusal)) void refused(refusal);
    },
  });
}

let markLoaded: () => void;
// events are counted against the list, so the list comes first
const whenLoaded = new Promise<void>((resolve) => {
  markLoaded = resolve;
});

/** Without the lists there is nothing to show: tried until it works, or until the session ends. */
async function loadOrTryAgain(): Promise<void> {
  if (connection.state !== 'ready') return;
  if (!(await attempt(load))) setTimeout(loadOrTryAgain, LOAD_AGAIN_MS);
}

async function load(): Promise<void> {
  if (!conversations.me) await loadMe();
  // what is offered, not what is possible: a page works without
  void loadRules().catch(nothing);
  await refresh();
  for (const { conversation } of outbox.entries) await ensureConversation(conversation).catch(nothing);
  markLoaded();
}

/** Tells the others that one has seen everything up to `seq`. */
export function markRead(conversation: string, seq: number): void {
  const told = publish('/app/markers', { conversation, read: seq });
  if (told) noteMarker({ conversation, user: myId(), read: seq });
}
