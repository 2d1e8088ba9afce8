// Who is there: the sessions of this relay and, after the last of somebody's, a while of grace; with what the other
// relays say. Told to the sessions that watch, which is those that subscribe to /user/queue/live and may see it
// (server/chat/visible-people.ts). Costs nothing while nobody comes or goes.
import type { Presence as Present } from '../../broker/live.ts';
import { type VisiblePeople, VisiblePeopleFinder } from '../../chat/visible-people.ts';
import type { Context } from '../../context.ts';
import type { PresenceEvent, PresencesEvent, PresenceState } from '../../contract/live.ts';
import type { SessionTable } from '../rooms.ts';
import type { Session } from '../session.ts';
import { LeaveNotes } from './leave-notes.ts';
import { Peers } from './peers.ts';
import { tellLive } from './tell.ts';

const RELOAD_PAUSE_MS = 1000;

interface Watch {
  /** with when they were last seen; undefined: not loaded yet */
  people: VisiblePeople | undefined;
  /** it was not told everything: the reader was behind, or the database did not answer */
  stale: boolean;
  /** who one may see has changed: read again, not sooner than that */
  loadAt: number | undefined;
}

interface Left {
  readonly at: number;
  readonly state: Present;
  readonly deviceId: string;
}

interface PresenceOptions {
  readonly context: Context;
  readonly sessions: SessionTable;
  readonly typing: (to: readonly string[], body: string) => void;
}

const isoOf = (at: number | undefined) => (at === undefined ? {} : { lastSeenAt: new Date(at).toISOString() });

export class Presence {
  readonly #context: Context;
  readonly #sessions: SessionTable;
  readonly #finder: VisiblePeopleFinder;
  readonly #notes: LeaveNotes;
  readonly #peers: Peers;
  readonly #stopListening: () => void;
  /** our people as the other relays know them */
  readonly #own = new Map<string, Present>();
  readonly #left = new Map<string, Left>();
  /** nobody looks at them, their clients say */
  readonly #away = new WeakSet<Session>();
  readonly #watches = new Map<Session, Watch>();
  readonly #watchers = new Map<string, Set<Session>>();

