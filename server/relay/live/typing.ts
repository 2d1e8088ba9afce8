// Who is typing: passed on to the other members who are there, and over by itself. What is said again while it goes on
// is passed on now and then only; where this relay dies, it ends at the reader's (`expiresIn`).
import type { Context } from '../../context.ts';
import type { TypingDraft, TypingEvent } from '../../contract/live.ts';
import { ParleyError } from '../../errors.ts';
import { TokenBucket } from '../../lib/token-bucket.ts';
import type { SessionTable } from '../rooms.ts';
import type { Session } from '../session.ts';
import type { Peers } from './peers.ts';
import { tellLive } from './tell.ts';

interface Going {
  readonly session: Session;
  readonly draft: TypingDraft;
  readonly to: readonly string[];
  /** passed on then */
  readonly at: number;
  until: number;
}

export class Typing {
  readonly #context: Context;
  readonly #sessions: SessionTable;
  /** by user and conversation */
  readonly #going = new Map<string, Going>();
  readonly #buckets = new Map<string, TokenBucket>();
  /** where its words go besides */
  peers: Pick<Peers, 'tellTyping'> | undefined;

  constructor(context: Context, sessions: SessionTable) {
    this.#context = context;
    this.#sessions = sessions;
  }

  /** Error: `too-many-sends`. */
  admit(userId: string): void {
    const now = this.#context.clock.now();
    const { LIMIT_TYPING } = this.#context.config;
    let bucket = this.#buckets.get(userId);
    if (!bucket) this.#buckets.set(userId, (bucket = new TokenBucket(LIMIT_TYPING, now)));
    if (bucket.take(now)) return;
    throw new ParleyError('too-many-sends', `Typing may be told ${LIMIT_TYPING.perSecond} times a second.`);
  }

  say(session: Session, draft: TypingDraft, to: readonly string[]): void {
    const { TYPING_MS } = this.#context.config;
    const now = this.#context.clock.now();
    const key = `${session.userId} ${draft.conversation}`;
    const going = this.#going.get(key);
    if (draft.state === 'paused') {
      if (going) this.#end(key, going);
      return;
    }
    const isNews = going?.draft.state !== draft.state || now - going.at >= TYPING_MS / 3;
    if (!isNews) {
      going.until = now + TYPING_MS;
      return;
    }
    // to the end of the order in which they are looked at
    this.#going.delete(key);
    this.#going.set(key, { session, draft, to, at: now, until: now + TYPING_MS });
    // what is said again within a third is not passed on
    this.#tell(session.userId, draft, to, Math.ceil((TYPING_MS * 4) / 3));
  }

  /** The session has ended. */
  leave(session: Session): void {
    if (this.#going.size === 0) return;
    for (const [key, going] of this.#going) if (going.session === session) this.#end(key, going);
  }

  /** From another relay, or from here. */
  deliver(to: readonly string[], body: string): void {
    for (const user of to) {
      // who is behind has better things to read
      for (const session of this.#sessions.of(user).values()) if (session.writable) tellLive(session, body);
    }
  }

  sweep(now: number): void {
    for (const [key, going] of this.#going) if (going.until <= now) this.#end(key, going);
    for (const [user, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(user);
  }

  #end(key: string, { session, draft, to }: Going): void {
    this.#going.delete(key);
    this.#tell(session.userId, { ...draft, state: 'paused' }, to);
  }

  #tell(user: string, { conversation, state }: TypingDraft, to: readonly string[], expiresIn?: number): void {
    const event: TypingEvent = { type: 'typing', conversation, user, state, ...(expiresIn ? { expiresIn } : {}) };
    const body = JSON.stringify(event);
    this.deliver(to, body);
    this.peers?.tellTyping(to, body);
  }
}
