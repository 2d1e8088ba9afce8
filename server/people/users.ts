// People as the house knows them: making one, finding one. What others may see of them is server/chat's matter.
import type { Context } from '../context.ts';
import { Prisma } from '../db.ts';
import { ParleyError } from '../errors.ts';
import { newId } from '../lib/id.ts';
import { hashPassword } from './passwords.ts';
import type { SignUpDraft } from './sign-up.ts';

type Rooms = Pick<Context, 'db'>;

export interface User {
  readonly id: string;
  readonly username: string;
  readonly displayName: string;
}

const columns = { id: true, username: true, displayName: true } as const satisfies Prisma.UserSelect;

/** The draft has passed `checkSignUp`. Error: `conflict`, the username is taken. */
export async function createUser({ db }: Rooms, draft: SignUpDraft): Promise<User> {
  const { username, displayName, password } = draft;
  const passwordHash = await hashPassword(password);
  try {
    return await db.user.create({ data: { id: newId(), username, displayName, passwordHash }, select: columns });
  } catch (error) {
    // P2002: a unique constraint; the id's 60 random bits leave only the username's
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') {
      throw new ParleyError('conflict', 'This username is taken.');
    }
    throw error;
  }
}

/** Who may sign in: nobody whose account an administrator has locked. */
export async function findUser({ db }: Rooms, id: string): Promise<User | undefined> {
  return (await db.user.findUnique({ where: { id, disabledAt: null }, select: columns })) ?? undefined;
}

export async function findUserByName({ db }: Rooms, username: string): Promise<User | undefined> {
  return (
    (await db.user.findUnique({ where: { username: username.trim().toLowerCase() }, select: columns })) ?? undefined
  );
}
