// The proof: from the ledger and from history, every way in which something could be lost, doubled or disordered.
// Pure: it asks nobody, so a test can show that it finds a planted loss (check.test.ts).
import { isDeepStrictEqual } from 'node:util';
import type { MessageEvent } from '../../server/contract/events.ts';
import type { Ledger } from './ledger.ts';

export interface SentMessage {
  readonly clientMessageId: string;
  readonly sender: string;
  readonly conversation: string;
  readonly text: string;
}

export interface Evidence {
  readonly messages: readonly SentMessage[];
  /** the conversations' ids, each with its members' */
  readonly conversations: ReadonlyMap<string, readonly string[]>;
  /** whose device has which number in the ledger */
  readonly devices: readonly { readonly user: string; readonly name: string }[];
  readonly ledger: Ledger;
  /** history as each member reads it: by conversation, by member */
  readonly histories: ReadonlyMap<string, ReadonlyMap<string, readonly MessageEvent[]>>;
}

type Problems = Generator<string>;

const checks: Readonly<Record<string, (evidence: Evidence) => Problems>> = {
  *'every message is receipted in the end'({ messages, ledger }) {
    for (const refusal of ledger.refused) yield `refused: ${refusal}`;
    for (const { clientMessageId, conversation } of messages) {
      if (!ledger.receipted.has(clientMessageId)) yield `${clientMessageId} of ${conversation} has no receipt`;
    }
  },

  *'every receipted message is in history exactly once, as it was written'({ messages, ledger, histories }) {
    const stored = new Map<string, MessageEvent[]>();
    for (const event of oneHistoryEach(histories).flat()) {
      const key = `${event.sender} ${event.clientMessageId}`;
      stored.set(key, [...(stored.get(key) ?? []), event]);
    }
    for (const { clientMessageId, sender, conversation, text } of messages) {
      const found = stored.get(`${sender} ${clientMessageId}`) ?? [];
      stored.delete(`${sender} ${clientMessageId}`);
      const place = `${clientMessageId} of ${sender} in ${conversation}`;
      if (found.length > 1) yield `${place} is stored ${found.length} times: ${found.map(({ seq }) => seq).join()}`;
      else if (found[0]?.text !== text && found[0]) yield `${place} is stored with another text`;
      else if (found[0] && found[0].conversation !== conversation) yield `${place} is stored elsewhere`;
      else if (!found[0] && ledger.receipted.has(clientMessageId)) yield `${place} was receipted and is not in history`;
    }
    for (const place of stored.keys()) yield `${place} is in history, and nobody wrote it`;
  },

  *'every member reads one history, with seq 1..n'({ conversations, histories }) {
    for (const [conversation, members] of conversations) {
      const ofMembers = histories.get(conversation);
      const first = JSON.stringify(ofMembers?.get(members[0] as string));
      for (const member of members) {
        const history = ofMembers?.get(member) ?? [];
        if (JSON.stringify(history) !== first) yield `${member} reads another history of ${conversation}`;
        const wrong = history.findIndex(({ seq }, i) => seq !== i + 1);
        if (wrong >= 0) yield `${conversation} has seq ${history[wrong]?.seq} at place ${wrong + 1}`;
      }
    }
  },

  *'every device of every member has seen every message, as history has it'({ devices, ledger, ...evidence }) {
    for (const [number, { user, name }] of devices.entries()) {
      const seen = new Map(ledger.seen[number]?.events);
      for (const [conversation, members] of evidence.conversations) {
        if (!members.includes(user)) continue;
        for (const event of evidence.histories.get(conversation)?.get(user) ?? []) {
          const got = seen.get(event.id);
          seen.delete(event.id);
          const what = `seq ${event.seq} of ${conversation} (${event.clientMessageId}, ${event.id})`;
          if (!got) yield `${name} of ${user} never saw ${what}`;
          else if (!isDeepStrictEqual(got, event)) yield `${name} of ${user} saw ${what} otherwise`;
        }
      }
      for (const event of seen.values()) yield `${name} of ${user} saw ${event.id}, which is not in her history`;
    }
  },

  *'what comes again is the same by id, seq and content'({ devices, ledger }) {
    for (const [number, { user, name }] of devices.entries()) {
      for (const contradiction of ledger.seen[number]?.contradictions ?? [])
        yield `${name} of ${user}: ${contradiction}`;
    }
  },

  *'every device sees each conversation in the order of seq'({ devices, ledger }) {
    for (const [number, { user, name }] of devices.entries()) {
      const last = new Map<string, number>();
      for (const { conversation, seq } of ledger.seen[number]?.events.values() ?? []) {
        const before = last.get(conversation) ?? 0;
        if (seq < before) yield `${name} of ${user} saw seq ${seq} of ${conversation} after seq ${before}`;
        last.set(conversation, Math.max(seq, before));
      }
    }
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

const oneHistoryEach = (histories: Evidence['histories']) =>
  [...histories.values()].map((ofMembers) => [...ofMembers.values()][0] ?? []);
