// In a generator: many sessions that come, stay with heart-beats, lose their connections and come back.
import { backoffMs, sleep } from '../../server/lib/backoff.ts';
import type { Connection } from './connection.ts';
import { arrive } from './presence.ts';
import { histogram, microsSince, packed } from './tally.ts';
import type { Address, Person } from './targets.ts';

/** How a number of people came. */
export interface Arrivals {
  /** from the first's begin to the last's receipt, in milliseconds */
  readonly ms: number;
  readonly arrived: number;
  /** tries that failed */
  readonly failed: number;
  /** of each, in microseconds: an HdrHistogram, compressed */
  readonly latencies: string;
}

/** As the web client does (web/src/stores/connection.ts): the first wait is 0.5 to 1 s. */
const RECONNECT = { firstMs: 1000, maxMs: 10_000 };
/** How often it is looked whose heart-beat is due. */
const LOOK_MS = 100;

export class Crowd {
  readonly #address: Address;
  readonly #people: readonly Person[];
  readonly #heartBeatMs: number;
  readonly #sessions: (Connection | undefined)[] = [];
  readonly #beating: NodeJS.Timeout | undefined;
  /** when the next heart-beat of each is due */
  readonly #due: number[] = [];
  #ended = 0;
  #reason = '';

  constructor(address: Address, people: readonly Person[], heartBeatMs: number) {
    this.#address = address;
    this.#people = people;
    this.#heartBeatMs = heartBeatMs;
    if (heartBeatMs > 0) this.#beating = setInterval(() => this.#beat(), LOOK_MS);
  }

  /** Those who are not there yet come, `atOnce` at a time, until `count` are there. */
  async grow(count: number, atOnce: number): Promise<Arrivals> {
    let next = this.#sessions.length;
    const each = async (come: (index: number) => Promise<void>) => {
      while (next < count) await come(next++);
    };
    return this.#arrivals((come) => Promise.all(Array.from({ length: atOnce }, () => each(come))));
  }

  /** All connections are gone in one moment; everybody comes back by herself. Latencies count from that moment. */
  storm(): Promise<Arrivals> {
    for (const session of this.#sessions) session?.cut();
    const all = this.#sessions.map((_, index) => index);
    return this.#arrivals(
      (come) =>
        Promise.all(
          all.map(async (index) => {
            await sleep(backoffMs(RECONNECT, 0));
            await come(index);
          }),
        ),
      performance.now(),
    );
  }

  /** How many sessions ended by themselves, and why. */
  ended(): { readonly count: number; readonly reason: string } {
    return { count: this.#ended, reason: this.#reason };
  }

  close(): void {
    clearInterval(this.#beating);
    for (const session of this.#sessions) session?.cut();
  }

  async #arrivals(run: (come: (index: number) => Promise<void>) => Promise<unknown>, from?: number): Promise<Arrivals> {
    const beganAt = performance.now();
    const latencies = histogram();
    let [arrived, failed] = [0, 0];
    await run(async (index) => {
      const since = from ?? performance.now();
      for (let attempt = 1; !(await this.#come(index)); attempt++) {
        failed += 1;
        await sleep(backoffMs(RECONNECT, attempt));
      }
      arrived += 1;
      latencies.recordValue(microsSince(since));
    });
    return { ms: performance.now() - beganAt, arrived, failed, latencies: packed(latencies) };
  }

  async #come(index: number): Promise<boolean> {
    const onEnd = (reason: string) => {
      this.#ended += 1;
      this.#reason ||= reason;
    };
    try {
      const person = this.#people[index] as Person;
      this.#sessions[index] = await arrive(this.#address, person, { onEnd }, this.#heartBeatMs);
      this.#due[index] = performance.now() + this.#heartBeatMs;
      return true;
    } catch (error) {
      this.#reason ||= (error as Error).message;
      return false;
    }
  }

  #beat(): void {
    const now = performance.now();
    for (const [index, due] of this.#due.entries()) {
      if (now < due) continue;
      this.#sessions[index]?.beat();
      this.#due[index] = due + this.#heartBeatMs;
    }
  }
}
