// Who may read a file: who uploaded it, while no message has shown it; whoever may see a message that shows it; for an
// avatar, whoever may see the person; for a group's picture, its members. Everybody else is told that there is none.
import type { Context } from '../context.ts';
import type { Attachment, MediaKind } from '../contract/media.ts';
import { Prisma } from '../db.ts';
import { ParleyError } from '../errors.ts';
import { seenBy } from './sight.ts';

/** A row of the table `media`, without its times. */
export interface MediaRow {
  readonly id: string;
  readonly ownerId: string;
  readonly kind: MediaKind;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly etag: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly duration: number | null;
  readonly waveform: readonly number[];
  readonly declared: boolean;
  readonly blurhash: string | null;
  readonly previewSize: number | null;
}

/* Whom one finds, or knows from anywhere: who blocks one is not seen. */
const seenPerson = (userId: string) => Prisma.sql`(u.id = ${userId} OR (
  NOT EXISTS (SELECT FROM block b WHERE b.user_id = u.id AND b.blocked_id = ${userId})
  AND (u.found_by = 'everybody'
    OR (u.found_by = 'circle' AND u.circle = (SELECT me.circle FROM "user" me WHERE me.id = ${userId}))
    OR EXISTS (SELECT FROM contact c WHERE (c.from_id = u.id AND c.to_id = ${userId}) OR (c.from_id = ${userId} AND c.to_id = u.id))
    OR EXISTS (SELECT FROM member a JOIN member b USING (conversation_id) WHERE a.user_id = u.id AND b.user_id = ${userId}))))`;

/** A condition on the row of the table `media` that the statement calls `f`. */
export const readableBy = (userId: string): Prisma.Sql => Prisma.sql`(
  (f.owner_id = ${userId} AND f.sent_at IS NULL)
  OR EXISTS (SELECT FROM message_media l WHERE l.media_id = f.id AND ${seenBy(userId, 'l')})
  OR EXISTS (SELECT FROM "user" u WHERE u.avatar = f.id AND ${seenPerson(userId)})
  OR EXISTS (
    SELECT FROM conversation c JOIN member a ON a.conversation_id = c.id AND a.user_id = ${userId} WHERE c.picture = f.id
  ))`;

export const mediaColumns = Prisma.sql`f.id, f.owner_id AS "ownerId", f.kind::text, f.name, f.type, f.size, f.etag, f.width,
  f.height, f.duration, coalesce(f.waveform, '{}') AS waveform, f.declared, f.blurhash, f.preview_size AS "previewSize"`;

/** Those of `ids` that the user may read. */
export const readableMedia = (
  { db }: Pick<Context, 'db'>,
  userId: string,
  ids: readonly string[],
): Promise<MediaRow[]> =>
  db.$queryRaw<MediaRow[]>`
    SELECT ${mediaColumns} FROM media f WHERE f.id = ANY(${ids}) AND f.gone_at IS NULL AND ${readableBy(userId)}`;

/** Error: `no-such-media`, also where the user may not read it. */
export async function mediaOf(context: Pick<Context, 'db'>, userId: string, id: string): Promise<MediaRow> {
  const [row] = await readableMedia(context, userId, [id]);
  if (!row) throw new ParleyError('no-such-media');
  return row;
}

/** What it does not have is left out. */
export function attachmentOf(row: MediaRow): Attachment {
  const { id, kind, name, type, size, width, height, duration, waveform, declared, blurhash, previewSize } = row;
  return {
    id,
    kind,
    name,
    type,
    size,
    ...(width === null ? {} : { width }),
    ...(height === null ? {} : { height }),
    ...(duration === null ? {} : { duration }),
    ...(waveform.length === 0 ? {} : { waveform: [...waveform] }),
    ...(declared ? { declared } : {}),
    ...(blurhash === null ? {} : { blurhash }),
    ...(previewSize === null ? {} : { preview: true }),
  };
}
