// Finds web addresses and names in a text. Gives parts, never HTML: the page makes elements of them, so nothing a
// person writes is ever read as markup.

export interface TextPart {
  readonly text: string;
  readonly href?: string;
  /** one of the names that were looked for */
  readonly name?: true;
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"']+/gi;
// a full stop or a bracket after an address belongs to the sentence
const TRAILING = /[.,;:!?)\]}]+$/;

function nameParts(text: string, names: readonly string[]): TextPart[] {
  const parts: TextPart[] = [];
  let rest = text;
  while (rest) {
    const found = names
      .map((name) => ({ name, at: rest.indexOf(name) }))
      .filter(({ name, at }) => name && at >= 0)
      // of two that begin at one place the longer: "@Ann Lee", not "@Ann"
      .toSorted((a, b) => a.at - b.at || b.name.length - a.name.length)[0];
    if (!found) break;
    if (found.at > 0) parts.push({ text: rest.slice(0, found.at) });
    parts.push({ text: found.name, name: true });
    rest = rest.slice(found.at + found.name.length);
  }
  if (rest) parts.push({ text: rest });
  return parts;
}

export function textParts(text: string, names: readonly string[] = []): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TRAILING, '');
    if (!URL.canParse(address)) continue;
    if (match.index > end) parts.push(...nameParts(text.slice(end, match.index), names));
    parts.push({ text: address, href: new URL(address).href });
    end = match.index + address.length;
  }
  if (end < text.length) parts.push(...nameParts(text.slice(end), names));
  return parts;
}
