// What of a text one can search for: its words, as they are compared, and where in the text they stand. The same for
// what is said and for what is asked, so nothing depends on the language or the locale of the database.
// Scripts that are written without spaces are cut into pairs of characters.

import { SYSTEM } from '../contract/group.ts';

/** A word, or one character of a run that is written without spaces. */
export interface Token {
  /** in UTF-16 units of the text */
  readonly start: number;
  readonly end: number;
  /** as it is compared: without case, width and accents */
  readonly folded: string;
  /** of characters: those of one run follow one another; undefined: a word */
  readonly run: number | undefined;
}

/** messages that share a row of the index */
export const CHUNK = 32;
const WORD_CHARS = 32;
/** more of one text are not kept: it is found by its first ones */
const TERMS_OF_TEXT = 1000;

// what else a message is found by; no word begins so
export const placeTerm = (place: number): string => `#${place}`;
export const senderTerm = (userId: string): string => `@${userId}`;
export const kindTerm = (kind: string): string => `/${kind}`;

/** SQL: what the files of the row `m` of the table `message` are called, or null. */
export const FILE_NAMES = `CASE WHEN m.media IS NOT NULL AND m.kind <> '${SYSTEM}' THEN concat_ws(' ', m.media->>'name', (
  SELECT string_agg(f.name, ' ') FROM message_media l JOIN media f ON f.id = l.media_id
  WHERE l.conversation_id = m.conversation_id AND l.seq = m.seq AND f.name IS DISTINCT FROM m.media->>'name'
)) END`;

const UNSPACED =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\u30fc\\uff70\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}\\p{Extended_Pictographic}';
const TOKEN = new RegExp(
  `(?<run>[${UNSPACED}]+)|[[\\p{L}\\p{N}]--[${UNSPACED}]][[\\p{L}\\p{N}\\p{M}]--[${UNSPACED}]]*`,
  'gv',
);
const ACCENTS = /[\u0300-\u036f]/g;
const ASCII = /^[\x20-\x7e]*$/;

function fold(text: string): string {
  const lower = text.toLowerCase();
  if (ASCII.test(lower)) return lower;
  return lower.normalize('NFKD').replace(ACCENTS, '').normalize('NFKC').toLowerCase();
}

export function* tokensOf(text: string): Generator<Token> {
  let runs = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [found] = match;
    const at = match.index;
    if (match.groups?.run === undefined) {
      yield { start: at, end: at + found.length, folded: fold(found), run: undefined };
      continue;
    }
    runs += 1;
    let start = at;
    for (const char of found) {
      yield { start, end: start + char.length, folded: fold(char), run: runs };
      start += char.length;
    }
  }
}

export const cut = (word: string): string =>
  word.length <= WORD_CHARS ? word : Array.from(word).slice(0, WORD_CHARS).join('');

/** What a text is found by: its words, and of runs each pair of neighbours and the last character. */
export function termsOf(...texts: readonly string[]): string[] {
  const terms = new Set<string>();
  for (const text of texts) {
    let before: Token | undefined;
    for (const token of tokensOf(text)) {
      if (terms.size >= TERMS_OF_TEXT) return [...terms];
      if (before?.run !== undefined) terms.add(before.run === token.run ? before.folded + token.folded : before.folded);
      if (token.run === undefined) terms.add(cut(token.folded));
      before = token;
    }
    if (before?.run !== undefined) terms.add(before.folded);
  }
  return [...terms];
}