  constructor({ context, sessions, typing }: PresenceOptions) {
    this.#context = context;
    this.#sessions = sessions;
    this.#finder = new VisiblePeopleFinder(context);
    this.#notes = new LeaveNotes(context);
    this.#peers = new Peers({
      context,
      own: () => this.#own,
      change: (users, at, change) => this.#around(users, at, change),
      typing,
    });
    this.#stopListening = context.broker.changes.listen((change) => {
      if (change.type === 'acquainted') for (const user of change.users) this.#reload(user);
    });
  }

  get peers(): Peers {
    return this.#peers;
  }

  /** Nobody comes any more; resolves when it is noted when those who were there left. */
  async close(): Promise<void> {
    this.#stopListening();
    this.#peers.close();
    for (const [userId, { at, deviceId }] of this.#left) this.#notes.add({ userId, deviceId, at });
    this.#left.clear();
    await this.#notes.idle();
  }

  /** A session is connected. */
  came(session: Session): void {
    this.#left.delete(session.userId);
    this.#settle(session.userId);
  }

  /** A session has ended. */
  leave(session: Session): void {
    this.unwatch(session);
    const { userId, deviceId } = session;
    const state = this.#own.get(userId);
    if (state && this.#sessions.of(userId).size === 0) {
      this.#left.set(userId, { at: this.#context.clock.now(), state, deviceId });
    }
    this.#settle(userId);
  }

  /** Whether somebody looks at the session. */
  set(session: Session, state: Present): void {
    if (state === 'away') this.#away.add(session);
    else this.#away.delete(session);
    this.#settle(session.userId);
  }

  watch(session: Session): void {
    const watch: Watch = { people: undefined, stale: false, loadAt: undefined };
    this.#watches.set(session, watch);
    void this.#load(session, watch);
  }

  unwatch(session: Session): void {
    const watch = this.#watches.get(session);
    if (!watch) return;
    this.#watches.delete(session);
    this.#forget(session, watch);
  }

  sweep(now: number): void {
    const { PRESENCE_GRACE_MS } = this.#context.config;
    // in the order in which they left
    for (const [userId, { at, deviceId }] of this.#left) {
      if (now - at < PRESENCE_GRACE_MS) break;
      this.#left.delete(userId);
      this.#notes.add({ userId, deviceId, at });
      this.#settle(userId, at);
    }
    for (const [session, watch] of this.#watches) {
      if (watch.loadAt !== undefined && watch.loadAt <= now) void this.#load(session, watch);
      else if (watch.stale && session.writable) this.#tellAll(session, watch);
    }
    this.#peers.sweep(now);
  }

  #hereOf(userId: string): Present | undefined {
    const sessions = this.#sessions.of(userId);
    for (const session of sessions.values()) if (!this.#away.has(session)) return 'online';
    return sessions.size > 0 ? 'away' : this.#left.get(userId)?.state;
  }

  #stateOf(userId: string): PresenceState {
    const here = this.#own.get(userId);
    if (here === 'online') return here;
    return this.#peers.stateOf(userId) ?? here ?? 'offline';
  }

  /** What our sessions say of a user now, if it is something else than before. */
  #settle(userId: string, at = this.#context.clock.now()): void {
    const here = this.#hereOf(userId);
    if (here === this.#own.get(userId)) return;
    this.#around([userId], at, () => {
      if (here) this.#own.set(userId, here);
      else this.#own.delete(userId);
    });
    this.#peers.tell(userId, here ?? 'offline', at);
  }

  #around(users: Iterable<string>, at: number, change: () => void): void {
    const before: [string, PresenceState][] = [];
    for (const user of users) if (this.#watchers.has(user)) before.push([user, this.#stateOf(user)]);
    change();
    for (const [user, old] of before) {
      const state = this.#stateOf(user);
      if (state !== old) this.#tell(user, state, at);
    }
  }

  #tell(user: string, state: PresenceState, at: number): void {
    const event: PresenceEvent = { type: 'presence', user, state, ...(state === 'offline' ? isoOf(at) : {}) };
    const body = JSON.stringify(event);
    for (const session of this.#watchers.get(user) ?? []) {
      const watch = this.#watches.get(session) as Watch;
      if (state === 'offline') watch.people?.set(user, at);
      if (session.writable) tellLive(session, body);
      else watch.stale = true;
    }
  }

  #tellAll(session: Session, watch: Watch): void {
    watch.stale = false;
    const people = [...(watch.people ?? [])].map(([user, lastSeenAt]) => {
      const state = this.#stateOf(user);
      return { user, state, ...(state === 'offline' ? isoOf(lastSeenAt) : {}) };
    });
    const event: PresencesEvent = { type: 'presences', people };
    tellLive(session, JSON.stringify(event));
  }

  /** Soon: a change seldom comes alone. */
  #reload(userId: string): void {
    const at = this.#context.clock.now();
    for (const session of this.#sessions.of(userId).values()) {
      const watch = this.#watches.get(session);
      if (watch) watch.loadAt ??= at;
    }
    // she may be hidden from them now
    for (const session of this.#watchers.get(userId) ?? []) {
      const watch = this.#watches.get(session);
      if (watch) watch.loadAt ??= at;
    }
  }

  async #load(session: Session, watch: Watch): Promise<void> {
    watch.loadAt = undefined;
    let people: VisiblePeople;
    try {
      people = await this.#finder.of(session.userId);
    } catch (error) {
      this.#context.log.warn({ error: (error as Error).message }, 'whom somebody may see was not read, trying again');
      watch.loadAt = this.#context.clock.now() + RELOAD_PAUSE_MS;
      return;
    }
    if (this.#watches.get(session) !== watch) return;
    this.#forget(session, watch);
    watch.people = people;
    for (const user of people.keys()) {
      const watchers = this.#watchers.get(user);
      if (watchers) watchers.add(session);
      else this.#watchers.set(user, new Set([session]));
    }
    if (session.writable) this.#tellAll(session, watch);
    else watch.stale = true;
  }

  #forget(session: Session, { people }: Watch): void {
    for (const user of people?.keys() ?? []) {
      const watchers = this.#watchers.get(user);
      watchers?.delete(session);
      if (watchers?.size === 0) this.#watchers.delete(user);
    }
  }
}
