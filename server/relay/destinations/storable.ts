// Whether PostgreSQL can store what a line says.
import { ParleyError } from '../../errors.ts';

// JSON escapes that PostgreSQL stores in no text: NUL, and half of a surrogate pair
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

/** Errors: `draft-invalid`. */
export function mustBeStorable(line: Buffer): void {
  if (line.includes('\\u') && UNSTORABLE.test(line.toString('latin1'))) {
    throw new ParleyError('draft-invalid', 'The body holds a NUL character or half of a surrogate pair.');
  }
}
