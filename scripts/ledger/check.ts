// The proof: what people did, what each device was told, what each may read and what the group says of itself must agree.
import type { MessageEvent } from '../../server/contract/events.ts';
import type { MemberRole } from '../../server/contract/group.ts';
import type { Book } from './book.ts';
import { isToldOf, mayRead, type Past, stayOf } from './stays.ts';
import { type Known, knownOf, type Told } from './told.ts';

/** What somebody reads when all is over. */
export interface Reader {
  readonly user: string;
  readonly history: readonly MessageEvent[];
  /** by a word that all that people say holds */
  readonly found: readonly MessageEvent[];
  /** undefined: the group is none for her */
  readonly roles: ReadonlyMap<string, MemberRole> | undefined;
  /** what was answered to her last change of membership */
  readonly believesToBeIn: boolean;
}

export interface Evidence {
  readonly book: Book;
  readonly past: Past;
  readonly devices: readonly Told[];
  readonly readers: readonly Reader[];
}

type Problems = Generator<string>;

const sameReactions = (a: Known['reactions'], b: Known['reactions']): boolean =>
  (a?.size ?? 0) === (b?.size ?? 0) && [...(a ?? [])].every(([user, emoji]) => b?.get(user) === emoji);

const same = (a: Known, b: Known): boolean =>
  a.id === b.id &&
  a.text === b.text &&
  a.editedAt === b.editedAt &&
  a.recalled === b.recalled &&
  sameReactions(a.reactions, b.reactions);

const listed = (roles: ReadonlyMap<string, MemberRole>): string =>
  [...roles]
    .map(([user, role]) => `${user} ${role}`)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join();

const shown = ({ id, text, recalled, reactions }: Known): string =>
  `${id} ${recalled ? 'recalled' : JSON.stringify(text)} ${JSON.stringify([...(reactions ?? [])])}`;

/** The messages of which a device must know in the end, but does not. */
export function* lacking(past: Past, device: Told): Generator<number> {
  for (const stay of past.stays.get(device.user) ?? []) {
    for (let seq = stay.from; seq <= (stay.until ?? past.lastSeq); seq++) if (!device.has(seq)) yield seq;
  }
}

const checks: Readonly<Record<string, (evidence: Evidence) => Problems>> = {
  *'nobody meets what she should not'({ book, devices }) {
    yield* book.complaints;
    for (const { complaints } of devices) yield* complaints;
  },

  *'seq is 1 to n, and every message has an id of its own'({ past }) {
    const ids = new Set<string>();
    for (const [i, { seq, id }] of past.messages.entries()) {
      if (seq !== i + 1) yield `seq ${seq} is at place ${i + 1}`;
      if (ids.has(id)) yield `${id} is there twice`;
      ids.add(id);
    }
  },

  *'what was receipted is stored once, as its sender had it last, and what was refused is not'({ book, past }) {
    const stored = new Map<string, MessageEvent[]>();
    for (const message of past.messages) {
      if (message.kind === 'system') continue;
      const name = message.clientMessageId;
      stored.set(name, [...(stored.get(name) ?? []), message]);
    }
    for (const { clientMessageId, sender, texts, receipted, refused, ...recall } of book.said.values()) {
      const [found, ...more] = stored.get(clientMessageId) ?? [];
      stored.delete(clientMessageId);
      const what = `${clientMessageId} of ${sender}`;
      if (more.length > 0) yield `${what} is stored ${more.length + 1} times`;
      if (!found) {
        if (receipted >= 0) yield `${what} was receipted and is lost`;
        continue;
      }
      if (refused && receipted < 0) yield `${what} was refused and is stored`;
      if (found.sender !== sender) yield `${what} is stored as one of ${found.sender}`;
      if (found.recalledAt !== undefined) {
        if (!recall.recallSent) yield `${what} was recalled by nobody`;
      } else if (recall.recallReceipted) yield `${what} is not recalled`;
      else if (!texts.slice(Math.max(0, receipted)).includes(found.text ?? '')) {
        yield `${what} says ${JSON.stringify(found.text)}, not ${JSON.stringify(texts.at(receipted))}`;
      }
    }
    for (const [name, [message]] of stored) yield `${name} of ${message?.sender} was said by nobody`;
  },

  *'every device was told or has read all that was sent while its user was a member'({ past, devices }) {
    for (const device of devices) {
      for (const seq of lacking(past, device)) yield `${device.name} of ${device.user} never heard of seq ${seq}`;
    }
  },

  *'no device was told of what was sent while its user was none, or of what was done to what she cannot read'(
    evidence,
  ) {
    const { past, devices } = evidence;
    for (const { name, user, live, touched } of devices) {
      for (const seq of live) if (!isToldOf(past, user, seq)) yield `${name} of ${user} was told of seq ${seq}`;
      for (const seq of touched) {
        if (!mayRead(past, user, seq)) yield `${name} of ${user} was told what was done to seq ${seq}`;
      }
    }
  },

  *'everybody reads the history of her times, and nothing else'({ past, readers }) {
    for (const { user, history } of readers) {
      const due = past.messages.filter(({ seq }) => mayRead(past, user, seq));
      const wrong = Array.from({ length: Math.max(due.length, history.length) }, (_, i) => i).find((i) => {
        const [a, b] = [due[i], history[i]];
        return !a || !b || a.seq !== b.seq || !same(knownOf(a), knownOf(b));
      });
      if (wrong !== undefined) {
        yield `${user} reads seq ${history[wrong]?.seq} where seq ${due[wrong]?.seq} is due, at place ${wrong + 1}`;
      }
    }
  },

  *'nobody finds what she cannot read, and what she finds is as it is'({ past, readers }) {
    for (const { user, found } of readers) {
      for (const message of found) {
        const is = past.messages[message.seq - 1];
        if (!mayRead(past, user, message.seq)) yield `${user} finds seq ${message.seq}`;
        else if (!is || !same(knownOf(is), knownOf(message))) yield `${user} finds seq ${message.seq} as it is not`;
      }
    }
  },

  *'every device of a member shows each message of her time as it is'({ past, devices }) {
    for (const { name, user, known } of devices) {
      const stay = stayOf(past, user);
      if (!stay) continue;
      for (const message of past.messages.slice(stay.from - 1)) {
        const [is, has] = [knownOf(message), known.get(message.seq)];
        if (has && !same(is, has))
          yield `${name} of ${user} shows seq ${message.seq} as ${shown(has)}, not ${shown(is)}`;
      }
    }
  },

  *'members and roles are what the messages of the group make them, for everybody'({ past, readers }) {
    const due = listed(past.roles);
    for (const { user, roles, believesToBeIn } of readers) {
      const isIn = past.roles.has(user);
      if (isIn !== believesToBeIn)
        yield `${user} was answered that she is ${believesToBeIn ? 'in' : 'out'}, and is not`;
      if (isIn !== (roles !== undefined)) yield `${user} ${isIn ? 'does not see' : 'sees'} the group`;
      if (roles && listed(roles) !== due) yield `${user} sees other members or roles`;
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
