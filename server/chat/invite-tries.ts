// How often a user may look a code up (LIMIT_INVITES): nobody comes in by guessing. Counted in this process's memory.
import { LRUCache } from 'lru-cache';
import type { Context } from '../context.ts';
import { ParleyError } from '../errors.ts';
import { TokenBucket } from '../lib/token-bucket.ts';

/** Beyond it the one who has not tried for longest starts anew. */
const USERS_KEPT = 100_000;

export class InviteTries {
  readonly #context: Pick<Context, 'config' | 'clock'>;
  readonly #buckets = new LRUCache<string, TokenBucket>({ max: USERS_KEPT });

  constructor(context: Pick<Context, 'config' | 'clock'>) {
    this.#context = context;
  }

  /** Error: `too-many-requests`. */
  count(userId: string): void {
    const { config, clock } = this.#context;
    const now = clock.now();
    let bucket = this.#buckets.get(userId);
    if (!bucket) this.#buckets.set(userId, (bucket = new TokenBucket(config.LIMIT_INVITES, now)));
    if (!bucket.take(now)) throw new ParleyError('too-many-requests');
  }
}
