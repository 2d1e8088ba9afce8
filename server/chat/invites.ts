// Links into a group, as its owner and its admins make, see and revoke them. Who comes by one is
// server/chat/joinings.ts's matter.
import { toString as qrOf } from 'qrcode';
import type { Context } from '../context.ts';
import { limits } from '../contract/limits.ts';
import type { Invite, InviteDraft } from '../contract/rest-invites.ts';
import { Prisma } from '../db.ts';
import { ParleyError } from '../errors.ts';
import { newId } from '../lib/id.ts';
import { mustAdminister } from './group-standing.ts';
import { codeOf, digestOf, newCode } from './invite-codes.ts';

type Rooms = Pick<Context, 'db' | 'clock' | 'config' | 'keys'>;
type Row = Prisma.GroupInviteModel;

/** The page of the web client that a link leads to. */
const urlOf = ({ config, keys }: Rooms, row: Row): string | null => {
  const code = codeOf(keys, row);
  return code === undefined ? null : `${config.PUBLIC_URL}/join/${code}`;
};

const shown = (context: Rooms, row: Row): Invite => ({
  id: row.id,
  url: urlOf(context, row),
  madeBy: row.madeBy,
  approval: row.approval,
  expiresAt: row.expiresAt?.toISOString() ?? null,
  maxUses: row.maxUses,
  uses: row.uses,
  createdAt: row.createdAt.toISOString(),
});

/** Error: `too-many-invites`. Those that nobody can come by any more make room. */
export async function makeInvite(context: Rooms, userId: string, conversationId: string, draft: InviteDraft) {
  await mustAdminister(context, userId, conversationId);
  const { db, clock, keys } = context;
  const now = new Date(clock.now());
  const id = newId(clock.now());
  const row = await db.$transaction(async (tx) => {
    // one at a time, and not while the group is changed
    await tx.$executeRaw`SELECT FROM conversation WHERE id = ${conversationId} FOR NO KEY UPDATE`;
    await tx.$executeRaw`DELETE FROM group_invite
      WHERE conversation_id = ${conversationId} AND (expires_at <= ${now} OR uses >= max_uses)`;
    const there = await tx.groupInvite.count({ where: { conversationId } });
    if (there >= limits.groupInvites) throw new ParleyError('too-many-invites');
    return tx.groupInvite.create({
      data: {
        id,
        conversationId,
        digest: digestOf(newCode(keys, id)),
        madeBy: userId,
        approval: draft.approval,
        expiresAt:
          draft.expiresInSeconds === undefined ? null : new Date(now.getTime() + draft.expiresInSeconds * 1000),
        maxUses: draft.maxUses ?? null,
        createdAt: now,
      },
    });
  });
  return shown(context, row);
}

export async function listInvites(context: Rooms, userId: string, conversationId: string): Promise<Invite[]> {
  await mustAdminister(context, userId, conversationId);
  const rows = await context.db.groupInvite.findMany({ where: { conversationId }, orderBy: { id: 'asc' } });
  return rows.map((row) => shown(context, row));
}

/** Nobody comes in by it any more. Error: `no-such-invite`. */
export async function revokeInvite(context: Rooms, userId: string, conversationId: string, id: string): Promise<void> {
  await mustAdminister(context, userId, conversationId);
  const { count } = await context.db.groupInvite.deleteMany({ where: { id, conversationId } });
  if (count === 0) throw new ParleyError('no-such-invite');
}

/** The link as a picture (SVG). Error: `no-such-invite`. */
export async function qrOfInvite(context: Rooms, userId: string, conversationId: string, id: string): Promise<string> {
  await mustAdminister(context, userId, conversationId);
  const row = await context.db.groupInvite.findFirst({ where: { id, conversationId } });
  const url = row && urlOf(context, row);
  if (!url) throw new ParleyError('no-such-invite');
  return qrOf(url, { type: 'svg', errorCorrectionLevel: 'M', margin: 2 });
}
