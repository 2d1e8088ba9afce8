// The conversations one is a member of: what the list shows, and how far each member has received and read.
import { computed, reactive, shallowReactive } from 'vue';
import { directConversationId, directMembers } from '../../../server/contract/conversation-id.ts';
import type { MessageDraft } from '../../../server/contract/drafts.ts';
import type { MarkerEvent, MessageEvent, ProfileEvent } from '../../../server/contract/events.ts';
import type { Conversation, Member, Person } from '../../../server/contract/rest.ts';
import { ApiError, api } from '../api.ts';
import { accountApi } from '../api-account.ts';
import type { Me } from '../../../server/contract/rest-privacy.ts';
import { contacts, personOf, remarks } from './contacts.ts';

interface Conversations {
  byId: Map<string, Conversation>;
  me: Me | undefined;
  /** the list is here: what is missing in it does not exist */
  loaded: boolean;
}

export const conversations = shallowReactive<Conversations>({
  // deep: members' markers change one by one (the assertion spares the compiler the types of any JSON)
  byId: reactive(new Map()) as Map<string, Conversation>,
  me: undefined,
  loaded: false,
});

export const myId = () => conversations.me?.id ?? '';

/** The members but oneself. */
export const others = ({ members }: Conversation): Member[] => members.filter(({ user }) => user.id !== myId());

/** Whom one talks to alone: oneself, in the conversation with oneself; nobody in a group. */
export const partnerOf = (conversation: Conversation): Person | undefined =>
  conversation.kind === 'direct' ? (others(conversation)[0]?.user ?? conversations.me) : undefined;

export const myRole = ({ members }: Conversation) => members.find(({ user }) => user.id === myId())?.role;

/** What a conversation is called: its title, or the other one's name. */
export function titleOf(conversation: Conversation): string {
  if (conversation.kind === 'group') return conversation.title;
  const other = others(conversation)[0];
  return other ? nameOf(conversation, other.user.id) : `${conversations.me?.displayName ?? ''} (you)`;
}

export const unreadTotal = computed(() =>
  [...conversations.byId.values()]
    // what is put aside disturbs nobody
    .filter(
      ({ settings: { archived, mutedUntil } }) =>
        !archived && (mutedUntil === null || mutedUntil < new Date().toISOString()),
    )
    .reduce((sum, { unread }) => sum + unread, 0),
);

export async function loadMe(): Promise<void> {
  conversations.me = await accountApi.me();
}

/** What an event told in the meantime is newer than what the server answered. */
function keepNewer(fetched: Conversation): Conversation {
  const known = conversations.byId.get(fetched.id);
  if (!known || known.lastSeq <= fetched.lastSeq) return fetched;
  const { lastSeq, lastMessage, unread, activeAt } = known;
  return { ...fetched, lastSeq, lastMessage, unread, activeAt };
}

/** What the server answered. */
export function put(fetched: Conversation): void {
  const known = conversations.byId.get(fetched.id);
  for (const { user } of fetched.members) met.set(user.id, user.displayName);
  conversations.byId.set(fetched.id, keepNewer(fetched));
  // what others read is known to the server first; what was read here it may not have heard, and is told again
  for (const { user, delivered, read } of known ? others(known) : []) {
    noteMarker({ conversation: fetched.id, user: user.id, delivered, read });
  }
}

export async function loadConversations(): Promise<void> {
  for (const conversation of await api.conversations()) put(conversation);
  conversations.loaded = true;
}

const asked = new Map<string, Promise<void>>();

/** Makes sure that a conversation is here: many may ask at once, the server is asked once. */
export function ensureConversation(id: string): Promise<void> {
  if (conversations.byId.has(id)) return Promise.resolve();
  let question = asked.get(id);
  if (!question) {
    question = fetchConversation(id).finally(() => asked.delete(id));
    asked.set(id, question);
  }
  return question;
}

async function fetchConversation(id: string): Promise<void> {
  try {
    put(await api.conversation(id));
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
    const empty = emptyDirect(id);
    if (!empty) throw error;
    put(empty);
  }
}

