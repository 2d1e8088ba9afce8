// From rounds to a table: medians over the rounds with their spread, both targets side by side, and where the time
// goes.
import * as hdr from 'hdr-histogram-js';
import type { Counts, Faults } from './tally.ts';
import type { TargetName } from './targets.ts';

/** One measured window of one target. */
export interface Round {
  readonly scenario: string;
  readonly load: string;
  readonly target: TargetName;
  readonly counts: readonly Counts[];
  readonly faults: Faults;
  /** of each process: seconds of CPU in the window, resident memory at its end */
  readonly usage: Readonly<Record<string, { readonly cpuSeconds: number; readonly rssMiB: number }>>;
}

export interface Figures {
  readonly deliveriesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly receiptP99Ms: number;
  /** microseconds of CPU of each process, a delivery */
  readonly cpuMicros: Readonly<Record<string, number>>;
}

const merged = (counts: readonly Counts[], of: 'latencies' | 'receiptLatencies') => {
  const sum = hdr.build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 600_000_000,
    numberOfSignificantValueDigits: 3,
  });
  for (const one of counts) sum.add(hdr.decodeFromCompressedBase64(one[of]));
  return sum;
};

export function figuresOf({ counts, usage }: Round): Figures {
  const deliveries = counts.reduce((sum, one) => sum + one.deliveries, 0);
  const seconds = Math.max(...counts.map(({ ms }) => ms)) / 1000;
  const latencies = merged(counts, 'latencies');
  const receipts = merged(counts, 'receiptLatencies');
  return {
    deliveriesPerSecond: deliveries / seconds,
    p50Ms: latencies.getValueAtPercentile(50) / 1000,
    p99Ms: latencies.getValueAtPercentile(99) / 1000,
    receiptP99Ms: receipts.getValueAtPercentile(99) / 1000,
    cpuMicros: Object.fromEntries(
      Object.entries(usage).map(([name, { cpuSeconds }]) => [name, (cpuSeconds / Math.max(1, deliveries)) * 1e6]),
    ),
  };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const whole = (value: number) => Math.round(value).toLocaleString('en');
const short = (value: number) => (value < 10 ? value.toFixed(1) : whole(value));

function row(load: string, target: string, rounds: readonly Figures[]): string[] {
  const of = (pick: (figures: Figures) => number) => rounds.map(pick);
  const rates = of((figures) => figures.deliveriesPerSecond);
  return [
    load,
    target,
    whole(median(rates)),
    `${whole(Math.min(...rates))}–${whole(Math.max(...rates))}`,
    short(median(of(({ p50Ms }) => p50Ms))),
    short(median(of(({ p99Ms }) => p99Ms))),
    short(median(of(({ receiptP99Ms }) => receiptP99Ms))),
    Object.keys(rounds[0]?.cpuMicros ?? {})
      .map((name) => `${name} ${whole(median(of(({ cpuMicros }) => cpuMicros[name] ?? 0)))}`)
      .join(', '),
  ];
}

const HEADS = ['load', 'target', 'deliveries/s', 'spread', 'p50 ms', 'p99 ms', 'receipt p99', 'CPU µs a delivery'];

/** The table of one scenario. */
export function tableOf(scenario: string, rounds: readonly Round[]): string {
  const lines: string[][] = [HEADS];
  for (const load of new Set(rounds.map((round) => round.load))) {
    const figures = (target: TargetName) =>
      rounds.filter((round) => round.load === load && round.target === target).map(figuresOf);
    const [ours, theirs] = [figures('parley'), figures('web-stomp')];
    if (ours.length > 0) lines.push(row(load, 'Parley', ours));
    if (theirs.length > 0) lines.push(row(load, 'web-stomp', theirs));
    if (ours.length > 0 && theirs.length > 0) lines.push(ratio(load, ours, theirs));
  }
  const widths = HEADS.map((_, i) => Math.max(...lines.map((line) => (line[i] ?? '').length)));
  const text = lines.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [`${scenario}`, ...text, faultsOf(rounds)].filter(Boolean).join('\n');
}

function ratio(load: string, ours: readonly Figures[], theirs: readonly Figures[]): string[] {
  const of = (pick: (figures: Figures) => number) => median(ours.map(pick)) / median(theirs.map(pick));
  const times = (value: number) => `${value.toFixed(2)} ×`;
  return [
    load,
    'ratio',
    times(of(({ deliveriesPerSecond }) => deliveriesPerSecond)),
    '',
    times(of(({ p50Ms }) => p50Ms)),
    times(of(({ p99Ms }) => p99Ms)),
    times(of(({ receiptP99Ms }) => receiptP99Ms)),
    '',
  ];
}

function faultsOf(rounds: readonly Round[]): string {
  return rounds
    .filter(({ faults }) => Object.values(faults).some((count) => count > 0))
    .map(({ target, load, faults }) => `WRONG: ${target}, ${load}: ${JSON.stringify(faults)}`)
    .join('\n');
}
