// Whether PostgreSQL can store what a JSON text says.
import { ParleyError } from '../errors.ts';

// JSON escapes that PostgreSQL stores in no text: NUL, and half of a surrogate pair
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

export const isStorable = (json: Buffer): boolean => !json.includes('\\u') || !UNSTORABLE.test(json.toString('latin1'));

/** Errors: `draft-invalid`. */
export function mustBeStorable(line: Buffer): void {
  if (!isStorable(line)) {
    throw new ParleyError('draft-invalid', 'The body holds a NUL character or half of a surrogate pair.');
  }
}
