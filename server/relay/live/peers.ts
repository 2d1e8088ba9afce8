// Who is there at the other relays. Each tells all its people when another appears, then every change, then with a beat
// how many they are; a number that is not ours asks for all again. A relay that falls silent has died, and its people
// are gone. One that is alone, or has nobody, says nothing.
import type { Presence, Signal } from '../../broker/live.ts';
import type { Context } from '../../context.ts';

/** beats that may be missed */
const BEATS = 3;
const PART = 2000;
/** relays that died without having anybody are forgotten beyond so many, the longest silent first */
const RELAYS_KNOWN = 1000;

interface Peer {
  users: Map<string, Presence>;
  heardAt: number;
  /** a list that is still coming */
  coming: Map<string, Presence> | undefined;
}

export interface PeersOptions {
  readonly context: Pick<Context, 'broker' | 'clock' | 'config'>;
  /** Our own people. */
  readonly own: () => ReadonlyMap<string, Presence>;
  /** Runs what changes the state of these users; `at`: when that was. */
  readonly change: (users: Iterable<string>, at: number, change: () => void) => void;
  readonly typing: (to: readonly string[], body: string) => void;
}

export class Peers {
  readonly #options: PeersOptions;
  readonly #peers = new Map<string, Peer>();
  readonly #stops: (() => void)[];
  #saidAt = 0;

  constructor(options: PeersOptions) {
    this.#options = options;
    const { live } = options.context.broker;
    this.#stops = [live.listen((from, signal) => this.#hear(from, signal)), live.onBack(() => this.#begin())];
    this.#begin();
  }

  close(): void {
    for (const stop of this.#stops) stop();
    const { live } = this.#options.context.broker;
    live.publish({ type: 'bye' });
    live.flush();
  }

  stateOf(userId: string): Presence | undefined {
    let state: Presence | undefined;
    for (const { users } of this.#peers.values()) {
      const here = users.get(userId);
      if (here === 'online') return here;
      state ??= here;
    }
    return state;
  }

  /** A state of our own people has changed. */
  tell(user: string, state: Presence | 'offline', at: number): void {
    if (this.#peers.size > 0) this.#say({ type: 'state', user, state, at });
  }

  /** To whoever of these is at another relay. */
  tellTyping(to: readonly string[], body: string): void {
    const elsewhere = to.filter((user) => this.stateOf(user) !== undefined);
    if (elsewhere.length > 0) this.#say({ type: 'typing', to: elsewhere, body });
  }

  sweep(now: number): void {
    const { broker, config } = this.#options.context;
    // what cannot be heard is not silent
    if (!broker.live.up || this.#peers.size === 0) return;
    for (const [id, peer] of this.#peers) {
      if (peer.users.size > 0 && now - peer.heardAt > BEATS * config.PRESENCE_BEAT_MS) this.#lose(id, peer.heardAt);
    }
    if (this.#peers.size === 0 || now - this.#saidAt < config.PRESENCE_BEAT_MS) return;
    const users = this.#options.own().size;
    if (users > 0) this.#say({ type: 'beat', users });
  }

  #begin(): void {
    const now = this.#options.context.clock.now();
    for (const peer of this.#peers.values()) peer.heardAt = now;
    this.#say({ type: 'hello' });
    this.#sayAll();
  }

  #say(signal: Signal): void {
    if (signal.type !== 'typing') this.#saidAt = this.#options.context.clock.now();
    this.#options.context.broker.live.publish(signal);
  }

  #sayAll(): void {
    const all = [...this.#options.own()];
    const parts = Math.max(1, Math.ceil(all.length / PART));
    for (let part = 0; part < parts; part++) {
      this.#say({ type: 'all', users: all.slice(part * PART, (part + 1) * PART), part, parts });
    }
  }

  #hear(from: string, signal: Signal): void {
    if (signal.type === 'bye') return this.#lose(from, this.#options.context.clock.now());
    const known = this.#peers.has(from);
    const peer = this.#peer(from);
    peer.heardAt = this.#options.context.clock.now();
    if (signal.type === 'hello') {
      this.#sayAll();
    } else if (signal.type === 'typing') {
      this.#options.typing(signal.to, signal.body);
    } else if (signal.type === 'all') {
      this.#takeAll(peer, signal);
    } else if (signal.type === 'state') {
      this.#options.change([signal.user], signal.at, () => {
        if (signal.state === 'offline') peer.users.delete(signal.user);
        else peer.users.set(signal.user, signal.state);
      });
    } else if (signal.users !== peer.users.size) {
      // something was dropped, or it was taken for dead
      this.#say({ type: 'hello' });
    }
    // it may not know of us either
    if (!known && signal.type !== 'hello' && signal.type !== 'all') this.#begin();
  }

  #takeAll(peer: Peer, { users, part, parts }: Extract<Signal, { type: 'all' }>): void {
    if (part === 0) peer.coming = new Map();
    const coming = peer.coming;
    if (!coming) return;
    for (const [user, state] of users) coming.set(user, state);
    if (part < parts - 1) return;
    peer.coming = undefined;
    this.#options.change(new Set([...peer.users.keys(), ...coming.keys()]), peer.heardAt, () => {
      peer.users = coming;
    });
  }

  #peer(id: string): Peer {
    let peer = this.#peers.get(id);
    if (peer) return peer;
    peer = { users: new Map(), heardAt: 0, coming: undefined };
    this.#peers.set(id, peer);
    if (this.#peers.size > RELAYS_KNOWN) this.#forgetOne();
    return peer;
  }

  #forgetOne(): void {
    const empty = [...this.#peers].filter(([, { users }]) => users.size === 0);
    const oldest = empty.toSorted(([, a], [, b]) => a.heardAt - b.heardAt)[0];
    if (oldest) this.#peers.delete(oldest[0]);
  }

  #lose(id: string, at: number): void {
    const peer = this.#peers.get(id);
    if (!peer) return;
    this.#options.change([...peer.users.keys()], at, () => this.#peers.delete(id));
  }
}
