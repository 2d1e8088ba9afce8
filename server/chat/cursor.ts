// The cursor of a list: the sort key of the last item shown, packed so that clients do not build on it.
import { z } from 'zod';
import { ParleyError } from '../errors.ts';

type Key = readonly string[];

/** A part of a key that is a time. */
export const at = z.iso.datetime();
/** Any other part; PostgreSQL takes no NUL. */
export const word = z.string().refine((text) => !text.includes('\0'));

export const packCursor = (key: Key): string => Buffer.from(JSON.stringify(key)).toString('base64url');

/** The key in a cursor; anything but what packCursor makes of such a key is `request-invalid`. */
export function unpackCursor<T extends z.ZodType<Key>>(cursor: string, shape: T): z.output<T> {
  try {
    const key = shape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    if (packCursor(key) === cursor) return key;
  } catch {
    // not ours: said below
  }
  throw new ParleyError('request-invalid', 'The cursor is not one that this list gave.');
}

/** A page from `limit + 1` rows: the one too many says that there is a next page. */
export function pageOfRows<Row>(rows: readonly Row[], limit: number, keyOf: (row: Row) => Key) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last !== undefined ? packCursor(keyOf(last)) : null };
}
