// What one device was told of the group, and what it knows from that: as a client keeps it that holds messages once by
// id, applies what is done to them, and reads history where it is told to. Complains of what no client should meet.
import type { Event, MessageEvent } from '../../server/contract/events.ts';

/** A message as the device shows it. */
export interface Known {
  readonly id: string;
  readonly text: string | undefined;
  readonly editedAt: string | undefined;
  readonly recalled: boolean;
  /** by user */
  readonly reactions: ReadonlyMap<string, string> | undefined;
}

export function knownOf({ id, text, editedAt, recalledAt, reactions }: MessageEvent): Known {
  const given = reactions?.flatMap(({ emoji, users }) => users.map((user) => [user, emoji] as const)) ?? [];
  return {
    id,
    text,
    editedAt,
    recalled: recalledAt !== undefined,
    reactions: given.length === 0 ? undefined : new Map(given),
  };
}

export class Told {
  readonly name: string;
  readonly user: string;
  /** seqs of messages that came as events, as each came first */
  readonly live = new Set<number>();
  /** seqs of messages that it read */
  readonly read = new Set<number>();
  /** seqs of messages of which it was told that something was done to them */
  readonly touched = new Set<number>();
  readonly known = new Map<number, Known>();
  readonly complaints: string[] = [];
  repeats = 0;
  missed = 0;
  #lastLive = 0;
  /** whether the last it heard of its own user was that she is in; undefined: it cannot know */
  #inside: boolean | undefined;
  readonly #edits = new Set<string>();
  readonly #conversation: string;

  constructor(name: string, user: string, conversation: string) {
    this.name = name;
    this.user = user;
    this.#conversation = conversation;
  }

  has(seq: number): boolean {
    return this.live.has(seq) || this.read.has(seq);
  }

  take(event: Event): void {
    if (event.type === 'missed') {
      this.missed += 1;
      this.#inside = undefined;
    }
    if (!('conversation' in event) || event.conversation !== this.#conversation) return;
    if (event.type === 'message') this.#message(event);
    else if (event.type === 'message.edited' && this.#isNews(`${event.id} ${event.editedAt}`, event.seq)) {
      this.#change(event.seq, (known) =>
        known.editedAt !== undefined && known.editedAt >= event.editedAt
          ? known
          : { ...known, text: event.text, editedAt: event.editedAt },
      );
    } else if (event.type === 'message.recalled' && this.#isNews(event.id, event.seq)) {
      this.#change(event.seq, ({ id }) => ({
        id,
        text: undefined,
        editedAt: undefined,
        recalled: true,
        reactions: undefined,
      }));
    } else if (event.type === 'reaction') {
      this.touched.add(event.seq);
      this.#change(event.seq, (known) => {
        const reactions = new Map(known.reactions);
        if (event.emoji === null) reactions.delete(event.user);
        else reactions.set(event.user, event.emoji);
        return { ...known, reactions: reactions.size === 0 ? undefined : reactions };
      });
    } else if (event.type === 'member' && event.user === this.user && event.change !== 'role') {
      this.#inside = event.change === 'joined';
    }
  }

  /** What history says now. */
  takeHistory(messages: readonly MessageEvent[]): void {
    for (const message of messages) {
      const before = this.known.get(message.seq);
      if (before && before.id !== message.id) this.#complain(`reads another message at seq ${message.seq}`);
      this.read.add(message.seq);
      this.known.set(message.seq, knownOf(message));
    }
  }

  #message(event: MessageEvent): void {
    const { seq, id } = event;
    const before = this.known.get(seq);
    if (before && before.id !== id) this.#complain(`was told of two messages at seq ${seq}`);
    if (this.live.has(seq)) {
      this.repeats += 1;
      return;
    }
    this.live.add(seq);
    if (before) return;
    // what it has read meanwhile may come later, what it has not may not
    if (seq < this.#lastLive) this.#complain(`was told of seq ${seq} after seq ${this.#lastLive}`);
    this.#lastLive = Math.max(seq, this.#lastLive);
    this.known.set(seq, knownOf(event));
  }

  /** Comes an edit or a recall for the first time, it comes to a member. */
  #isNews(name: string, seq: number): boolean {
    this.touched.add(seq);
    if (this.#edits.has(name)) return false;
    this.#edits.add(name);
    if (this.#inside === false) this.#complain(`was told what was done to seq ${seq} when its user had gone`);
    return true;
  }

  #change(seq: number, change: (known: Known) => Known): void {
    const known = this.known.get(seq);
    // a newer device reads the history, where it is done already
    if (known && !known.recalled) this.known.set(seq, change(known));
  }

  #complain(what: string): void {
    this.complaints.push(`${this.name} of ${this.user} ${what}`);
  }
}
