// What one has to say to get an account, and what is wrong with it: the rules, without the database.
import { z } from 'zod';
import { limits } from '../contract/limits.ts';

const { usernameChars, passwordChars, displayNameChars } = limits;

/** Names that would pass for the house itself; `admin` is made by the operator (ADMIN_PASSWORD) or by nobody. */
const RESERVED = new Set(['admin', 'administrator', 'moderator', 'parley', 'root', 'support', 'system']);

// the first things anybody tries, of those long enough to be accepted at all (NIST SP 800-63B §5.1.1.2 asks for such a list)
const COMMON = new Set(
  `password password1 password12 password123 passw0rd p@ssw0rd 12345678 123456789 1234567890 87654321 11111111 00000000
   qwertyui qwertyuiop qwerty123 qwerty12 1q2w3e4r 1qaz2wsx asdfghjk zxcvbnm1 iloveyou sunshine princess football
   baseball superman trustno1 letmein1 welcome1 whatever starwars computer michelle jennifer changeme abcd1234 abc12345
   a1b2c3d4 aaaaaaaa 1234qwer admin123 monkey123 dragon123 qazwsxedc`.split(/\s+/),
);

const charsOf = (text: string) => Array.from(text).length;

// what turns a name around or breaks a line, and so can pass one person off as another
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
const UNSHOWABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;

export const username = z
  .string()
  .trim()
  .toLowerCase()
  .min(usernameChars.min, { error: `Use at least ${usernameChars.min} characters.`, abort: true })
  .max(usernameChars.max, { error: `Use at most ${usernameChars.max} characters.`, abort: true })
  .regex(/^[a-z0-9._-]+$/, { error: 'Use only letters a to z, digits, dots, hyphens and underscores.', abort: true })
  .regex(/^[a-z0-9]/, { error: 'Begin with a letter or a digit.', abort: true })
  .refine((name) => !RESERVED.has(name), { error: 'This username is not available.' });

export const displayName = z
  .string()
  .trim()
  .normalize('NFC')
  .refine((name) => charsOf(name) > 0, { error: 'Say what others shall call you.', abort: true })
  .refine((name) => charsOf(name) <= displayNameChars, { error: `Use at most ${displayNameChars} characters.` })
  .refine((name) => !UNSHOWABLE.test(name), { error: 'This name holds characters that cannot be shown.' });

export const password = z
  .string()
  .refine((text) => charsOf(text) >= passwordChars.min, {
    error: `Use at least ${passwordChars.min} characters.`,
    abort: true,
  })
  .refine((text) => charsOf(text) <= passwordChars.max, {
    error: `Use at most ${passwordChars.max} characters.`,
    abort: true,
  })
  .refine((text) => !COMMON.has(text.toLowerCase()), { error: 'This password is among the first anybody would try.' });

export const signUpDraft = z
  .object({ username, displayName, password })
  .refine((draft) => draft.password.toLowerCase() !== draft.username, {
    error: 'Use something else than your username.',
    path: ['password'],
  });

export type SignUpDraft = z.infer<typeof signUpDraft>;
export type SignUpField = keyof SignUpDraft;
export type SignUpErrors = Partial<Record<SignUpField, string>>;

const isField = (key: unknown): key is SignUpField => key === 'username' || key === 'displayName' || key === 'password';

/** The draft as it will be stored, or the first thing that is wrong with each field. */
export function checkSignUp(given: unknown): { draft: SignUpDraft } | { errors: SignUpErrors } {
  const result = signUpDraft.safeParse(given);
  if (result.success) return { draft: result.data };
  const errors: SignUpErrors = {};
  for (const { path, message } of result.error.issues) if (isField(path[0])) errors[path[0]] ??= message;
  return { errors };
}
