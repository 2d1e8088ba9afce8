// From rounds to a table: medians over the rounds with their spread, both targets side by side, and where the time
// goes.
import * as hdr from 'hdr-histogram-js';
import { type Counts, type Faults, histogram } from './tally.ts';
import type { TargetName } from './targets.ts';
import type { Usage } from './usage.ts';

/** The name under which the processes that make the load are watched: they are no part of a target's cost. */
export const GENERATOR = 'generator';

/** One measured window of one target. */
export interface Round {
  readonly scenario: string;
  readonly load: string;
  readonly target: TargetName;
  readonly counts: readonly Counts[];
  readonly faults: Faults;
  /** of each process: CPU and waiting in the window, memory at its end */
  readonly usage: Readonly<Record<string, Usage>>;
  /** cores that programs other than these used meanwhile, on average */
  readonly coresOfOthers: number;
}

export interface Figures {
  readonly deliveriesPerSecond: number;
  readonly receiptsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly receiptP99Ms: number;
  /** microseconds of CPU of each process, a delivery */
  readonly cpuMicros: Readonly<Record<string, number>>;
  /** of all processes but the generator */
  readonly cpuMicrosOfStack: number;
  /** percent of the window in which the thread of the Parley process wanted a core and had none */
  readonly parleyWaitedPercent: number;
}

const merged = (counts: readonly Counts[], of: 'latencies' | 'receiptLatencies') => {
  const sum = histogram();
  for (const one of counts) sum.add(hdr.decodeFromCompressedBase64(one[of]));
  return sum;
};

export function figuresOf({ counts, usage }: Round): Figures {
  const deliveries = counts.reduce((sum, one) => sum + one.deliveries, 0);
  const receipts = counts.reduce((sum, one) => sum + one.receipts, 0);
  const seconds = Math.max(...counts.map(({ ms }) => ms)) / 1000;
  const latencies = merged(counts, 'latencies');
  const cpuMicros = Object.fromEntries(
    Object.entries(usage).map(([name, { cpuSeconds }]) => [name, (cpuSeconds / Math.max(1, deliveries)) * 1e6]),
  );
  return {
    deliveriesPerSecond: deliveries / seconds,
    receiptsPerSecond: receipts / seconds,
    p50Ms: latencies.getValueAtPercentile(50) / 1000,
    p99Ms: latencies.getValueAtPercentile(99) / 1000,
    receiptP99Ms: merged(counts, 'receiptLatencies').getValueAtPercentile(99) / 1000,
    cpuMicros,
    cpuMicrosOfStack: Object.entries(cpuMicros).reduce((sum, [name, cpu]) => sum + (name === GENERATOR ? 0 : cpu), 0),
    parleyWaitedPercent: (100 * (usage.parley?.waitedSeconds ?? 0)) / seconds,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return ((low ?? 0) + (high ?? 0)) / 2;
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
const short = (value: number) => (value < 10 ? value.toFixed(1) : whole(value));
const times = (value: number) => `${value.toFixed(2)} ×`;

interface Column {
  readonly head: string;
  readonly pick?: (figures: Figures) => number;
  readonly show: (rounds: readonly Figures[]) => string;
}

const medianOf = (head: string, pick: (figures: Figures) => number, show: (value: number) => string): Column => ({
  head,
  pick,
  show: (rounds) => show(median(rounds.map(pick))),
});

const columns: readonly Column[] = [
  medianOf('deliveries/s', ({ deliveriesPerSecond }) => deliveriesPerSecond, whole),
  {
    head: 'spread',
    show: (rounds) => {
      const rates = rounds.map(({ deliveriesPerSecond }) => deliveriesPerSecond);
      return `${whole(Math.min(...rates))}–${whole(Math.max(...rates))}`;
    },
  },
  medianOf('receipts/s', ({ receiptsPerSecond }) => receiptsPerSecond, whole),
  medianOf('p50 ms', ({ p50Ms }) => p50Ms, short),
  medianOf('p99 ms', ({ p99Ms }) => p99Ms, short),
  medianOf('receipt p99 ms', ({ receiptP99Ms }) => receiptP99Ms, short),
  medianOf('CPU µs/delivery', ({ cpuMicrosOfStack }) => cpuMicrosOfStack, whole),
  {
    head: 'of that, and the generator',
    show: (rounds) =>
      Object.keys(rounds[0]?.cpuMicros ?? {})
        .map((name) => `${name} ${whole(median(rounds.map(({ cpuMicros }) => cpuMicros[name] ?? 0)))}`)
        .join(', '),
  },
];

/** The table of one scenario. */
export function tableOf(scenario: string, rounds: readonly Round[]): string {
  const lines: string[][] = [['load', 'target', ...columns.map(({ head }) => head)]];
  for (const load of new Set(rounds.map((round) => round.load))) {
    const figures = (target: TargetName) =>
      rounds.filter((round) => round.load === load && round.target === target).map(figuresOf);
    const [ours, theirs] = [figures('parley'), figures('web-stomp')];
    if (ours.length > 0) lines.push([load, 'Parley', ...columns.map(({ show }) => show(ours))]);
    if (theirs.length > 0) lines.push([load, 'web-stomp', ...columns.map(({ show }) => show(theirs))]);
    if (ours.length > 0 && theirs.length > 0) {
      const ratio = (pick: (figures: Figures) => number) => times(median(ours.map(pick)) / median(theirs.map(pick)));
      lines.push([load, 'ratio', ...columns.map(({ pick }) => (pick ? ratio(pick) : ''))]);
    }
  }
  const widths = (lines[0] as string[]).map((_, i) => Math.max(...lines.map((line) => (line[i] ?? '').length)));
  const text = lines.map((line) => line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '));
  return [scenario, ...text, ...notesOf(rounds)].map((line) => line.trimEnd()).join('\n');
}

function notesOf(rounds: readonly Round[]): string[] {
  const names = Object.keys(rounds[0]?.usage ?? {});
  const memory = names.map((name) => `${name} ${whole(Math.max(...rounds.map(({ usage }) => usage[name]?.mib ?? 0)))}`);
  const waited = rounds
    .filter(({ target }) => target === 'parley')
    .map((round) => figuresOf(round).parleyWaitedPercent);
  return [
    `Most memory, MiB: ${memory.join(', ')}`,
    `Other programs used ${median(rounds.map(({ coresOfOthers }) => coresOfOthers)).toFixed(1)} cores meanwhile; ` +
      `Parley's thread waited for a core ${whole(median(waited))} % of the time`,
    ...rounds
      .filter(({ faults }) => Object.values(faults).some((count) => count > 0))
      .map(({ target, load, faults }) => `WRONG: ${target}, ${load}: ${JSON.stringify(faults)}`),
  ];
}
