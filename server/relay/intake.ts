// How much of a peer's is read. Reading stops while frames of hers wait for an earlier one, and while she has spent
// more than her rate; what she goes on writing then fills her own socket's buffers, and TCP makes her wait.
import type { WebSocket } from 'ws';
import type { Config } from '../config.ts';

type Bounds = Pick<Config, 'SESSION_FRAMES' | 'SESSION_BYTES'>;
type Reason = 'frames wait' | 'too fast';

export class Intake {
  readonly #socket: Pick<WebSocket, 'pause' | 'resume'>;
  readonly #config: Bounds;
  readonly #resumed: () => void;
  readonly #reasons = new Set<Reason>();
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `resumed` is called when reading goes on: nothing was heard meanwhile, through no fault of hers. */
  constructor(socket: Pick<WebSocket, 'pause' | 'resume'>, config: Bounds, resumed: () => void) {
    this.#socket = socket;
    this.#config = config;
    this.#resumed = resumed;
  }

  get paused(): boolean {
    return this.#reasons.size > 0;
  }

  /** So many frames wait now, and these bytes have just come. */
  waits(frames: number, bytes: number): void {
    this.#waitingBytes += bytes;
    const { SESSION_FRAMES, SESSION_BYTES } = this.#config;
    if (frames >= SESSION_FRAMES || this.#waitingBytes >= SESSION_BYTES) this.#pause('frames wait');
  }

  /** No frame waits any more. */
  caughtUp(): void {
    this.#waitingBytes = 0;
    this.#resume('frames wait');
  }

  /** She has spent more than she has: nothing is read for so long. */
  rest(ms: number): void {
    if (ms <= 0) return;
    this.#pause('too fast');
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#resume('too fast'), ms);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #pause(reason: Reason): void {
    this.#reasons.add(reason);
    if (this.#reasons.size === 1) this.#socket.pause();
  }

  #resume(reason: Reason): void {
    if (!this.#reasons.delete(reason) || this.#reasons.size > 0) return;
    this.#socket.resume();
    this.#resumed();
  }
}