/** A direct conversation in which nobody has said anything yet; the server makes it with the first message. */
function emptyDirect(id: string): Conversation | undefined {
  const ids = directMembers(id);
  if (!ids?.includes(myId())) return undefined;
  const people = ids
    .map((userId) => (userId === myId() ? conversations.me : personOf(userId)))
    .filter((person) => person !== undefined);
  if (people.length < ids.length) return undefined;
  const now = new Date().toISOString();
  const members = people.map((user) => ({ user, role: 'member' as const, delivered: 0, read: 0 }));
  return {
    id,
    kind: 'direct',
    title: '',
    picture: null,
    description: '',
    posting: 'all',
    history: 'joining',
    lastSeq: 0,
    lastMessage: null,
    unread: 0,
    members,
    disappearAfterSeconds: null,
    historyAfter: 0,
    settings: { pinned: null, archived: false, mutedUntil: null, markedUnread: false },
    draft: null,
    activeAt: now,
    createdAt: now,
  };
}

/** One is no member of it any more, or never was. */
function unlessGone(error: unknown): void {
  if (!(error instanceof ApiError && error.status === 404)) throw error;
}

/** One is no member of it any more. */
export const drop = (id: string) => conversations.byId.delete(id);

/** A group was changed: it is shown as it is now, and no longer to who is no member of it. */
export async function groupChanged({ conversation: id }: { conversation: string }): Promise<void> {
  try {
    put(await api.conversation(id));
  } catch (error) {
    unlessGone(error);
    drop(id);
  }
}

/** Somebody has another name, picture or about. */
export function noteProfile({ user: id, displayName, about, avatar }: Omit<ProfileEvent, 'type'>): void {
  const profile = { displayName, about, avatar };
  for (const { members } of conversations.byId.values()) {
    for (const { user } of members) if (user.id === id) Object.assign(user, profile);
  }
  if (conversations.me?.id === id) conversations.me = { ...conversations.me, ...profile };
}

/** A message was stored: the list shows it. One that is known already changes nothing. */
export async function noteMessage(message: MessageEvent): Promise<void> {
  await ensureConversation(message.conversation).catch(unlessGone);
  const conversation = conversations.byId.get(message.conversation);
  if (!conversation || message.seq <= conversation.lastSeq) return;
  conversation.lastSeq = message.seq;
  conversation.lastMessage = message;
  conversation.activeAt = message.sentAt;
  if (message.sender !== myId() && message.kind !== 'system') conversation.unread += 1;
}

/** Something was done to a message: the list shows the last one. */
export function noteChange(id: string, seq: number, by: (message: MessageEvent) => MessageEvent): void {
  const conversation = conversations.byId.get(id);
  if (conversation?.lastMessage?.seq === seq) conversation.lastMessage = by(conversation.lastMessage);
}

/** A member received or read; markers move forward only. */
export function noteMarker({ conversation: id, user, delivered = 0, read = 0 }: Omit<MarkerEvent, 'type'>): void {
  const conversation = conversations.byId.get(id);
  const member = conversation?.members.find((member) => member.user.id === user);
  if (!conversation || !member) return;
  member.read = Math.max(member.read, read);
  // what is read was delivered
  member.delivered = Math.max(member.delivered, delivered, read);
  if (user === myId()) conversation.unread = Math.min(conversation.unread, conversation.lastSeq - member.read);
}

export type Tick = 'accepted' | 'delivered' | 'read';

/** How far an own message has come: as far as with the last of the others. */
export function tickOf(conversation: Conversation, seq: number): Tick {
  const rest = others(conversation);
  if (rest.every((member) => member.read >= seq)) return 'read';
  return rest.every((member) => member.delivered >= seq) ? 'delivered' : 'accepted';
}

/** Where a message to this conversation is sent: a direct one may not exist yet, its other member does. */
export function targetOf({ id, kind, members }: Conversation): MessageDraft['to'] {
  if (kind === 'group') return { conversation: id };
  return { user: (members.find(({ user }) => user.id !== myId()) ?? members[0])?.user.id ?? myId() };
}

export const conversationWith = (userId: string) => directConversationId(myId(), userId);

/** Who was met since the page was opened: who has left a group has a name still. */
const met = shallowReactive(new Map<string, string>());

/** One's own name for somebody, or the name she gives herself. */
export const nameOfUser = (userId: string): string =>
  remarks.value.get(userId) ?? met.get(userId) ?? personOf(userId)?.displayName ?? 'Somebody';

export function nameOf(conversation: Conversation, userId: string): string {
  const member = conversation.members.find(({ user }) => user.id === userId);
  return remarks.value.get(userId) ?? member?.user.displayName ?? nameOfUser(userId);
}

/** People one may write to at once, by name. */
export const people = computed(() =>
  contacts.accepted
    .map(({ user, remark }) => ({ ...user, displayName: remark ?? user.displayName }))
    .toSorted((a, b) => a.displayName.localeCompare(b.displayName)),
);
