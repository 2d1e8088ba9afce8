// Passwords at rest: argon2id, with the parameters inside each hash. Knows nothing of users, counters or pages.
import { hash, type Options, verify } from '@node-rs/argon2';
import { newSecret } from '../lib/id.ts';

// OWASP's first choice: 19 MiB, two passes, one lane
const ARGON2: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Unicode has several spellings of one character: keyboards differ, the password does not (NIST SP 800-63B §5.1.1.2). */
const normal = (password: string) => password.normalize('NFKC');

export function hashPassword(password: string): Promise<string> {
  return hash(normal(password), ARGON2);
}

let dummy: Promise<string> | undefined;

/** A hash nobody has the password of: what an unknown user's password is compared with, so that it takes as long. */
const dummyHash = (): Promise<string> => (dummy ??= hashPassword(newSecret()));

/** Whether it is the password. Without a hash (unknown user, no password set) it is not, and takes as long. */
export async function verifyPassword(passwordHash: string | null | undefined, password: string): Promise<boolean> {
  const same = await verify(passwordHash ?? (await dummyHash()), normal(password));
  return same && typeof passwordHash === 'string';
}

/** Makes the dummy ahead of time, so that the first unknown user's answer is not slower than the next. */
export async function preparePasswords(): Promise<void> {
  await dummyHash();
}
