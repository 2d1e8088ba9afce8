// Keeps the index of what was said up to date, behind the storing of messages and never in its way: a little at a time,
// then a rest that is much longer. Which conversations have new messages it is told; what was stored by a worker that
// died, or before there was an index, it finds by going through all conversations, at its start and then every hour.
import type { Context } from '../context.ts';
import { sleep } from '../lib/backoff.ts';
import { fillDue, fillNext } from './search-fill.ts';

type Rooms = Pick<Context, 'db' | 'log'>;

/** what comes within it is written together */
const GATHER_MS = 500;
/** rests so many times as long as it worked */
const REST = 9;
const SWEEP_MS = 3_600_000;
const CONVERSATIONS = 64;
const SWEPT = 500;

/* $1: the conversation after which to go on. */
const SWEEP = `
SELECT c.id, c.last_seq > coalesce(
  (SELECT until_seq FROM search_chunk s WHERE s.conversation_id = c.id ORDER BY chunk DESC LIMIT 1), 0) AS behind
FROM conversation c WHERE c.id > $1 ORDER BY c.id LIMIT ${SWEPT}`;

export class SearchIndex {
  readonly #rooms: Rooms;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  readonly #behind = new Set<string>();
  /** how far the going through all has come; undefined: it is over for now */
  #swept: string | undefined = '';
  #sweepAt = Date.now() + SWEEP_MS;
  /** conversations of one step: few after a step that failed, so that one alone holds up no other */
  #atOnce = CONVERSATIONS;

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
    this.#running = this.#run(this.#stopping.signal);
  }

  /** Messages of these were stored. */
  note(conversations: Iterable<string>): void {
    for (const id of conversations) this.#behind.add(id);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const begun = performance.now();
      let busy = false;
      try {
        busy = await this.#step();
      } catch (error) {
        this.#rooms.log.warn({ error: (error as Error).message }, 'the index of messages is behind, trying again');
      }
      const rest = REST * (performance.now() - begun);
      await sleep(busy ? rest : Math.max(rest, GATHER_MS), signal);
    }
  }

  /** Whether there is more to do. */
  async #step(): Promise<boolean> {
    const { db } = this.#rooms;
    const some = [...this.#behind].slice(0, this.#atOnce);
    // before they are read: what is stored meanwhile is noted again
    for (const id of some) this.#behind.delete(id);
    try {
      if (some.length > 0) this.note(await fillNext(db, some));
      this.#atOnce = Math.min(CONVERSATIONS, this.#atOnce * 2);
    } catch (error) {
      this.#atOnce = 1;
      this.note(some);
      throw error;
    }
    const { more } = await fillDue(db);
    if (this.#behind.size === 0) await this.#sweep();
    return more || this.#behind.size > 0 || this.#swept !== undefined;
  }

  async #sweep(): Promise<void> {
    if (this.#swept === undefined) {
      if (Date.now() < this.#sweepAt) return;
      this.#swept = '';
      this.#sweepAt = Date.now() + SWEEP_MS;
    }
    const page = await this.#rooms.db.$queryRawUnsafe<{ id: string; behind: boolean }[]>(SWEEP, this.#swept);
    this.note(page.filter(({ behind }) => behind).map(({ id }) => id));
    this.#swept = page.length < SWEPT ? undefined : page.at(-1)?.id;
  }
}
