// In a generator: requests to the REST API on a fixed schedule, over connections that are kept. Latency counts from
// when a request was due until its answer has been read.
import http from 'node:http';
import { sleep, until } from '../../server/lib/backoff.ts';
import { type Counts, type Faults, noFaults, Tally } from './tally.ts';

/** `path` of the API, and who asks for it. */
export interface Page {
  readonly path: string;
  readonly accessToken: string;
}

const SOCKETS = 16;
const ANSWER_MS = 30_000;

export class Reader {
  readonly #origin: string;
  readonly #pages: readonly Page[];
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: SOCKETS });
  readonly #tally = new Tally();
  #open = false;
  #under = 0;
  #faults: Faults = noFaults();
  #schedule: Promise<void> = Promise.resolve();

  constructor(origin: string, pages: readonly Page[]) {
    this.#origin = origin;
    this.#pages = pages;
  }

  start(perSecond: number): void {
    this.#open = true;
    this.#faults = noFaults();
    this.#schedule = this.#run(perSecond);
  }

  begin(): void {
    this.#tally.begin();
  }

  end(): Counts {
    return this.#tally.end();
  }

  async stop(): Promise<Faults> {
    this.#open = false;
    await this.#schedule;
    await until('all answers', () => this.#under === 0, { timeoutMs: ANSWER_MS }).catch(() => {});
    this.#faults.lost += this.#under;
    return this.#faults;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #run(perSecond: number): Promise<void> {
    const beganAt = performance.now();
    let asked = 0;
    while (this.#open) {
      const due = ((performance.now() - beganAt) / 1000) * perSecond;
      for (; asked < due; asked++) {
        this.#ask(this.#pages[asked % this.#pages.length] as Page, beganAt + (asked / perSecond) * 1000);
      }
      await sleep(1);
    }
  }

  #ask({ path, accessToken }: Page, since: number): void {
    this.#under += 1;
    this.#tally.sent();
    const done = (well: boolean) => {
      this.#under -= 1;
      if (well) this.#tally.delivered(since);
      else this.#faults.failed += 1;
    };
    const headers = { Authorization: `Bearer ${accessToken}` };
    http
      .get(`${this.#origin}${path}`, { agent: this.#agent, headers }, (response) => {
        response.on('end', () => done(response.statusCode === 200));
        response.resume();
      })
      .on('error', () => done(false));
  }
}
