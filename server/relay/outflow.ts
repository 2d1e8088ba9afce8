// What leaves through one WebSocket: all that is written in one turn of the event loop in one system call. Knows how far
// behind its reader is and when a heart-beat is due, and no frame from another.
import type { WebSocket } from 'ws';
import type { Config } from '../config.ts';
import type { Clock } from '../lib/clock.ts';
import { heartBeat } from '../stomp/encoder.ts';

type Bounds = Pick<Config, 'SOCKET_HIGH_WATER_BYTES' | 'SOCKET_BUFFER_BYTES' | 'SWEEP_MS'>;

interface Corkable {
  cork(): void;
  uncork(): void;
}

export class Outflow {
  readonly #socket: WebSocket;
  readonly #config: Bounds;
  readonly #clock: Clock;
  readonly #caughtUp: () => void;
  #lastWrittenAt: number;
  #behindSince: number | undefined;
  #corked = false;
  #tcp: Corkable | undefined;

  /** `caughtUp` is called when the reader has read what it was behind with. */
  constructor(socket: WebSocket, config: Bounds, clock: Clock, caughtUp: () => void) {
    this.#socket = socket;
    this.#config = config;
    this.#clock = clock;
    this.#caughtUp = caughtUp;
    this.#lastWrittenAt = clock.now();
  }

  /** Writes octets, as text unless `binary`. False: so much waits for the reader that it must be cut. */
  write(octets: Buffer, binary: boolean): boolean {
    if (this.#socket.readyState !== this.#socket.OPEN) return true;
    this.#cork();
    const behind = this.#socket.bufferedAmount + octets.length >= this.#config.SOCKET_HIGH_WATER_BYTES;
    this.#socket.send(octets, { binary }, behind ? this.#caughtUp : undefined);
    this.#lastWrittenAt = this.#clock.now();
    return this.#socket.bufferedAmount <= this.#config.SOCKET_BUFFER_BYTES;
  }

  /** False while so much waits for the reader that its events had better wait where they are. */
  get writable(): boolean {
    return this.#socket.bufferedAmount < this.#config.SOCKET_HIGH_WATER_BYTES;
  }

  /** Milliseconds for which every call found the reader behind. */
  behindFor(now: number): number {
    if (this.writable) this.#behindSince = undefined;
    else this.#behindSince ??= now;
    return now - (this.#behindSince ?? now);
  }

  /** Writes a heart-beat where nothing was written for nearly so long, or would have been by the next call. */
  beat(now: number, sendAfterMs: number | undefined): boolean {
    return now < this.beatDueAt(sendAfterMs) || this.write(heartBeat, false);
  }

  /** When a heart-beat is due, if nothing is written before. */
  beatDueAt(sendAfterMs = Number.POSITIVE_INFINITY): number {
    return this.#lastWrittenAt + sendAfterMs - this.#config.SWEEP_MS;
  }

  #cork(): void {
    if (this.#corked) return;
    // ws writes to the socket it was given: the only way to it
    this.#tcp ??= (this.#socket as unknown as { _socket?: Corkable })._socket;
    if (!this.#tcp) return;
    this.#corked = true;
    this.#tcp.cork();
    process.nextTick(this.#uncork);
  }

  readonly #uncork = (): void => {
    this.#corked = false;
    this.#tcp?.uncork();
  };
}
