// What is of the moment only, from process to process: typing, presence. On a fanout exchange to a queue of each that
// dies with it; never confirmed, kept or sent again. What the broker does not take at once is dropped.
import type { ConfirmChannel } from 'amqplib';
import { newId } from '../lib/id.ts';
import type { Connection } from './connection.ts';
import { LIVE_EXCHANGE } from './topology.ts';

export type Presence = 'online' | 'away';

export type Signal =
  /** a process has begun to listen, or has lost its place: who hears it tells everything it has */
  | { readonly type: 'hello' }
  | { readonly type: 'bye' }
  /** all who are there, in parts; the first replaces what was known */
  | {
      readonly type: 'all';
      readonly users: readonly (readonly [user: string, state: Presence])[];
      readonly part: number;
      readonly parts: number;
    }
  | { readonly type: 'state'; readonly user: string; readonly state: Presence | 'offline'; readonly at: number }
  /** still there, with so many people */
  | { readonly type: 'beat'; readonly users: number }
  | { readonly type: 'typing'; readonly to: readonly string[]; readonly body: string };

interface Letter {
  readonly from: string;
  readonly signals: readonly Signal[];
}

/** signals that wait for the end of the turn; beyond it they are dropped */
const WAITING = 10_000;
/** letters that wait in the queue of a process that does not keep up; beyond it the oldest go */
const QUEUE_LENGTH = 10_000;

export class Live {
  /** Who this process is to the others. */
  readonly id = newId();
  readonly #listeners = new Set<(from: string, signal: Signal) => void>();
  readonly #backListeners = new Set<() => void>();
  #channel: ConfirmChannel | undefined;
  #listening = false;
  #waiting: Signal[] = [];
  #full = false;

  static async open(consuming: Connection, publishing: Connection): Promise<Live> {
    const live = new Live();
    await publishing.keepChannel(
      async (channel) => {
        await channel.assertExchange(LIVE_EXCHANGE, 'fanout', { durable: true });
        channel.on('drain', () => {
          live.#full = false;
        });
        live.#full = false;
        live.#channel = channel;
        live.#back();
      },
      () => {
        live.#channel = undefined;
      },
    );
    await consuming.keepChannel(
      async (channel) => {
        await channel.assertExchange(LIVE_EXCHANGE, 'fanout', { durable: true });
        const options = { exclusive: true, autoDelete: true, maxLength: QUEUE_LENGTH };
        const { queue } = await channel.assertQueue(`${LIVE_EXCHANGE}.${newId()}`, options);
        await channel.bindQueue(queue, LIVE_EXCHANGE, '');
        await channel.consume(queue, (message) => message && live.#read(message.content), { noAck: true });
        live.#listening = true;
        live.#back();
      },
      () => {
        live.#listening = false;
      },
    );
    return live;
  }

  /** False: silence means nothing. */
  get up(): boolean {
    return this.#channel !== undefined && this.#listening;
  }

  /** Drops it where the broker is away or behind. */
  publish(signal: Signal): void {
    if (!this.#channel || this.#full || this.#waiting.length >= WAITING) return;
    this.#waiting.push(signal);
    if (this.#waiting.length === 1) setImmediate(() => this.flush());
  }

  /** Hands the broker what this turn gathered, as one letter. */
  flush(): void {
    const signals = this.#waiting.splice(0);
    if (signals.length === 0 || !this.#channel) return;
    const letter: Letter = { from: this.id, signals };
    try {
      const body = Buffer.from(JSON.stringify(letter));
      this.#full = !this.#channel.publish(LIVE_EXCHANGE, '', body, { persistent: false });
    } catch {
      // the channel closes: its users are told in a moment
    }
  }

  /** To what the others say; returns what ends the listening. */
  listen(listener: (from: string, signal: Signal) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called when the broker is back, and what was said meanwhile was missed; returns what ends it. */
  onBack(listener: () => void): () => void {
    this.#backListeners.add(listener);
    return () => this.#backListeners.delete(listener);
  }

  #back(): void {
    if (this.up) for (const listener of this.#backListeners) listener();
  }

  #read(content: Buffer): void {
    const { from, signals } = JSON.parse(content.toString('utf8')) as Letter;
    if (from === this.id) return;
    for (const signal of signals) for (const listener of this.#listeners) listener(from, signal);
  }
}
