// Links, requests and invitations as a change of a group finds and leaves them, in the transaction that makes it: so a
// link is used no more often than it may be, and nobody is let in twice or after it was revoked.
import type { GroupChangeEnvelope } from '../broker/group-change.ts';
import type { Entry } from '../chat/group-rules.ts';
import type { Prisma } from '../db.ts';

type Transaction = Prisma.TransactionClient;

/* Who made a link has blocked her: it is none for her. */
const ENTRY = `
SELECT
  (SELECT CASE WHEN i.approval THEN 'approval' ELSE 'open' END FROM group_invite i
    WHERE i.id = $3 AND i.conversation_id = $1 AND (i.expires_at IS NULL OR i.expires_at > $4::timestamptz)
      AND (i.max_uses IS NULL OR i.uses < i.max_uses)
      AND NOT EXISTS (SELECT FROM block b WHERE b.user_id = i.made_by AND b.blocked_id = $2) FOR UPDATE) AS link,
  (SELECT state::text FROM joining WHERE conversation_id = $1 AND user_id = $2 FOR UPDATE) AS asked,
  coalesce((SELECT removed FROM former_member WHERE conversation_id = $1 AND user_id = $2
    ORDER BY left_seq DESC LIMIT 1), false) AS removed`;

/** Of whoever a change lets in; undefined: it lets in nobody, or whomever an admin names. */
export async function entryOf(
  tx: Transaction,
  { conversation, by, action }: Pick<GroupChangeEnvelope, 'conversation' | 'by' | 'action'>,
  now: number,
): Promise<Entry | undefined> {
  if (action.do !== 'join' && action.do !== 'admit') return undefined;
  const [user, invite] = action.do === 'join' ? [by, action.invite ?? null] : [action.user, null];
  const [found] = await tx.$queryRawUnsafe<
    { link: Entry['link'] | null; asked: Entry['asked'] | null; removed: boolean }[]
  >(ENTRY, conversation, user, invite, new Date(now).toISOString());
  return { link: found?.link ?? undefined, asked: found?.asked ?? undefined, removed: found?.removed ?? false };
}

/** Those who are in now ask no longer, and the link by which they came is used. */
export async function settleEntries(
  tx: Transaction,
  conversation: string,
  users: readonly string[],
  invite: string | undefined,
): Promise<void> {
  await tx.$executeRawUnsafe(
    `WITH gone AS (
      DELETE FROM joining WHERE conversation_id = $1 AND user_id = ANY($2::text[]) RETURNING invite_id
    )
    UPDATE group_invite SET uses = uses + 1 WHERE id = $3 OR id IN (SELECT invite_id FROM gone)`,
    conversation,
    users,
    invite ?? null,
  );
}

/** Nobody is in it any more: nobody gets in. */
export async function closeEntries(tx: Transaction, conversation: string): Promise<void> {
  await tx.$executeRawUnsafe('DELETE FROM group_invite WHERE conversation_id = $1', conversation);
  await tx.$executeRawUnsafe('DELETE FROM joining WHERE conversation_id = $1', conversation);
}
