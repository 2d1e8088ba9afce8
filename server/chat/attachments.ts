// The files of a draft: those its sender may show, with what is known of them. Only she who uploaded a file, or reads
// it in some conversation, may show it; what a draft says of it beyond its id counts for nothing.
import type { Context } from '../context.ts';
import type { MessageDraft } from '../contract/drafts.ts';
import { type Attachment, mediaNames } from '../contract/media.ts';
import { Prisma } from '../db.ts';
import { ParleyError } from '../errors.ts';
import { attachmentOf, mediaColumns, type MediaRow, readableBy } from './media-access.ts';

/** From being named until the message is stored, a file that nothing shows yet is not swept. */
const KEPT_MS = 3_600_000;

type Rooms = Pick<Context, 'db' | 'clock'>;

/** Marks them as about to be used; those of `ids` for which `condition` holds. */
async function hold(
  { db, clock }: Rooms,
  ids: readonly string[],
  condition: Prisma.Sql,
): Promise<Map<string, MediaRow>> {
  const until = new Date(clock.now() + KEPT_MS);
  const rows = await db.$queryRaw<MediaRow[]>`
    UPDATE media f SET kept_until = greatest(f.kept_until, ${until}) WHERE f.id = ANY(${ids}) AND f.gone_at IS NULL AND ${condition}
    RETURNING ${mediaColumns}`;
  return new Map(rows.map((row) => [row.id, row]));
}

type Showing = Pick<MessageDraft, 'clientMessageId' | 'kind' | 'media'>;

/** In the order of the draft. Errors: `no-such-media`, `media-kind-wrong`. */
export async function attachmentsFor(
  rooms: Rooms,
  sender: string,
  { clientMessageId, kind, media }: Showing,
): Promise<Attachment[]> {
  const ids = mediaNames.parse(media);
  const found = await hold(rooms, ids, readableBy(sender));
  // a repeat of what was recalled meanwhile is no error: the message is known, and stays as it is
  if (found.size < ids.length && (await isStored(rooms, sender, clientMessageId))) return [];
  return ids.map((id) => {
    const row = found.get(id);
    if (!row) throw new ParleyError('no-such-media');
    // anything may be sent as a file
    if (kind !== 'file' && row.kind !== kind) {
      throw new ParleyError('media-kind-wrong', `The file ${id} is of the kind "${row.kind}", not "${kind}".`);
    }
    return attachmentOf(row);
  });
}

async function isStored({ db }: Rooms, senderId: string, clientMessageId: string): Promise<boolean> {
  return (await db.message.findFirst({ where: { senderId, clientMessageId }, select: { id: true } })) !== null;
}

/** Of a profile or a group: a picture that she uploaded herself. Errors: `no-such-media`, `media-kind-wrong`. */
export async function mustBeOwnPicture(rooms: Rooms, userId: string, id: string | null | undefined): Promise<void> {
  if (id === null || id === undefined) return;
  const own = Prisma.sql`f.owner_id = ${userId} AND (f.sent_at IS NULL OR ${readableBy(userId)})`;
  const row = (await hold(rooms, [id], own)).get(id);
  if (!row) throw new ParleyError('no-such-media');
  if (row.kind !== 'image') throw new ParleyError('media-kind-wrong', 'A picture is wanted.');
}
