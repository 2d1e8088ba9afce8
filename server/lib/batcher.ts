// Natural batching: one flush (or a few) is out; what is added meanwhile leaves together with the next.
// No timer: an idle batcher flushes at once, a busy one in larger batches (DECISIONS.md, "batching").

export interface BatcherOptions<T> {
  /** Sends a batch. It is called again only when fewer than `outstanding` earlier calls are pending. */
  readonly flush: (batch: T[]) => Promise<void>;
  readonly outstanding: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** The bytes of an entry; default: none counted. */
  readonly size?: (entry: T) => number;
}

export class Batcher<T> {
  readonly #options: BatcherOptions<T>;
  #entries: T[] = [];
  #sizes: number[] = [];
  #out = 0;
  #scheduled = false;
  #bytes = 0;
  #idle: (() => void)[] = [];

  constructor(options: BatcherOptions<T>) {
    this.#options = options;
  }

  /** Entries that wait for a flush. */
  get waiting(): number {
    return this.#entries.length;
  }

  /** Bytes that wait for a flush. */
  get waitingBytes(): number {
    return this.#bytes;
  }

  add(entry: T): void {
    const size = this.#options.size?.(entry) ?? 0;
    this.#entries.push(entry);
    this.#sizes.push(size);
    this.#bytes += size;
    if (this.#out >= this.#options.outstanding || this.#scheduled) return;
    // what the same turn of the event loop adds (frames of one socket read) leaves together
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  /** Resolves when nothing waits and nothing is out. */
  idle(): Promise<void> {
    if (this.#out === 0 && this.#entries.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #pump(): void {
    while (this.#entries.length > 0 && this.#out < this.#options.outstanding) {
      const batch = this.#take();
      this.#out += 1;
      this.#options
        .flush(batch)
        // a flush that fails has told its entries itself; the batcher only goes on
        .catch(() => {})
        .finally(() => {
          this.#out -= 1;
          this.#pump();
        });
    }
    if (this.#out === 0 && this.#entries.length === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #take(): T[] {
    const { maxEntries, maxBytes } = this.#options;
    let count = 0;
    let bytes = 0;
    while (count < this.#entries.length && count < maxEntries) {
      const size = this.#sizes[count] as number;
      if (count > 0 && bytes + size > maxBytes) break;
      bytes += size;
      count += 1;
    }
    this.#bytes -= bytes;
    if (count === this.#entries.length) {
      const all = this.#entries;
      this.#entries = [];
      this.#sizes = [];
      return all;
    }
    this.#sizes.splice(0, count);
    return this.#entries.splice(0, count);
  }
}
