// A long text cut to where something was found in it, in parts.

export interface FoundPart {
  readonly text: string;
  readonly found: boolean;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Before the first place that is shown. */
const LEAD = 24;

export function foundParts(text: string, ranges: readonly Range[]): FoundPart[] {
  const sorted = ranges.toSorted((a, b) => a.start - b.start);
  const first = sorted[0]?.start ?? 0;
  // at the beginning of a word, if there is one near
  const from = first > LEAD ? Math.max(text.lastIndexOf(' ', first - LEAD) + 1, first - 2 * LEAD) : 0;
  const parts: FoundPart[] = from > 0 ? [{ text: '…', found: false }] : [];
  let end = from;
  for (const range of sorted) {
    if (range.start < end) continue;
    if (range.start > end) parts.push({ text: text.slice(end, range.start), found: false });
    parts.push({ text: text.slice(range.start, range.end), found: true });
    end = range.end;
  }
  if (end < text.length) parts.push({ text: text.slice(end), found: false });
  return parts;
}
