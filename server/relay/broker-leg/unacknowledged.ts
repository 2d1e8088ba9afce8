// Which deliveries of RabbitMQ's a client has not acknowledged: their tags, counted up by RabbitMQ on one channel, for
// all subscriptions of a session. RabbitMQ keeps the messages and would end the connection at a tag it does not know,
// without saying which frame named it; here that is known before. A bit a message, 32 to a word.

const BITS = 32;

export class Unacknowledged {
  /** Word → its bits; ascending, because tags are. None that is 0. */
  readonly #words: Map<number, number>;

  constructor(words: ReadonlyMap<number, number> = new Map()) {
    this.#words = new Map(words);
  }

  /** One that can be tried with. */
  copy(): Unacknowledged {
    return new Unacknowledged(this.#words);
  }

  get isEmpty(): boolean {
    return this.#words.size === 0;
  }

  has(tag: number): boolean {
    return ((this.#words.get(Math.floor(tag / BITS)) ?? 0) & (1 << (tag % BITS))) !== 0;
  }

  /** Of a message just delivered: greater than all before. */
  add(tag: number): void {
    const word = Math.floor(tag / BITS);
    this.#words.set(word, (this.#words.get(word) ?? 0) | (1 << (tag % BITS)));
  }

  /** It was acknowledged (or not); `cumulative`: and all before it, which RabbitMQ takes for those of the session. */
  take(tag: number, cumulative: boolean): void {
    const last = Math.floor(tag / BITS);
    if (cumulative) {
      for (const word of this.#words.keys()) {
        if (word >= last) break;
        this.#words.delete(word);
      }
    }
    const bit = 1 << (tag % BITS);
    // of 1000: 0111, or 1111
    const taken = cumulative ? bit | (bit - 1) : bit;
    const left = (this.#words.get(last) ?? 0) & ~taken;
    if (left === 0) this.#words.delete(last);
    else this.#words.set(last, left);
  }
}
