// Previews of links for who is about to send one: from what is known, or by looking at the page, so many at a time.
import { LRUCache } from 'lru-cache';
import type { Context } from '../context.ts';
import type { LinkPreview } from '../contract/link-preview.ts';
import { ParleyError } from '../errors.ts';
import { TokenBucket } from '../lib/token-bucket.ts';
import { bounds } from '../links/link-bounds.ts';
import { readLink } from '../links/link-target.ts';
import { lookAtPage } from '../links/look-at-page.ts';
import type { PageHead } from '../links/page-head.ts';
import { known, remember } from './link-cache.ts';

type Rooms = Pick<Context, 'db' | 'config' | 'clock'>;

/** Beyond it the one who has not asked for longest starts anew. */
const USERS_KEPT = 100_000;

export class LinkPreviews {
  readonly #rooms: Rooms;
  readonly #buckets = new LRUCache<string, TokenBucket>({ max: USERS_KEPT });
  /** those who wait, once for each page that is being looked at for them */
  readonly #looking: string[] = [];
  readonly #stopping = new AbortController();

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  /** Errors: `preview-refused`, `no-preview`, `too-many-requests`, `busy`. */
  async of(userId: string, url: string): Promise<LinkPreview> {
    const { config } = this.#rooms;
    if (!config.LINK_PREVIEWS) throw new ParleyError('preview-refused');
    this.#count(userId);
    const link = readLink(url, config.LINK_PREVIEW_ALLOW);
    const head = (await known(this.#rooms, link)) ?? (await this.#look(userId, link));
    return { url, ...head };
  }

  close(): void {
    this.#stopping.abort();
  }

  #count(userId: string): void {
    const { config, clock } = this.#rooms;
    const now = clock.now();
    let bucket = this.#buckets.get(userId);
    if (!bucket) this.#buckets.set(userId, (bucket = new TokenBucket(config.LIMIT_LINK_PREVIEWS, now)));
    if (!bucket.take(now)) throw new ParleyError('too-many-requests');
  }

  async #look(userId: string, link: URL): Promise<PageHead> {
    if (this.#looking.filter((other) => other === userId).length >= bounds.fetchesOfUser)
      throw new ParleyError('too-many-requests');
    if (this.#looking.length >= bounds.fetches) throw new ParleyError('busy');
    this.#looking.push(userId);
    try {
      const head = await lookAtPage(this.#rooms.config, link, this.#stopping.signal);
      await remember(this.#rooms, link, head);
      return head;
    } finally {
      this.#looking.splice(this.#looking.indexOf(userId), 1);
    }
  }
}
