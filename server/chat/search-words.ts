// What somebody searches for, and where a text has it: pure, by the same tokens as the index (search-terms.ts).
import type { Highlight } from '../contract/rest-search.ts';
import { cut, kindTerm, senderTerm, type Token, tokensOf } from './search-terms.ts';

/** more words than that are not looked at */
const WORDS = 16;

/** A word, which may go on, or a run of characters that follow one another. */
export interface Wanted {
  readonly parts: readonly string[];
  readonly isRun: boolean;
}

export interface Matched {
  readonly highlights: readonly Highlight[];
  /** every word is there from beginning to end, and not as the beginning of a longer one */
  readonly whole: boolean;
  /** the words stand there in their order, with nothing between them */
  readonly phrase: boolean;
}

export function wantedOf(query: string): Wanted[] {
  const wanted: { parts: string[]; isRun: boolean }[] = [];
  let run: number | undefined;
  for (const token of tokensOf(query)) {
    if (token.run !== undefined && token.run === run) wanted.at(-1)?.parts.push(token.folded);
    else wanted.push({ parts: [token.folded], isRun: token.run !== undefined });
    run = token.run;
  }
  return wanted.slice(0, WORDS);
}

const quoted = (term: string) => `'${term}'`;

function termsOfWanted({ parts, isRun }: Wanted): string[] {
  if (!isRun || parts.length === 1) return [`${quoted(isRun ? (parts[0] as string) : cut(parts[0] as string))}:*`];
  return parts.slice(1).map((part, i) => quoted(`${parts[i]}${part}`));
}

interface Filters {
  readonly sender?: string | undefined;
  readonly kind?: readonly string[] | undefined;
}

/**
 * As a tsquery: all terms at one position, that of one message. Undefined: nothing to search for. `sender` may hold
 * anything; kinds are of the contract.
 */
export function tsqueryOf(wanted: readonly Wanted[], { sender, kind }: Filters): string | undefined {
  const terms = wanted.flatMap(termsOfWanted);
  if (sender !== undefined) terms.push(quoted(senderTerm(sender).replace(/['\\]/g, '$&$&')));
  if (kind) terms.push(`(${kind.map((one) => quoted(kindTerm(one))).join(' | ')})`);
  return terms.length > 0 ? terms.join(' <0> ') : undefined;
}

/** Where what is wanted begins at `tokens[at]`: the number of tokens it takes; 0: not there. */
function matchAt(tokens: readonly Token[], at: number, { parts, isRun }: Wanted): number {
  if (!isRun) {
    const token = tokens[at];
    return token?.run === undefined && token?.folded.startsWith(parts[0] as string) ? 1 : 0;
  }
  const run = tokens[at]?.run;
  if (run === undefined) return 0;
  return parts.every((part, i) => tokens[at + i]?.run === run && tokens[at + i]?.folded === part) ? parts.length : 0;
}

const isWhole = (token: Token | undefined, { parts, isRun }: Wanted) => isRun || token?.folded === parts[0];

/** Undefined: some of it is not there. */
export function matchIn(text: string, wanted: readonly Wanted[]): Matched | undefined {
  const tokens = [...tokensOf(text)];
  const highlights: Highlight[] = [];
  let whole = true;
  for (const one of wanted) {
    let found = false;
    let foundWhole = false;
    for (let at = 0; at < tokens.length; at++) {
      const length = matchAt(tokens, at, one);
      if (length === 0) continue;
      found = true;
      foundWhole ||= isWhole(tokens[at], one);
      highlights.push({ start: (tokens[at] as Token).start, end: (tokens[at + length - 1] as Token).end });
    }
    if (!found) return undefined;
    whole &&= foundWhole;
  }
  return { highlights: merged(highlights), whole, phrase: whole && hasPhrase(tokens, wanted) };
}

/** All that is there of what is wanted, though some may be elsewhere. */
export const highlightsIn = (text: string, wanted: readonly Wanted[]): Highlight[] =>
  merged(wanted.flatMap((one) => matchIn(text, [one])?.highlights ?? []));

function hasPhrase(tokens: readonly Token[], wanted: readonly Wanted[]): boolean {
  return tokens.some((_, begin) => {
    let at = begin;
    return wanted.every((one) => {
      const length = isWhole(tokens[at], one) ? matchAt(tokens, at, one) : 0;
      at += length;
      return length > 0;
    });
  });
}

/** In their order, none over another. */
function merged(highlights: readonly Highlight[]): Highlight[] {
  const result: { start: number; end: number }[] = [];
  for (const { start, end } of highlights.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = result.at(-1);
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else result.push({ start, end });
  }
  return result;
}
