// What was written and is not receipted yet: kept in IndexedDB from the first moment, sent again with the same
// clientMessageId in every new session, so that it arrives once whatever happens (contract §4).
import { computed, reactive, toRaw } from 'vue';
import { codes } from '../../../server/contract/errors.ts';
import type { MessageDraft } from '../../../server/contract/drafts.ts';
import { type Keep, openKeep } from '../lib/keep.ts';
import { publish, type Refusal } from './connection.ts';

/** What is said, without who, when and where to. */
export type Content = Pick<MessageDraft, 'kind' | 'text' | 'media' | 'replyTo' | 'mentions'>;

export interface Entry extends Omit<Content, 'kind'> {
  clientMessageId: string;
  conversation: string;
  to: MessageDraft['to'];
  /** an entry of an older page may have none: it is a text */
  kind?: Content['kind'];
  /** the id of the message that it hands on: what it says is copied there */
  forward?: string;
  createdAt: string;
  /** `accepted`: receipted, shown here until the own event brings its seq */
  state: 'waiting' | 'accepted' | 'failed';
  reason?: string;
}

// the assertion spares the compiler the types of any JSON
export const outbox = reactive<{ entries: unknown[] }>({ entries: [] }) as { entries: Entry[] };

/** What only this browser has. */
export const unsent = computed(() => outbox.entries.filter(({ state }) => state !== 'accepted'));

/** Refusals that pass by themselves. */
const passing = new Set(['busy', 'too-many-sends']);
const SEND_AGAIN_MS = 2_000;

let keep: Keep<Entry> | undefined;

/** Reads what an earlier page left behind. A browser without IndexedDB can still talk. */
export async function openOutbox(userId: string): Promise<void> {
  keep = await openKeep<Entry>(`parley.${userId}`, 'outbox', 'clientMessageId').catch(() => undefined);
  const kept = (await keep?.all()) ?? [];
  outbox.entries = kept.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
}

const find = (clientMessageId: string) => outbox.entries.find((entry) => entry.clientMessageId === clientMessageId);
const forget = (entry: Entry) => keep?.remove(entry.clientMessageId);
// IndexedDB cannot copy a reactive proxy
const remember = (entry: Entry) => keep?.put(toRaw(entry));

export async function post(place: Pick<Entry, 'conversation' | 'to' | 'forward'>, content: Content): Promise<void> {
  const clientMessageId = crypto.randomUUID();
  const entry: Entry = { ...place, ...content, clientMessageId, createdAt: new Date().toISOString(), state: 'waiting' };
  outbox.entries.push(entry);
  // first on the disk, then on the wire
  await remember(entry);
  transmit(entry);
}

function transmit({ clientMessageId, to, forward, kind = 'text', text, media, replyTo, mentions }: Entry): void {
  const done = () => void receipted(clientMessageId);
  if (forward) {
    publish('/app/messages/forward', { clientMessageId, to, id: forward }, done, clientMessageId);
    return;
  }
  const draft: MessageDraft = { clientMessageId, to, kind, text, media, replyTo, mentions };
  publish('/app/messages', draft, done, clientMessageId);
}

async function receipted(clientMessageId: string): Promise<void> {
  const entry = find(clientMessageId);
  if (!entry) return;
  entry.state = 'accepted';
  await forget(entry);
}

/** Sends everything that waits, in the order it was written. */
export function flush(): void {
  for (const entry of outbox.entries) if (entry.state === 'waiting') transmit(entry);
}

/** The own message came back as an event: the entry has done its work. */
export async function settle(clientMessageId: string): Promise<void> {
  const entry = find(clientMessageId);
  if (!entry) return;
  outbox.entries.splice(outbox.entries.indexOf(entry), 1);
  await forget(entry);
}

export async function refused({ clientMessageId, code, message }: Refusal): Promise<void> {
  const entry = clientMessageId === undefined ? undefined : find(clientMessageId);
  if (!entry) return;
  if (passing.has(code)) {
    setTimeout(() => find(entry.clientMessageId)?.state === 'waiting' && transmit(entry), SEND_AGAIN_MS);
    return;
  }
  entry.state = 'failed';
  entry.reason = message || (codes as Record<string, { text: string } | undefined>)[code]?.text || code;
  await remember(entry);
}

export async function retry(clientMessageId: string): Promise<void> {
  const entry = find(clientMessageId);
  if (!entry) return;
  entry.state = 'waiting';
  delete entry.reason;
  await remember(entry);
  transmit(entry);
}

/** Takes back what was never sent. */
export const discard = settle;

export async function emptyOutbox(): Promise<void> {
  outbox.entries = [];
  await keep?.clear();
}
