// The order of a session's frames: one after the other, each when the one before it is done with.
import type { Frame } from '../stomp/frame.ts';

export class Turns {
  readonly #handle: (frame: Frame) => Promise<void> | undefined;
  readonly #allTaken: () => void;
  readonly #waiting: Frame[] = [];
  #handling = false;

  /** `handle` throws nothing, and neither does its promise; `allTaken` is called when no frame waits any more. */
  constructor(handle: (frame: Frame) => Promise<void> | undefined, allTaken: () => void) {
    this.#handle = handle;
    this.#allTaken = allTaken;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Handled at once, or behind those before it. */
  take(frame: Frame): void {
    // its body may be a view of a larger chunk
    if (this.#handling || this.#waiting.length > 0) this.#waiting.push({ ...frame, body: Buffer.from(frame.body) });
    else this.#begin(frame);
  }

  /** Those that wait are forgotten. */
  clear(): void {
    this.#waiting.length = 0;
  }

  #begin(frame: Frame): void {
    const pending = this.#handle(frame);
    if (!pending) return;
    this.#handling = true;
    void pending.then(() => {
      this.#handling = false;
      this.#next();
    });
  }

  #next(): void {
    for (let frame: Frame | undefined; !this.#handling && (frame = this.#waiting.shift()); ) this.#begin(frame);
    if (this.#waiting.length === 0) this.#allTaken();
  }
}
