// Natural batching: one flush (or a few) is out; what is added meanwhile leaves together with the next.
// No timer: an idle batcher flushes at once, a busy one in larger batches (DECISIONS.md, "batching").
import { FairBuffer } from './fair-buffer.ts';

export interface BatcherOptions<T> {
  /** Sends a batch. It is called again only when fewer than `outstanding` earlier calls are pending. */
  readonly flush: (batch: T[]) => Promise<void>;
  readonly outstanding: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** The bytes of an entry; default: none counted. */
  readonly size?: (entry: T) => number;
  /** Whose entry it is: where not all fit a batch, everybody's turn comes. Default: first come, first served. */
  readonly lane?: (entry: T) => string;
  /** Whether it may flush now; when that changes to true, `resume` must be called. */
  readonly ready?: () => boolean;
}

export class Batcher<T> {
  readonly #options: BatcherOptions<T>;
  readonly #buffer = new FairBuffer<T>();
  #out = 0;
  #scheduled = false;
  #idle: (() => void)[] = [];

  constructor(options: BatcherOptions<T>) {
    this.#options = options;
  }

  /** Entries that wait for a flush. */
  get waiting(): number {
    return this.#buffer.length;
  }

  /** Bytes that wait for a flush. */
  get waitingBytes(): number {
    return this.#buffer.bytes;
  }

  add(entry: T): void {
    const { size, lane, outstanding } = this.#options;
    this.#buffer.add(entry, size?.(entry) ?? 0, lane?.(entry) ?? '');
    if (this.#out >= outstanding || this.#scheduled) return;
    // what the same turn of the event loop adds (frames of one socket read) leaves together
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  /** It may flush again. */
  resume(): void {
    this.#pump();
  }

  /** Resolves when nothing waits and nothing is out. */
  idle(): Promise<void> {
    if (this.#out === 0 && this.#buffer.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  get #ready(): boolean {
    return this.#options.ready === undefined || this.#options.ready();
  }

  #pump(): void {
    const { outstanding, maxEntries, maxBytes, flush } = this.#options;
    while (this.#buffer.length > 0 && this.#out < outstanding && this.#ready) {
      const batch = this.#buffer.take(maxEntries, maxBytes);
      this.#out += 1;
      flush(batch)
        // a flush that fails has told its entries itself; the batcher only goes on
        .catch(() => {})
        .finally(() => {
          this.#out -= 1;
          this.#pump();
        });
    }
    if (this.#out === 0 && this.#buffer.length === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
