// What a message said before it was edited, for the members who may see it.
import type { Context } from '../context.ts';
import type { MessageVersion } from '../contract/rest.ts';
import { ParleyError } from '../errors.ts';

interface Found {
  readonly text: string | null;
  readonly writtenAt: Date;
  readonly versions: readonly { readonly text: string | null; readonly writtenAt: string }[] | null;
  readonly recalled: boolean;
}

/** The oldest first, the last is how it reads now; none of a recalled message. Errors: `no-such-message`. */
export async function versionsOf(
  { db }: Pick<Context, 'db'>,
  userId: string,
  conversationId: string,
  seq: number,
): Promise<MessageVersion[]> {
  const [found] = await db.$queryRaw<Found[]>`
    SELECT m.text, coalesce(m.edited_at, m.sent_at) AS "writtenAt", m.recalled_at IS NOT NULL OR coalesce(m.expires_at <= now(), false) AS recalled, (
      SELECT json_agg(json_build_object('text', e.text, 'writtenAt', e.written_at) ORDER BY e.written_at, e.id)
      FROM message_edit e WHERE e.conversation_id = m.conversation_id AND e.seq = m.seq
    ) AS versions
    FROM message m
    JOIN member me ON me.conversation_id = m.conversation_id AND me.user_id = ${userId} AND me.joined_seq < m.seq
    WHERE m.conversation_id = ${conversationId} AND m.seq = ${seq}`;
  if (!found) throw new ParleyError('no-such-message');
  if (found.recalled) return [];
  const before = (found.versions ?? []).map(({ text, writtenAt }) => ({
    text: text ?? '',
    writtenAt: new Date(writtenAt).toISOString(),
  }));
  return [...before, { text: found.text ?? '', writtenAt: found.writtenAt.toISOString() }];
}
