// What ends all logins of a user at once: an administrator's lock, a new password, the account's removal. Her
// sessions are closed and her tokens refused wherever they are shown (server/revocations.ts). The lock after wrong
// passwords is another one, and ends nothing: server/people/login.ts.
import type { Context } from '../context.ts';
import type { Db } from '../db.ts';
import { ParleyError } from '../errors.ts';
import { sleep } from '../lib/backoff.ts';
import type { Revocations } from '../revocations.ts';
import { hashPassword } from './passwords.ts';

type Rooms = Pick<Context, 'db' | 'clock'> & { readonly revocations: Pick<Revocations, 'revoke'> };

/** Nobody signs in or connects as her until `unlockAccount`. Error: `no-such-user`. */
export async function lockAccount(rooms: Rooms, userId: string): Promise<void> {
  await changeUser(rooms.db, userId, { disabledAt: new Date(rooms.clock.now()) });
  await endLogins(rooms, userId);
}

/** Error: `no-such-user`. */
export async function unlockAccount({ db }: Pick<Rooms, 'db'>, userId: string): Promise<void> {
  await changeUser(db, userId, { disabledAt: null });
}

/** The password has passed `checkSignUp`'s rules. Ends the login that asks for it, too. Error: `no-such-user`. */
export async function changePassword(rooms: Rooms, userId: string, password: string): Promise<void> {
  const passwordHash = await hashPassword(password);
  await changeUser(rooms.db, userId, { passwordHash, failedLogins: 0, lockedUntil: null });
  await endLogins(rooms, userId);
}

/** The account, its roles and devices; what she said stays with those she said it to. Error: `no-such-user`. */
export async function removeAccount(rooms: Rooms, userId: string): Promise<void> {
  const { count } = await rooms.db.user.deleteMany({ where: { id: userId } });
  if (count === 0) throw new ParleyError('no-such-user');
  await endLogins(rooms, userId);
}

/** One login, wherever it is used. */
export async function endLogin({ db, revocations }: Pick<Rooms, 'db' | 'revocations'>, grantId: string): Promise<void> {
  await revocations.revoke({ kind: 'grant', id: grantId });
  await db.oidcRecord.deleteMany({ where: { grantId } });
}

/**
 * Everything the authorization server keeps of her goes, and every access token issued so far is refused. Resolves
 * in the next second, since tokens say theirs in whole ones: what is issued from then on counts.
 */
async function endLogins({ db, clock, revocations }: Rooms, userId: string): Promise<void> {
  // one that is issued in this very moment, from a grant read before it went, is refused by its grant
  const grants = await db.$queryRaw<{ id: string }[]>`
    SELECT DISTINCT grant_id AS id FROM oidc_record WHERE payload->>'accountId' = ${userId} AND grant_id IS NOT NULL`;
  await revocations.revoke({ kind: 'user', id: userId }, ...grants.map(({ id }) => ({ kind: 'grant' as const, id })));
  await db.$executeRaw`DELETE FROM oidc_record WHERE payload->>'accountId' = ${userId}`;
  await sleep(1000 - (clock.now() % 1000));
}

async function changeUser(db: Db, id: string, data: Parameters<Db['user']['updateMany']>[0]['data']): Promise<void> {
  const { count } = await db.user.updateMany({ where: { id }, data });
  if (count === 0) throw new ParleyError('no-such-user');
}
