// Ids: opaque to everyone else, sortable by time for us (a database index stays dense at its right end).
import { randomFillSync } from 'node:crypto';

// Crockford's base 32: no i, l, o, u; lower case, so that an id never needs escaping in a URL, a routing key or a file name
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const pool = Buffer.allocUnsafe(4096);
let used = pool.length;

function random(chars: number): string {
  if (used + chars > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  let out = '';
  for (let i = 0; i < chars; i++) out += ALPHABET[(pool[used + i] as number) & 31];
  used += chars;
  return out;
}

function time(ms: number): string {
  let out = '';
  for (let i = 0, t = ms; i < 9; i++, t = Math.floor(t / 32)) out = ALPHABET[t % 32] + out;
  return out;
}

/** 9 characters of time and 12 random ones (60 bits). */
export function newId(now: number = Date.now()): string {
  return time(now) + random(12);
}

/** A secret of 26 characters (130 bits). */
export function newSecret(): string {
  return random(26);
}
