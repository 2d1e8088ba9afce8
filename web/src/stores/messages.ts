// What was said, per conversation, as far as it was looked at: ascending by seq and without a gap. History is the
// server's; nothing of it is kept over a reload.
import { shallowReactive } from 'vue';
import type { MessageEvent } from '../../../server/contract/events.ts';
import { ApiError, api } from '../api.ts';
import { session } from './session.ts';

export interface Thread {
  items: readonly MessageEvent[];
  /** the first message is here: there is nothing further up */
  complete: boolean;
  loaded: boolean;
  /** the newest is not here: one looks at something further up, with nothing between what is here missing */
  detached: boolean;
  loading: boolean;
  /** resolves when the fetches asked for so far are done */
  fetched: Promise<void>;
}

const PAGE = 50;
const CATCH_UP_PAGE = 200;
/** More than this missing: the newest page is shown, the rest comes by scrolling up. */
const CATCH_UP_MOST = 1000;

const threads = shallowReactive(new Map<string, Thread>());

export function threadOf(conversation: string): Thread {
  let thread = threads.get(conversation);
  if (!thread) {
    const nothing = { items: [], complete: false, loaded: false, detached: false, loading: false };
    thread = shallowReactive<Thread>({ ...nothing, fetched: Promise.resolve() });
    threads.set(conversation, thread);
  }
  return thread;
}

const lastSeq = ({ items }: Thread) => items.at(-1)?.seq ?? 0;

/** One fetch of a thread at a time, in the order asked for; `work` looks first whether it is still needed. */
function fetching(thread: Thread, work: () => Promise<void>): Promise<void> {
  const turn = thread.fetched.then(async () => {
    thread.loading = true;
    await work().finally(() => {
      thread.loading = false;
    });
  });
  thread.fetched = turn.catch(() => {});
  return turn;
}

/** A direct conversation that is not made yet has no history. */
const noneYet = (error: unknown): MessageEvent[] => {
  if (error instanceof ApiError && error.status === 404) return [];
  throw error;
};

async function fetchNewest(conversation: string, thread: Thread): Promise<void> {
  const items = await api.history(conversation, { limit: PAGE }).catch(noneYet);
  thread.items = items;
  thread.complete = items.length < PAGE;
  thread.loaded = true;
  thread.detached = false;
}

/** The newest page, the first time a conversation is opened. */
export async function openThread(conversation: string): Promise<void> {
  const thread = threadOf(conversation);
  await fetching(thread, async () => {
    if (!thread.loaded) await fetchNewest(conversation, thread);
  });
}

/** The page before what is here. */
export async function loadOlder(conversation: string): Promise<void> {
  const thread = threadOf(conversation);
  if (thread.loading) return;
  await fetching(thread, async () => {
    const first = thread.items[0];
    if (!first || thread.complete) return;
    const older = await api.history(conversation, { before: first.seq, limit: PAGE });
    thread.items = [...older, ...thread.items];
    thread.complete = older.length < PAGE;
  });
}

/** What is around a message that may be far up. */
export async function openAround(conversation: string, seq: number): Promise<void> {
  const thread = threadOf(conversation);
  await fetching(thread, async () => {
    const items = await api.history(conversation, { before: seq + PAGE / 2, limit: PAGE });
    thread.items = items;
    thread.complete = items.length < PAGE;
    thread.loaded = true;
    // until it is found that there is nothing newer
    thread.detached = true;
  });
  await loadNewer(conversation);
}

/** The page after what is here, where one has gone further up. */
export async function loadNewer(conversation: string): Promise<void> {
  const thread = threadOf(conversation);
  await fetching(thread, async () => {
    if (!thread.detached) return;
    const newer = await api.history(conversation, { after: lastSeq(thread), limit: PAGE });
    thread.items = [...thread.items, ...newer];
    thread.detached = newer.length === PAGE;
  });
}

/** Back to the newest. */
export async function openNewest(conversation: string): Promise<void> {
  const thread = threadOf(conversation);
  await fetching(thread, async () => {
    if (thread.detached) await fetchNewest(conversation, thread);
  });
}

/** History begins after `seq`. */
export function cutThread(conversation: string, seq: number): void {
  const thread = threadOf(conversation);
  thread.items = thread.items.filter((message) => message.seq > seq);
}

/** Fetches what is missing up to `seq`. Nobody has looked at the conversation yet: nothing is missing. */
export async function catchUp(conversation: string, seq: number): Promise<void> {
  const thread = threadOf(conversation);
  if (!thread.loaded || thread.detached || seq <= lastSeq(thread)) return;
  await fetching(thread, async () => {
    if (seq - lastSeq(thread) > CATCH_UP_MOST) return fetchNewest(conversation, thread);
    while (lastSeq(thread) < seq) {
      const missing = await api.history(conversation, { after: lastSeq(thread), limit: CATCH_UP_PAGE });
      if (missing.length === 0) return;
      thread.items = [...thread.items, ...missing.filter((message) => message.seq > lastSeq(thread))];
    }
  });
}

/** A message came: the next one is put at the end, one that is here already is dropped, a gap is filled. */
export async function addMessage(message: MessageEvent): Promise<void> {
  const thread = threadOf(message.conversation);
  // a page that is on its way may or may not hold this message
  if (!thread.loaded) await thread.fetched;
  if (!thread.loaded || thread.detached || message.seq <= lastSeq(thread)) return;
  if (message.seq === lastSeq(thread) + 1) thread.items = [...thread.items, message];
  else await catchUp(message.conversation, message.seq);
}

/** Something was done to a message: one that is not here needs nothing. */
export async function changeMessage(
  conversation: string,
  seq: number,
  by: (message: MessageEvent) => MessageEvent,
): Promise<void> {
  const thread = threadOf(conversation);
  // a page that is on its way may hold it as it was before
  await thread.fetched;
  thread.items = thread.items.map((message) => (message.seq === seq ? by(message) : message));
}

const kindNames: Record<MessageEvent['kind'], string> = {
  text: '',
  image: 'Photo',
  audio: 'Voice message',
  video: 'Video',
  file: 'File',
  location: 'Location',
  contact: 'Contact',
  poll: 'Poll',
  system: 'The group has changed',
};

/** A message in words. */
/** One has deleted it for oneself. */
export function hideMessage(conversation: string, seq: number): void {
  const thread = threadOf(conversation);
  thread.items = thread.items.filter((message) => message.seq !== seq);
}

/** Reads what is looked at anew, all else when it is opened again. */
export async function forgetThreads(): Promise<void> {
  for (const [conversation, thread] of threads) {
    if (thread.loaded) await fetching(thread, () => fetchNewest(conversation, thread));
  }
}

type Said = {
  kind: string;
  text?: string | undefined;
  media?: unknown;
  recalledAt?: string | undefined;
  expiresAt?: string | undefined;
};
export function textOf({ kind, text, media, recalledAt, expiresAt }: Said): string {
  if (recalledAt) return 'This message was deleted';
  if (expiresAt && text === undefined && media === undefined) return 'This message has disappeared';
  return text || kindNames[kind as MessageEvent['kind']] || '';
}

/** How an edited message read, the oldest first. */
export const versionsOf = ({ conversation, seq }: MessageEvent) => api.versions(conversation, seq);

/** What one has said last, where it can be edited still. */
export const lastOwnText = (conversation: string): MessageEvent | undefined =>
  threadOf(conversation).items.findLast((message) => message.sender === session.userId && message.kind !== 'system');
