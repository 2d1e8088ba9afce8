// What becomes of a batch, step by step: conversations exist → messages stored → markers moved → events published.
// Throws when a step fails; then the whole batch is done again, and each step is safe to repeat.
import { LRUCache } from 'lru-cache';
import {
  eventJson,
  type InboundEntry,
  type MailboxEntry,
  type MarkerEnvelope,
  type MessageEnvelope,
  messageEventJson,
} from '../broker/wire.ts';
import type { Context } from '../context.ts';
import { directMembers } from '../contract/conversation-id.ts';
import { newId } from '../lib/id.ts';
import { metrics } from '../metrics.ts';
import { moveMarkers } from './move-markers.ts';
import { makeDirectConversations, membersOf, storeMessages } from './store-messages.ts';
import { storedMessages } from './stored-messages.ts';

type MessageEntry = Extract<InboundEntry, { kind: 'message' }>;

/** What a shard remembers of its work. What is forgotten costs a statement or a second delivery, nothing else. */
export interface Known {
  /** conversations that exist */
  readonly conversations: LRUCache<string, true>;
  /** messages (by `nameOf`) that the broker has in the mailboxes for good */
  readonly published: LRUCache<string, true>;
}
export const newKnown = (): Known => ({
  conversations: new LRUCache({ max: 50_000 }),
  published: new LRUCache({ max: 50_000 }),
});

const nameOf = ({ sender, clientMessageId }: { sender: string; clientMessageId: string }) =>
  `${sender} ${clientMessageId}`;

/** `again`: the batch was delivered before; what it led to may or may not have been published. */
export async function processBatch(
  context: Context,
  known: Known,
  entries: readonly InboundEntry[],
  again: boolean,
): Promise<void> {
  const messages = entries.filter((entry) => entry.kind === 'message');
  const markers = entries.filter((entry) => entry.kind === 'marker').map((entry) => entry.envelope);
  const events = [...(await store(context, known, messages)), ...(await move(context, markers, again))];
  await context.broker.mailboxes.publish(events);
  for (const { envelope } of messages) known.published.set(nameOf(envelope), true);
}

async function store(context: Context, known: Known, messages: readonly MessageEntry[]): Promise<MailboxEntry[]> {
  if (messages.length === 0) return [];
  await makeMissing(context, known, messages);
  const results = await storeMessages(
    context.db,
    messages.map(({ line }) => line),
  );
  const recipientsOf = await recipients(
    context,
    messages.map(({ envelope }) => envelope.conversation),
  );
  const events: MailboxEntry[] = [];
  const told = new Set<string>();
  const repeats = new Map<string, MessageEnvelope>();
  for (const [i, { envelope, line }] of messages.entries()) {
    const result = results[i];
    if (!result) {
      await context.broker.deadLetter(Buffer.from(line), 'its conversation does not exist');
      metrics.deadLetters.inc({ from: 'worker' });
      context.log.error({ id: envelope.id }, 'a message without a conversation was dead-lettered');
      continue;
    }
    count(result.state);
    if (result.state === 'repeat') {
      repeats.set(nameOf(envelope), envelope);
      continue;
    }
    told.add(nameOf(envelope));
    const { id, conversation, sender } = envelope;
    const message = { conversation, seq: result.seq, sender };
    events.push({ to: recipientsOf(envelope), key: id, message, event: messageEventJson(line, result.seq) });
  }
  metrics.storeBatch.observe(messages.length);
  for (const name of repeats.keys()) if (told.has(name) || known.published.has(name)) repeats.delete(name);
  // they are older than what is new
  return [...(await storedEvents(context, [...repeats.values()])), ...events];
}

/**
 * Of a sender's repeats, the messages as they were stored. Whether the first one was ever published nobody knows: a
 * broker hands on what it has not written to disk yet, so a message can be stored, and then be lost with the broker and
 * the process that would have published it again. Its sender, who has no receipt, is the only one who still has it.
 */
async function storedEvents(context: Context, repeats: readonly MessageEnvelope[]): Promise<MailboxEntry[]> {
  if (repeats.length === 0) return [];
  const stored = await storedMessages(context.db, repeats);
  const recipientsOf = await recipients(
    context,
    stored.map(({ conversation }) => conversation),
  );
  return stored.map((event) => {
    const { id, conversation, seq, sender } = event;
    return { to: recipientsOf(event), key: id, message: { conversation, seq, sender }, event: eventJson(event) };
  });
}

const count = (state: 'new' | 'known' | 'repeat') => (state === 'new' ? metrics.stored : metrics.repeats).inc();

async function makeMissing({ db }: Context, known: Known, messages: readonly MessageEntry[]): Promise<void> {
  const missing = new Set<string>();
  for (const { envelope } of messages) {
    if (!known.conversations.has(envelope.conversation) && directMembers(envelope.conversation))
      missing.add(envelope.conversation);
  }
  if (missing.size === 0) return;
  await makeDirectConversations(db, [...missing].toSorted());
  for (const conversation of missing) known.conversations.set(conversation, true);
}

/** Who gets the events of a conversation: of a direct one its two members, of a group those the database has now. */
async function recipients(
  { db }: Context,
  conversations: readonly string[],
): Promise<(envelope: { conversation: string }) => string[]> {
  const groups = new Set(conversations.filter((id) => !directMembers(id)));
  const members = groups.size > 0 ? await membersOf(db, [...groups]) : new Map<string, string[]>();
  return ({ conversation }) => directMembers(conversation) ?? members.get(conversation) ?? [];
}

async function move(context: Context, markers: readonly MarkerEnvelope[], again: boolean): Promise<MailboxEntry[]> {
  if (markers.length === 0) return [];
  const moved = await moveMarkers(context.db, markers, again);
  if (moved.length === 0) return [];
  const recipientsOf = await recipients(
    context,
    moved.map(({ conversation }) => conversation),
  );
  return moved.map(({ conversation, user, delivered, read }) => ({
    to: recipientsOf({ conversation }),
    key: newId(),
    event: eventJson({ type: 'marker', conversation, user, delivered, ...(read > 0 ? { read } : {}) }),
  }));
}
