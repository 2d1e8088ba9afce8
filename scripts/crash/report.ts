// What a run found, for people to read.
import type { Outcome } from './run.ts';

const SHOWN = 10;

/** The first of what is wrong, in detail. */
export function report(problems: Outcome['problems']): string {
  if (problems.size === 0) return '\nNothing was lost, doubled or disordered.';
  const sections = [...problems].map(([sentence, found]) => {
    const more = found.length > SHOWN ? [`… and ${found.length - SHOWN} more`] : [];
    return [`\nBROKEN: ${sentence} (${found.length})`, ...found.slice(0, SHOWN), ...more].join('\n  ');
  });
  return sections.join('\n');
}
