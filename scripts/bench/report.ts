// From rounds to a table: medians over the rounds with their spread, both targets side by side, and where the time
// goes.
import { median } from './median.ts';
import type { Round } from './run.ts';
import type { Scenario } from './scenarios.ts';
import { type Column, type Sheet, sheets, whole } from './sheets.ts';
import { type TargetName, targetNames, targets } from './targets.ts';

const times = (value: number) => (Number.isFinite(value) && value > 0 ? `${value.toFixed(2)} ×` : '');

const figureOf =
  ({ key }: Column) =>
  ({ figures }: Round): number =>
    figures[key] ?? 0;

/** Microseconds of CPU of each process, a unit. */
function cpuOf({ usage, units }: Round): Record<string, number> {
  const each = Object.entries(usage).map(([name, { cpuSeconds }]) => [name, (cpuSeconds / Math.max(1, units)) * 1e6]);
  return Object.fromEntries(each) as Record<string, number>;
}

/** Of the processes that do the target's work. */
const cpuOfStack = (round: Round): number => {
  const cpu = cpuOf(round);
  return targets[round.target].stack.reduce((sum, name) => sum + (cpu[name] ?? 0), 0);
};

interface Cell {
  readonly head: string;
  readonly pick?: (round: Round) => number;
  readonly show: (rounds: readonly Round[]) => string;
}

function cellsOf({ columns, unit }: Sheet): Cell[] {
  const of = (column: Column): Cell => {
    const pick = figureOf(column);
    return { head: column.head, pick, show: (rounds) => column.show(median(rounds.map(pick))) };
  };
  const [headline, ...others] = columns;
  const micros = (value: number) => (value < 10 ? value.toFixed(1) : whole(value));
  return [
    of(headline),
    {
      head: 'spread',
      show: (rounds) => {
        const values = rounds.map(figureOf(headline));
        return `${headline.show(Math.min(...values))}–${headline.show(Math.max(...values))}`;
      },
    },
    ...others.map(of),
    {
      head: `CPU µs/${unit}`,
      pick: cpuOfStack,
      show: (rounds) => micros(median(rounds.map(cpuOfStack))),
    },
    {
      head: 'by process',
      show: (rounds) =>
        Object.keys(rounds[0]?.usage ?? {})
          .map((name) => `${name} ${micros(median(rounds.map((round) => cpuOf(round)[name] ?? 0)))}`)
          .join(', '),
    },
  ];
}

export const roundsOf = (rounds: readonly Round[], load: string, target: TargetName): Round[] =>
  rounds.filter((round) => round.load === load && round.target === target);

/** The table of one scenario. */
export function tableOf({ name, what, kind }: Scenario, rounds: readonly Round[]): string {
  const cells = cellsOf(sheets[kind]);
  const lines: string[][] = [['load', 'target', ...cells.map(({ head }) => head)]];
  for (const load of new Set(rounds.map((round) => round.load))) {
    const [ours = [], theirs = []] = targetNames.map((target) => roundsOf(rounds, load, target));
    if (ours.length > 0) lines.push([load, targets.parley.title, ...cells.map(({ show }) => show(ours))]);
    if (theirs.length > 0) lines.push([load, targets['web-stomp'].title, ...cells.map(({ show }) => show(theirs))]);
    if (ours.length > 0 && theirs.length > 0) {
      const ratio = (pick: (round: Round) => number) => times(median(ours.map(pick)) / median(theirs.map(pick)));
      lines.push([load, 'ratio', ...cells.map(({ pick }) => (pick ? ratio(pick) : ''))]);
    }
  }
  return [`${name}: ${what}`, ...inColumns(lines), ...notesOf(rounds)].join('\n');
}

export function inColumns(lines: readonly (readonly string[])[]): string[] {
  const widths = (lines[0] ?? []).map((_, i) => Math.max(...lines.map((line) => (line[i] ?? '').length)));
  return lines.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function notesOf(rounds: readonly Round[]): string[] {
  const names = Object.keys(rounds[0]?.usage ?? {});
  const memory = names.map((name) => `${name} ${whole(Math.max(...rounds.map(({ usage }) => usage[name]?.mib ?? 0)))}`);
  const waited = rounds
    .filter(({ target }) => target === 'parley')
    .map(({ usage, seconds }) => (100 * (usage.parley?.waitedSeconds ?? 0)) / seconds);
  return [
    `Most memory, MiB: ${memory.join(', ')}`,
    `Other programs used ${median(rounds.map(({ coresOfOthers }) => coresOfOthers)).toFixed(1)} cores meanwhile; ` +
      `Parley's thread waited for a core ${whole(median(waited))} % of the time`,
    ...rounds
      .filter(isWrong)
      .map(({ target, load, faults }) => `WRONG: ${targets[target].title}, ${load}: ${JSON.stringify(faults)}`),
  ];
}

export const isWrong = ({ faults }: Pick<Round, 'faults'>): boolean => Object.values(faults).some((count) => count > 0);
