// The proof: from the ledger, the database and history, every way in which something could be lost, doubled, forged or
// disordered. Pure: it asks nobody, so a test can show that it finds what is planted (check.test.ts).
import type { KnownEvent, Ledger } from './ledger.ts';

/** A message as the database has it. */
export interface StoredEvent extends KnownEvent {
  readonly text: string | undefined;
}

export interface StoredConversation {
  /** the seq that was given last */
  readonly lastSeq: number;
  /** in the order of seq */
  readonly events: readonly StoredEvent[];
}

export interface Evidence {
  readonly ledger: Ledger;
  /** the conversations' ids, each with its members' */
  readonly conversations: ReadonlyMap<string, readonly string[]>;
  /** whose device has which number in the ledger */
  readonly devices: readonly { readonly user: string; readonly name: string }[];
  /** by conversation */
  readonly stored: ReadonlyMap<string, StoredConversation>;
  /** history as each member reads it: by conversation and member, digests in the order of the pages */
  readonly histories: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
  /** messages in each of the broker's queues, now that all is quiet; those without any left out */
  readonly queues: ReadonlyMap<string, number>;
}

type Problems = Generator<string>;

const nothing: StoredConversation = { lastSeq: 0, events: [] };

const checks: Readonly<Record<string, (evidence: Evidence) => Problems>> = {
  *'every message has its receipt in the end, but for what its sender gave up'({ ledger }) {
    for (const { clientMessageId, conversation, receipted, once } of ledger.entries.values()) {
      if (!receipted && !once) yield `${clientMessageId} of ${conversation} has no receipt`;
    }
  },

  *'no client meets what it should not'({ ledger }) {
    yield* ledger.complaints;
  },

  *'what has its receipt is stored, and everything is stored once, where and as it was written'({ ledger, stored }) {
    const places = new Map<string, StoredEvent[]>();
    for (const { events } of stored.values()) {
      for (const event of events) {
        const same = places.get(event.clientMessageId);
        if (same) same.push(event);
        else places.set(event.clientMessageId, [event]);
      }
    }
    for (const { clientMessageId, sender, conversation, text, receipted } of ledger.entries.values()) {
      const [found, ...more] = places.get(clientMessageId) ?? [];
      places.delete(clientMessageId);
      const what = `${clientMessageId} of ${sender} in ${conversation}`;
      if (!found) {
        if (receipted) yield `${what} was receipted and is lost`;
        continue;
      }
      if (more.length > 0)
        yield `${what} is stored ${more.length + 1} times: ${[found, ...more].map(({ seq }) => seq).join()}`;
      if (found.sender !== sender) yield `${what} is stored as one of ${found.sender}`;
      if (found.conversation !== conversation) yield `${what} is stored in ${found.conversation}`;
      if (found.text !== text) yield `${what} is stored with another text`;
    }
    for (const [clientMessageId, [event]] of places) {
      yield `${clientMessageId} of ${event?.sender} in ${event?.conversation} is stored, and nobody wrote it`;
    }
  },

  *'seq is 1 to n in every conversation'({ stored }) {
    for (const [conversation, { lastSeq, events }] of stored) {
      const wrong = events.findIndex(({ seq }, i) => seq !== i + 1);
      if (wrong >= 0) yield `${conversation} has seq ${events[wrong]?.seq} at place ${wrong + 1}`;
      if (lastSeq !== events.length)
        yield `${conversation} has given seq ${lastSeq} and holds ${events.length} messages`;
    }
  },

  *'every member reads the history that is stored'({ conversations, stored, histories }) {
    for (const [conversation, members] of conversations) {
      const { events } = stored.get(conversation) ?? nothing;
      for (const member of members) {
        const read = histories.get(conversation)?.get(member) ?? [];
        const wrong = Array.from({ length: Math.max(read.length, events.length) }, (_, i) => i).find(
          (i) => read[i] !== events[i]?.digest,
        );
        if (wrong !== undefined) yield `${member} reads another history of ${conversation} from place ${wrong + 1} on`;
      }
    }
  },

  *'every device of every member has seen every message, as it is stored'({ devices, conversations, stored, ledger }) {
    for (const [number, { user, name }] of devices.entries()) {
      const seen = new Set(ledger.logs[number]?.seen);
      for (const [conversation, members] of conversations) {
        if (!members.includes(user)) continue;
        for (const { id, seq, clientMessageId, digest } of (stored.get(conversation) ?? nothing).events) {
          const what = `seq ${seq} of ${conversation} (${clientMessageId}, ${id})`;
          if (!seen.delete(id)) yield `${name} of ${user} never saw ${what}`;
          else if (ledger.events.get(id)?.digest !== digest) yield `${name} of ${user} saw ${what} otherwise`;
        }
      }
      for (const id of seen) yield `${name} of ${user} saw ${id}, which is stored in no conversation of hers`;
    }
  },

  *'what comes again is the same'({ ledger }) {
    yield* ledger.contradictions;
  },

  *'every device sees each conversation in the order of seq'({ devices, ledger }) {
    for (const [number, { user, name }] of devices.entries()) {
      const last = new Map<string, number>();
      for (const id of ledger.logs[number]?.seen ?? []) {
        const { conversation, seq } = ledger.events.get(id) as KnownEvent;
        const before = last.get(conversation) ?? 0;
        if (seq < before) yield `${name} of ${user} saw seq ${seq} of ${conversation} after seq ${before}`;
        last.set(conversation, Math.max(seq, before));
      }
    }
  },

  *'nothing is left in the queues of the broker'({ queues }) {
    for (const [queue, count] of queues) yield `${count} in ${queue}`;
  },
};

/** What is wrong, by the sentence that it breaks; empty: all is well. */
export function check(evidence: Evidence): Map<string, string[]> {
  const broken = new Map<string, string[]>();
  for (const [sentence, find] of Object.entries(checks)) {
    const problems = [...find(evidence)];
    if (problems.length > 0) broken.set(sentence, problems);
  }
  return broken;
}
