// What was found at links, for a while: where a preview is shown from, and the only place that a message gets one from.
import { createHash } from 'node:crypto';
import type { Context } from '../context.ts';
import type { LinkPreview } from '../contract/link-preview.ts';
import type { PageHead } from '../links/page-head.ts';
import { readLink } from '../links/link-target.ts';
import { ParleyError } from '../errors.ts';

type Rooms = Pick<Context, 'db' | 'config' | 'clock'>;

const HOUR_MS = 3_600_000;

export const oldestShown = ({ config, clock }: Omit<Rooms, 'db'>): Date =>
  new Date(clock.now() - config.LINK_PREVIEW_HOURS * HOUR_MS);

const digestOf = (link: URL): Uint8Array<ArrayBuffer> =>
  new Uint8Array(createHash('sha256').update(link.href).digest());

export async function known(rooms: Rooms, link: URL): Promise<PageHead | undefined> {
  const found = await rooms.db.linkPreview.findUnique({ where: { digest: digestOf(link) } });
  return found && found.fetchedAt > oldestShown(rooms) ? (found.content as PageHead) : undefined;
}

export async function remember({ db, clock }: Rooms, link: URL, content: PageHead): Promise<void> {
  const [digest, fetchedAt] = [digestOf(link), new Date(clock.now())];
  await db.linkPreview.upsert({
    where: { digest },
    create: { digest, content, fetchedAt },
    update: { content, fetchedAt },
  });
}

/** For a message that shows this link; undefined where nothing is known of it. */
export async function cachedPreview(rooms: Rooms, url: string): Promise<LinkPreview | undefined> {
  if (!rooms.config.LINK_PREVIEWS) return undefined;
  try {
    const head = await known(rooms, readLink(url, rooms.config.LINK_PREVIEW_ALLOW));
    return head && { url, ...head };
  } catch (error) {
    if (error instanceof ParleyError) return undefined;
    throw error;
  }
}
