// How somebody stands to a group, asked before anything is handed to the worker, which decides it again in its turn.
import type { Context } from '../context.ts';
import { directMembers } from '../contract/conversation-id.ts';
import type { MemberRole } from '../contract/group.ts';
import { ParleyError } from '../errors.ts';

/** Errors: `not-a-group`, `no-such-conversation`. */
export function mustBeGroup(userId: string, id: string): void {
  const members = directMembers(id);
  if (members) throw new ParleyError(members.includes(userId) ? 'not-a-group' : 'no-such-conversation');
}

/** Errors: those, and `group-role-missing`. */
export async function mustAdminister({ db }: Pick<Context, 'db'>, userId: string, id: string): Promise<void> {
  mustBeGroup(userId, id);
  const key = { conversationId: id, userId };
  const found = await db.member.findUnique({ where: { conversationId_userId: key }, select: { role: true } });
  if (!found) throw new ParleyError('no-such-conversation');
  if (found.role === 'member') throw new ParleyError('group-role-missing');
}

const ADMINS: readonly MemberRole[] = ['owner', 'admin'];

export async function adminsOf({ db }: Pick<Context, 'db'>, id: string): Promise<string[]> {
  const where = { conversationId: id, role: { in: [...ADMINS] } };
  return (await db.member.findMany({ where, select: { userId: true } })).map(({ userId }) => userId);
}
