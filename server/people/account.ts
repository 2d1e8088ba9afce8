// What ends all logins of a user at once: an administrator's lock, a new password, the account's removal. Her
// sessions are closed and her tokens refused wherever they are shown (server/revocations.ts). The lock after wrong
// passwords is another one, and ends nothing: server/people/login.ts.
import type { Context } from '../context.ts';
import type { Db } from '../db.ts';
import { ParleyError } from '../errors.ts';
import { sleep } from '../lib/backoff.ts';
import type { Revocations } from '../revocations.ts';
import { isPasswordOf } from './login.ts';
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

/** What is left of her: a name that nobody can take or sign in with, and nothing that could be seen. */
const erased = (id: string, at: Date) =>
  ({
    kind: 'deleted',
    username: `~${id}`,
    displayName: 'Deleted account',
    about: '',
    avatar: null,
    passwordHash: null,
    circle: null,
    failedLogins: 0,
    lockedUntil: null,
    disabledAt: at,
    presenceTo: 'nobody',
    foundBy: 'nobody',
    addedBy: 'nobody',
    groupedBy: 'nobody',
  }) as const;

/**
 * Her name, her profile and her logins are gone when it resolves; the rest follows, whatever crashes meanwhile
 * (server/chat/erasure.ts). What she said stays with those she said it to. Error: `no-such-user`.
 */
export async function removeAccount(rooms: Rooms, userId: string): Promise<void> {
  const at = new Date(rooms.clock.now());
  const begun = await rooms.db.$transaction(async (tx) => {
    const where = { id: userId, kind: { not: 'deleted' } } as const;
    const { count } = await tx.user.updateMany({ where, data: erased(userId, at) });
    if (count > 0) await tx.erasure.create({ data: { userId, askedAt: at } });
    return count > 0;
  });
  if (!begun) throw new ParleyError('no-such-user');
  await endLogins(rooms, userId);
}

/** As its owner asks for it, who proves with the password that it is she. Errors: `password-wrong`, `no-such-user`. */
export async function removeOwnAccount(
  rooms: Rooms & Parameters<typeof isPasswordOf>[0],
  userId: string,
  password: string,
): Promise<void> {
  if (!(await isPasswordOf(rooms, userId, password))) throw new ParleyError('password-wrong');
  await removeAccount(rooms, userId);
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
export async function endLogins({ db, clock, revocations }: Rooms, userId: string): Promise<void> {
  // one that is issued in this very moment, from a grant read before it went, is refused by its grant
  const grants = await db.$queryRaw<{ id: string }[]>`
    SELECT DISTINCT grant_id AS id FROM oidc_record WHERE payload->>'accountId' = ${userId} AND grant_id IS NOT NULL`;
  await revocations.revoke({ kind: 'user', id: userId }, ...grants.map(({ id }) => ({ kind: 'grant' as const, id })));
  await db.$executeRaw`DELETE FROM oidc_record WHERE payload->>'accountId' = ${userId}`;
  await sleep(1000 - (clock.now() % 1000));
}

async function changeUser(db: Db, id: string, data: Parameters<Db['user']['updateMany']>[0]['data']): Promise<void> {
  const { count } = await db.user.updateMany({ where: { id, kind: { not: 'deleted' } }, data });
  if (count === 0) throw new ParleyError('no-such-user');
}
