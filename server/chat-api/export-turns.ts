// Who may export now: one at a time, a few a day, and not more than a few of all people at once, since each keeps the
// database and the storage busy for a while. Counted in this process's memory, as requests are (server/http/admission.ts).
import { LRUCache } from 'lru-cache';
import { ParleyError } from '../errors.ts';

const A_DAY = 5;
const AT_ONCE = 4;
const DAY_MS = 86_400_000;

export class ExportTurns {
  readonly #now: () => number;
  readonly #running = new Set<string>();
  readonly #begun = new LRUCache<string, readonly number[]>({ max: 100_000 });

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Errors: `conflict`, where one of hers is under way; `too-many-requests`; `busy`. */
  async run(userId: string, deed: () => Promise<void>): Promise<void> {
    if (this.#running.has(userId)) throw new ParleyError('conflict', 'An export of yours is under way.');
    const now = this.#now();
    const begun = (this.#begun.get(userId) ?? []).filter((at) => at > now - DAY_MS);
    if (begun.length >= A_DAY)
      throw new ParleyError('too-many-requests', `Nobody makes more than ${A_DAY} exports a day.`);
    if (this.#running.size >= AT_ONCE) throw new ParleyError('busy');
    this.#begun.set(userId, [...begun, now]);
    this.#running.add(userId);
    try {
      await deed();
    } finally {
      this.#running.delete(userId);
    }
  }
}
