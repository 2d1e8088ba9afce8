// What is known of files, as rows: made when an upload is kept, counted against its uploader's quota, and taken away
// when she withdraws one that nothing shows. Where the bytes lie is the storage's matter.
import type { Context } from '../context.ts';
import type { MediaKind } from '../contract/media.ts';
import { Prisma } from '../db.ts';
import { ParleyError } from '../errors.ts';
import { type MediaRow, readableMedia } from './media-access.ts';

type Rooms = Pick<Context, 'db' | 'clock' | 'config'>;

const HOUR_MS = 3_600_000;

export interface NewMedia {
  readonly id: string;
  readonly name: string;
  readonly kind: MediaKind;
  readonly type: string;
  readonly size: number;
  readonly etag: string;
  readonly width?: number;
  readonly height?: number;
  readonly duration?: number;
  readonly waveform?: readonly number[];
  readonly declared?: boolean;
  readonly blurhash?: string;
  readonly previewSize?: number;
}

/** Bytes of this user's files. */
export async function usedBy(
  { db }: { readonly db: Pick<Context['db'], '$queryRaw'> },
  userId: string,
): Promise<number> {
  const [row] = await db.$queryRaw<{ used: number }[]>`
    SELECT coalesce(sum(size), 0)::float8 AS used FROM media WHERE owner_id = ${userId} AND gone_at IS NULL`;
  return row?.used ?? 0;
}

/** `size` more, of which nothing is kept yet. Error: `media-quota`. */
export function mustHaveRoom({ config }: Pick<Rooms, 'config'>, used: number, size: number): void {
  const { MEDIA_QUOTA_BYTES } = config;
  if (used + size > MEDIA_QUOTA_BYTES)
    throw new ParleyError('media-quota', `You may have ${MEDIA_QUOTA_BYTES} bytes in files.`);
}

/** Nobody shows it yet: it is kept for a while. Error: `media-quota`. */
export function shelve(rooms: Rooms, ownerId: string, { waveform, ...known }: NewMedia): Promise<MediaRow> {
  const { db, clock, config } = rooms;
  const now = clock.now();
  return db.$transaction(async (tx) => {
    // two uploads of one user that end at once are counted one after the other
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${ownerId}, 0))`;
    mustHaveRoom(rooms, await usedBy({ db: tx }, ownerId), known.size);
    return tx.media.create({
      data: {
        ...known,
        ownerId,
        waveform: [...(waveform ?? [])],
        createdAt: new Date(now),
        keptUntil: new Date(now + config.MEDIA_ORPHAN_HOURS * HOUR_MS),
      },
    });
  });
}

/** The row goes; what it stood for is to be removed from the storage before. */
export async function unshelve({ db }: Pick<Rooms, 'db'>, id: string): Promise<void> {
  await db.media.deleteMany({ where: { id } });
}

/** Whether something shows the row `f` of the table `media`. */
export const SHOWN = Prisma.raw(`(EXISTS (SELECT FROM message_media l WHERE l.media_id = f.id)
  OR EXISTS (SELECT FROM "user" u WHERE u.avatar = f.id) OR EXISTS (SELECT FROM conversation c WHERE c.picture = f.id))`);

/** Of her own, what nothing shows: from now on there is no such file. Errors: `no-such-media`, `conflict`. */
export async function withdraw({ db, clock }: Rooms, userId: string, id: string): Promise<void> {
  const now = new Date(clock.now());
  const gone = await db.$executeRaw`
    UPDATE media f SET gone_at = ${now} WHERE f.id = ${id} AND f.owner_id = ${userId} AND f.gone_at IS NULL AND NOT ${SHOWN}`;
  if (gone > 0) return;
  const [row] = await readableMedia({ db }, userId, [id]);
  throw row
    ? new ParleyError('conflict', 'A message, a profile or a group shows this file.')
    : new ParleyError('no-such-media');
}
