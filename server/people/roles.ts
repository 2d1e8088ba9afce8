// Roles: giving one to a user and taking it back.
import type { Context } from '../context.ts';
import { ParleyError } from '../errors.ts';
import { forgetPermissions } from './permissions.ts';

type Rooms = Pick<Context, 'db'>;

async function roleId({ db }: Rooms, name: string): Promise<string> {
  const role = await db.role.findUnique({ where: { name }, select: { id: true } });
  if (!role) throw new ParleyError('not-found', `There is no role "${name}".`);
  return role.id;
}

export async function giveRole(rooms: Rooms, userId: string, name: string): Promise<void> {
  const row = { userId, roleId: await roleId(rooms, name) };
  await rooms.db.userRole.createMany({ data: [row], skipDuplicates: true });
  forgetPermissions(rooms, userId);
}

export async function takeRole(rooms: Rooms, userId: string, name: string): Promise<void> {
  await rooms.db.userRole.deleteMany({ where: { userId, roleId: await roleId(rooms, name) } });
  forgetPermissions(rooms, userId);
}
