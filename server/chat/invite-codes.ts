// The secret in a link into a group: made of the invite's id and a key of this deployment, so that admins can be shown
// the link again, while who reads the database alone, where only its digest stands, cannot come in by it.
import { createHash, createHmac } from 'node:crypto';
import type { Keys } from '../keys.ts';

/** 144 bits, 24 characters. */
const CODE_BYTES = 18;

export const digestOf = (code: string): Buffer<ArrayBuffer> => createHash('sha256').update(code).digest();

const codeBy = (key: string, id: string): string =>
  createHmac('sha256', key).update(`invite ${id}`).digest().subarray(0, CODE_BYTES).toString('base64url');

export const newCode = ({ cookieKeys }: Pick<Keys, 'cookieKeys'>, id: string): string =>
  codeBy(cookieKeys[0] as string, id);

/** The code of an invite; undefined: the key it was made with was rotated away, and only who has the link has it. */
export function codeOf(
  { cookieKeys }: Pick<Keys, 'cookieKeys'>,
  { id, digest }: { readonly id: string; readonly digest: Uint8Array },
): string | undefined {
  return cookieKeys.map((key) => codeBy(key, id)).find((code) => digestOf(code).equals(digest));
}
