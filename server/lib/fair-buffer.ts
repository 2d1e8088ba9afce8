// What waits, in lanes: where not all can be taken at once the lanes take turns, so that whoever has much waiting makes
// nobody else wait longer for it. What is taken together comes in the order in which it was added. Not bounded: who
// fills it is.

interface Waiting<T> {
  readonly entry: T;
  readonly size: number;
  readonly order: number;
}

interface Lane<T> {
  readonly waiting: Waiting<T>[];
  /** what was taken already stands before it */
  at: number;
}

const COMPACT_AT = 1024;

export class FairBuffer<T> {
  /** whose turn it is stands first */
  readonly #lanes = new Map<string, Lane<T>>();
  #length = 0;
  #bytes = 0;
  #order = 0;

  get length(): number {
    return this.#length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(entry: T, size: number, name: string): void {
    let lane = this.#lanes.get(name);
    if (!lane) this.#lanes.set(name, (lane = { waiting: [], at: 0 }));
    lane.waiting.push({ entry, size, order: this.#order++ });
    this.#length += 1;
    this.#bytes += size;
  }

  /** At most so many and so large; but one, if there is any, however large. */
  take(maxEntries: number, maxBytes: number): T[] {
    const all = this.#length <= maxEntries && this.#bytes <= maxBytes;
    const taken = all ? this.#takeAll() : this.#takeInTurns(maxEntries, maxBytes);
    return taken.toSorted((a, b) => a.order - b.order).map(({ entry }) => entry);
  }

  #takeAll(): Waiting<T>[] {
    const taken: Waiting<T>[] = [];
    for (const { waiting, at } of this.#lanes.values()) {
      for (let i = at; i < waiting.length; i++) taken.push(waiting[i] as Waiting<T>);
    }
    this.#lanes.clear();
    this.#length = this.#bytes = 0;
    return taken;
  }

  #takeInTurns(maxEntries: number, maxBytes: number): Waiting<T>[] {
    const taken: Waiting<T>[] = [];
    let bytes = 0;
    // a lane that is put back stands at the end, and its turn comes again
    for (const [name, lane] of this.#lanes) {
      const next = lane.waiting[lane.at] as Waiting<T>;
      if (taken.length > 0 && bytes + next.size > maxBytes) break;
      taken.push(next);
      bytes += next.size;
      lane.at += 1;
      this.#lanes.delete(name);
      if (lane.at < lane.waiting.length) this.#lanes.set(name, compact(lane));
      if (taken.length === maxEntries) break;
    }
    this.#length -= taken.length;
    this.#bytes -= bytes;
    return taken;
  }
}

/** Lets go of what was taken, now and then: a lane that is never empty would keep all it ever held. */
function compact<T>(lane: Lane<T>): Lane<T> {
  if (lane.at >= COMPACT_AT && lane.at * 2 >= lane.waiting.length) {
    lane.waiting.splice(0, lane.at);
    lane.at = 0;
  }
  return lane;
}
