// Username and password, and nothing learnt from a no: unknown user, wrong password and locked account give one
// answer after the same work.
//
// A try is counted before the password is looked at, in one statement. Guesses that arrive at once therefore
// cannot all slip through before the first of them is counted.
//
// While the account is locked the right password is refused too, with the same answer: any other would tell a
// guesser that she has found it. The owner learns of the lock from the sentence that every refusal carries
// (LOGIN_FAILURES and LOGIN_LOCK_SECONDS, the same for all), and her open sessions go on: a stranger who locks an
// account keeps its owner from signing in anew for a while, and from nothing else.
import type { Context } from '../context.ts';
import type { Db } from '../db.ts';
import { verifyPassword } from './passwords.ts';

type Rooms = Pick<Context, 'db' | 'clock' | 'log'> & {
  readonly config: Pick<Context['config'], 'LOGIN_FAILURES' | 'LOGIN_LOCK_SECONDS'>;
};

/** The user's id; undefined: no. */
export function logIn(rooms: Rooms, username: string, password: string): Promise<string | undefined> {
  const name = username.trim().toLowerCase();
  // PostgreSQL's text holds no NUL, and no username does
  return tryPassword(rooms, name.includes('\0') ? undefined : { username: name }, password);
}

/** Of somebody who is signed in: the same tries count, and the same lock. */
export async function isPasswordOf(rooms: Rooms, userId: string, password: string): Promise<boolean> {
  return (await tryPassword(rooms, { id: userId }, password)) !== undefined;
}

async function tryPassword(
  rooms: Rooms,
  where: { readonly username: string } | { readonly id: string } | undefined,
  password: string,
): Promise<string | undefined> {
  const { db, log } = rooms;
  const user =
    where && (await db.user.findUnique({ where, select: { id: true, passwordHash: true, disabledAt: true } }));
  const counted = await countTry(rooms, user?.id ?? '');
  const right = await verifyPassword(user?.passwordHash, password);
  if (!user) return undefined;
  if (!counted) {
    log.warn({ userId: user.id }, 'sign-in refused: locked after wrong passwords');
    return undefined;
  }
  if (!right || user.disabledAt) return undefined;
  await forgetTries(db, user.id);
  return user.id;
}

/** Counts one try against a user; the last allowed one locks. False: locked, or nobody. */
async function countTry({ db, clock, config }: Rooms, userId: string): Promise<boolean> {
  const now = new Date(clock.now());
  const until = new Date(clock.now() + config.LOGIN_LOCK_SECONDS * 1000);
  // not waiting for the disk: a known user's no must not take longer than an unknown one's by a write's time,
  // and a power cut may forget a try
  const touched = await db.$executeRaw`
    WITH hurry AS (SELECT set_config('synchronous_commit', 'off', true) AS set),
    tries AS (
      SELECT id, CASE WHEN locked_until IS NULL THEN failed_logins ELSE 0 END + 1 AS count
      FROM "user", hurry
      WHERE id = ${userId} AND hurry.set = 'off' AND (locked_until IS NULL OR locked_until <= ${now})
      FOR UPDATE OF "user"
    )
    UPDATE "user" SET
      failed_logins = tries.count,
      locked_until = CASE WHEN tries.count >= ${config.LOGIN_FAILURES}::int THEN ${until}::timestamptz END
    FROM tries WHERE "user".id = tries.id`;
  return touched > 0;
}

const forgetTries = (db: Db, userId: string) =>
  db.user.updateMany({ where: { id: userId }, data: { failedLogins: 0, lockedUntil: null } });
