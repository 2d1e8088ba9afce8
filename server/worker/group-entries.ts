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
  j.state::text AS asked, coalesce(j.barred, false) AS barred
FROM (SELECT) AS one LEFT JOIN LATERAL (
  SELECT state, barred FROM joining WHERE conversation_id = $1 AND user_id = $2 FOR UPDATE
) j ON true`;

/** Of whoever a change lets in; undefined: it lets in nobody, or whomever an admin names. */
export async function entryOf(
  tx: Transaction,
  { conversation, by, action }: Pick<GroupChangeEnvelope, 'conversation' | 'by' | 'action'>,
  now: number,
): Promise<Entry | undefined> {
  if (action.do !== 'join' && action.do !== 'admit') return undefined;
  const [user, invite] = action.do === 'join' ? [by, action.invite ?? null] : [action.user, null];
  const [found] = await tx.$queryRawUnsafe<
    { link: Entry['link'] | null; asked: Entry['asked'] | null; barred: boolean }[]
  >(ENTRY, conversation, user, invite, new Date(now).toISOString());
  return { link: found?.link ?? undefined, asked: found?.asked ?? undefined, barred: found?.barred ?? false };
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

/** Whom an admin sends away comes back by an admin's will only. Of an account that is gone nothing is noted. */
export async function barEntries(
  tx: Transaction,
  conversation: string,
  users: readonly string[],
  at: string,
): Promise<void> {
  await tx.$executeRawUnsafe(
    `INSERT INTO joining AS j (conversation_id, user_id, state, barred, at)
    SELECT $1, u.id, 'declined', true, $3::timestamptz FROM "user" u WHERE u.id = ANY($2::text[])
    ON CONFLICT (conversation_id, user_id) DO UPDATE
    SET state = 'declined', barred = true, invite_id = NULL, at = excluded.at`,
    conversation,
    users,
    at,
  );
}

/** Nobody is in it any more: nobody gets in. */
export async function closeEntries(tx: Transaction, conversation: string): Promise<void> {
  await tx.$executeRawUnsafe('DELETE FROM group_invite WHERE conversation_id = $1', conversation);
  await tx.$executeRawUnsafe('DELETE FROM joining WHERE conversation_id = $1', conversation);
}
