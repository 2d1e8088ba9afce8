// What becomes of a batch of messages, step by step: conversations exist → messages stored → events handed to the
// broker. Throws when a step fails; then the whole batch is done again, and each step is safe to repeat.
import { LRUCache } from 'lru-cache';
import {
  eventJson,
  type InboundEntry,
  type MailboxEntry,
  type MessageEnvelope,
  messageEventJson,
} from '../broker/wire.ts';
import type { Context } from '../context.ts';
import { directMembers } from '../contract/conversation-id.ts';
import { metrics } from '../metrics.ts';
import { linkMedia } from './link-media.ts';
import { type Answering, withQuotes } from './quotes.ts';
import { concerned, recipients } from './recipients.ts';
import { makeDirectConversations, nameOf, storeMessages } from './store-messages.ts';
import { storedMessages } from './stored-messages.ts';

export type MessageEntry = Extract<InboundEntry, { kind: 'message' }>;

/** What a worker remembers of its work. What is forgotten costs a statement or a second delivery, nothing else. */
export interface Known {
  /** conversations that exist */
  readonly conversations: LRUCache<string, true>;
  /** by `nameOf`: messages that the broker has in the mailboxes for good, or what resolves when it has */
  readonly published: LRUCache<string, true | Promise<void>>;
}
export const newKnown = (): Known => ({
  conversations: new LRUCache({ max: 50_000 }),
  published: new LRUCache({ max: 50_000 }),
});

/** What happened, and what the batch waits for besides its own events: those of messages that it repeats. */
interface Outcome {
  readonly events: readonly MailboxEntry[];
  readonly named: readonly string[];
  readonly before: readonly Promise<void>[];
}

/** Resolves when all is stored; what it resolves with (`told`) does when the broker has every event of it. */
export async function processBatch(
  context: Context,
  known: Known,
  messages: readonly MessageEntry[],
): Promise<{ readonly told: Promise<void> }> {
  await makeMissing(context, known, messages);
  const { events, named, before } = await store(context, known, messages);
  const published = context.broker.mailboxes.publish(events);
  for (const name of named) known.published.set(name, published);
  const told = published.then(async () => {
    for (const name of named) known.published.set(name, true);
    await Promise.all(before);
  });
  return { told };
}

async function store(context: Context, known: Known, messages: readonly MessageEntry[]): Promise<Outcome> {
  const results = await storeMessages(context.db, messages);
  await linkMedia(context.db, messages);
  const recipientsOf = await recipients(
    context.db,
    messages.map(({ envelope }) => envelope.conversation),
  );
  const events: Answering[] = [];
  const told = new Set<string>();
  const repeats = new Map<string, MessageEnvelope>();
  for (const [i, { envelope, line }] of messages.entries()) {
    const result = results[i];
    const name = nameOf(envelope);
    if (!result) {
      await context.broker.deadLetter(Buffer.from(line), 'its conversation does not exist');
      metrics.deadLetters.inc({ from: 'worker' });
      context.log.error({ id: envelope.id }, 'a message without a conversation was dead-lettered');
    } else if (result.state === 'repeat') {
      metrics.repeats.inc();
      repeats.set(name, envelope);
    } else if (!told.has(name)) {
      (result.state === 'new' ? metrics.stored : metrics.repeats).inc();
      told.add(name);
      const { id, conversation, sender, replyTo } = envelope;
      const message = { conversation, seq: result.seq, sender };
      const to =
        result.state === 'known' ? await concerned(context.db, conversation, result.seq) : recipientsOf(conversation);
      const { seq, expiresAt } = result;
      const event = messageEventJson(line, seq, expiresAt);
      events.push({ entry: { to, key: id, message, event, expires: expiresAt?.getTime() }, replyTo });
    }
  }
  metrics.storeBatch.observe(messages.length);
  const before: Promise<void>[] = [];
  for (const name of repeats.keys()) {
    const published = known.published.get(name);
    if (published === undefined && !told.has(name)) continue;
    if (published instanceof Promise) before.push(published);
    repeats.delete(name);
  }
  // they are older than what is new
  const again = await storedEvents(context, [...repeats.values()]);
  return { events: await withQuotes(context.db, [...again, ...events]), named: [...repeats.keys(), ...told], before };
}

/**
 * Of a sender's repeats, the messages as they were stored. Whether the first one was ever published nobody knows: a
 * broker hands on what it has not written to disk yet, so a message can be stored, and then be lost with the broker and
 * the process that would have published it again. Its sender, who has no receipt, is the only one who still has it.
 */
async function storedEvents({ db }: Context, repeats: readonly MessageEnvelope[]): Promise<Answering[]> {
  if (repeats.length === 0) return [];
  const entries: Answering[] = [];
  for (const event of await storedMessages(db, repeats)) {
    const { id, conversation, seq, sender, replyTo, recalledAt, expiresAt } = event;
    const expires = expiresAt === undefined ? undefined : Date.parse(expiresAt);
    const to = await concerned(db, conversation, seq);
    const entry = { to, key: id, message: { conversation, seq, sender }, event: eventJson(event), expires };
    entries.push({ entry, replyTo: recalledAt === undefined ? replyTo : undefined });
  }
  return entries;
}

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
