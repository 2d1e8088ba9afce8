// What a database begins with: the built-in roles, and the demo world or the first administrator. Each is made
// only where it is missing, so that it runs at every start.
import type { Config } from '../server/config.ts';
import { builtInRoles } from '../server/contract/permissions.ts';
import type { Db } from '../server/db.ts';
import { newId } from '../server/lib/id.ts';
import { hashPassword } from '../server/people/passwords.ts';

export const DEMO_PASSWORD = 'parley-demo';
export const demoPeople = ['alice', 'bob', 'carol', 'dave'] as const;
const ADMIN = 'admin';

type SeedConfig = Pick<Config, 'DEMO' | 'ADMIN_PASSWORD'>;

/** Says what it made. */
export async function seed(db: Db, config: SeedConfig): Promise<string> {
  await makeRoles(db);
  const made: string[] = [];
  if (config.DEMO && (await db.user.count()) === 0) {
    await makeDemoPeople(db);
    made.push('demo accounts');
  }
  const adminPassword = config.ADMIN_PASSWORD || (made.length > 0 ? DEMO_PASSWORD : '');
  if (adminPassword && (await makeAdmin(db, adminPassword))) made.push('administrator');
  return made.length > 0 ? `made ${made.join(' and ')}` : 'up to date';
}

async function makeRoles(db: Db): Promise<void> {
  await db.role.createMany({
    data: builtInRoles.map(({ name, permissions }) => ({ id: newId(), name, permissions: [...permissions] })),
    skipDuplicates: true,
  });
}

async function makeDemoPeople(db: Db): Promise<void> {
  const people = await Promise.all(
    demoPeople.map(async (username) => ({
      id: newId(),
      username,
      displayName: username.charAt(0).toUpperCase() + username.slice(1),
      passwordHash: await hashPassword(DEMO_PASSWORD),
    })),
  );
  const pairs = people.flatMap(({ id: fromId }, i) => people.slice(i + 1).map(({ id: toId }) => ({ fromId, toId })));
  await db.$transaction([
    db.user.createMany({ data: people }),
    db.contact.createMany({ data: pairs.map((pair) => ({ ...pair, state: 'accepted' as const })) }),
  ]);
}

async function makeAdmin(db: Db, password: string): Promise<boolean> {
  if (await db.user.findUnique({ where: { username: ADMIN } })) return false;
  await db.user.create({
    data: {
      id: newId(),
      username: ADMIN,
      displayName: 'Administrator',
      passwordHash: await hashPassword(password),
      roles: { create: { role: { connect: { name: 'administrator' } } } },
    },
  });
  return true;
}
