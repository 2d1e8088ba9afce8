// How a header name or value is written on a line, in each version (STOMP 1.1 and 1.2 "Value Encoding").
import type { Version } from './frame.ts';

/** CONNECT and CONNECTED are never escaped: whoever reads them does not know the version yet. */
export type Escaping = Version | 'none';

export const escapingOf = (command: string, version: Version): Escaping =>
  command === 'CONNECT' || command === 'CONNECTED' || command === 'STOMP' ? 'none' : version;

const meanings: Record<Escaping, Readonly<Record<string, string>> | undefined> = {
  none: undefined,
  '1.0': undefined,
  '1.1': { '\\': '\\', n: '\n', c: ':' },
  '1.2': { '\\': '\\', n: '\n', c: ':', r: '\r' },
};

export class UnknownSequence extends Error {}

/** Throws UnknownSequence at one that the version does not define: fatal, says the specification. */
export function unescape(text: string, escaping: Escaping): string {
  const letters = meanings[escaping];
  if (!letters || !text.includes('\\')) return text;
  return text.replace(/\\([^]?)/g, (sequence, letter: string) => {
    const meaning = letters[letter];
    if (meaning === undefined) throw new UnknownSequence(sequence);
    return meaning;
  });
}

/**
 * What must not stand on a line as it is. It is escaped where the version can; where it cannot it becomes a space: a
 * header that somebody else chose must never begin a new line or end the frame. (A CR may be data in 1.0 and 1.1.)
 */
const unsafe: Record<Escaping, RegExp> = {
  none: /[\r\n\0]/,
  '1.0': /[\n\0]/,
  '1.1': /[\\\n:\0]/,
  '1.2': /[\\\r\n:\0]/,
};
const sequences: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', ':': '\\c', '\r': '\\r' };

export function escape(text: string, escaping: Escaping): string {
  const pattern = unsafe[escaping];
  if (!pattern.test(text)) return text;
  const known = meanings[escaping] ? sequences : {};
  return text.replace(new RegExp(pattern, 'g'), (char) => known[char] ?? ' ');
}

/** As `escape`; where a colon has no escape, one in a name becomes a space too, else it would end the name. */
export function escapeName(name: string, escaping: Escaping): string {
  const escaped = escape(name, escaping);
  return meanings[escaping] ? escaped : escaped.replaceAll(':', ' ');
}
