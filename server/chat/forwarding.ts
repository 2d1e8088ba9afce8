// What is forwarded: copied here from a message that the user reads, so that nobody can claim that somebody wrote
// something. Whose words they were is not told, how often they were handed on is.
import type { Context } from '../context.ts';
import type { MessageKind } from '../contract/drafts.ts';
import { SYSTEM } from '../contract/group.ts';
import type { LinkPreview } from '../contract/link-preview.ts';
import { limits } from '../contract/limits.ts';
import { isMediaKind } from '../contract/media.ts';
import { Prisma } from '../db.ts';
import { ParleyError } from '../errors.ts';
import type { Content } from './envelope.ts';
import { seenBy, shownTo } from './sight.ts';

interface Original {
  readonly kind: MessageKind;
  readonly text: string | null;
  readonly media: unknown;
  readonly preview: LinkPreview | null;
  readonly forwarded: number;
  readonly gone: boolean;
}

/** Errors: `no-such-message`, `message-recalled`, `no-such-media`. */
export async function forwardedContent(
  { db }: Pick<Context, 'db'>,
  userId: string,
  id: string,
  clientMessageId: string,
): Promise<Content> {
  const [original] = await db.$queryRaw<Original[]>`
    SELECT m.kind, m.text, CASE WHEN m.kind = 'poll' THEN m.media - 'closedAt' ELSE m.media END AS media, m.preview,
      coalesce(m.forwarded, 0)::int AS forwarded, m.recalled_at IS NOT NULL AS gone
    FROM message m WHERE m.id = ${id} AND m.kind <> ${SYSTEM}
      AND (m.expires_at IS NULL OR m.expires_at > now()) AND ${seenBy(userId, 'm')} AND ${shownTo(userId, 'm')}`;
  const problem = problemOf(original);
  // a repeat of one that is stored is no error, whatever became of the original: the message is known by its name
  if (problem && !(await isStored(db, userId, clientMessageId))) throw problem;
  const { kind, text, media, preview, forwarded } = original ?? nothing;
  return {
    clientMessageId,
    kind,
    ...(text === null ? {} : { text }),
    ...(media === null ? {} : { media: media as Content['media'] }),
    ...(preview === null ? {} : { linkPreview: preview }),
    forwarded: Math.min(forwarded + 1, limits.forwards),
  };
}

const nothing: Original = { kind: 'text', text: '', media: null, preview: null, forwarded: 0, gone: true };

function problemOf(original: Original | undefined): ParleyError | undefined {
  if (!original) return new ParleyError('no-such-message');
  if (original.gone) return new ParleyError('message-recalled');
  const { kind, media } = original;
  if (isMediaKind(kind) && (!Array.isArray(media) || media.length === 0)) return new ParleyError('no-such-media');
  return undefined;
}

async function isStored(db: Context['db'], senderId: string, clientMessageId: string): Promise<boolean> {
  const where: Prisma.MessageWhereInput = { senderId, clientMessageId };
  return (await db.message.findFirst({ where, select: { id: true } })) !== null;
}
