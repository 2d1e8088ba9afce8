// What Parley is meant to reach, beside what was measured. Ratios are of medians in one run; whether a goal is met
// is said, and fails nothing: a machine that is slow or busy is no mistake of the code.
import { median } from './median.ts';
import { inColumns, roundsOf } from './report.ts';
import type { Round } from './run.ts';
import { short, whole } from './sheets.ts';
import type { TargetName } from './targets.ts';

type Rounds = readonly Round[];

interface Goal {
  readonly scenario: string;
  readonly what: string;
  readonly wanted: string;
  /** undefined: it was not measured */
  readonly measured: (rounds: Rounds) => number | undefined;
  readonly met: (measured: number) => boolean;
  readonly show: (measured: number) => string;
}

/** The median of a figure, of the first load whose name begins so; `undefined`: there is none. */
function figure(rounds: Rounds, target: TargetName, key: string, load = ''): number | undefined {
  const found = rounds.find((round) => round.target === target && round.load.startsWith(load))?.load;
  if (found === undefined) return undefined;
  return median(roundsOf(rounds, found, target).map(({ figures }) => figures[key] ?? 0));
}

/** Of the closed loops, the one in which the target did the most. */
function most(rounds: Rounds, target: TargetName, key: string): number | undefined {
  const closed = rounds.filter(({ load }) => load.endsWith('in flight'));
  const values = [...new Set(closed.map(({ load }) => load))].map((load) => figure(closed, target, key, load));
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}

function larger(rounds: Rounds, target: TargetName, ...keys: readonly string[]): number | undefined {
  const known = keys.map((key) => figure(rounds, target, key)).filter((value) => value !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}

type Pick = (rounds: Rounds, target: TargetName) => number | undefined;

const ours = (pick: Pick) => (rounds: Rounds) => pick(rounds, 'parley');
const ratio = (pick: Pick) => (rounds: Rounds) => {
  const [mine, theirs] = [pick(rounds, 'parley'), pick(rounds, 'web-stomp')];
  return mine === undefined || theirs === undefined ? undefined : mine / theirs;
};
const atLeast = (goal: number) => (value: number) => value >= goal;
const below = (goal: number) => (value: number) => value < goal;
const times = (value: number) => `${value.toFixed(2)} ×`;
const ms = (value: number) => `${short(value)} ms`;

export const goals: readonly Goal[] = [
  {
    scenario: 'one-to-one',
    what: 'most messages/s in a closed loop, to web-stomp',
    wanted: 'at least 4 ×',
    measured: ratio((rounds, target) => most(rounds, target, 'receiptsPerSecond')),
    met: atLeast(4),
    show: times,
  },
  {
    scenario: 'one-to-one',
    what: 'p99 at 1,000/s, to web-stomp',
    wanted: 'below 1 ×',
    measured: ratio((rounds, target) => figure(rounds, target, 'p99Ms', '1,000/s')),
    met: below(1),
    show: times,
  },
  {
    scenario: 'group-100',
    what: 'deliveries/s, to web-stomp',
    wanted: 'at least 5 ×',
    measured: ratio((rounds, target) => most(rounds, target, 'deliveriesPerSecond')),
    met: atLeast(5),
    show: times,
  },
  {
    scenario: 'drain',
    what: '10,000 events',
    wanted: 'at most 2,000 ms',
    measured: ours((rounds, target) => figure(rounds, target, 'ms')),
    met: (value) => value <= 2000,
    show: ms,
  },
  {
    scenario: 'idle',
    what: 'a session in the relay',
    wanted: 'at most 20 KiB',
    // what it has of the system, or what it holds, whichever is more
    measured: ours((rounds, target) => larger(rounds, target, 'parleyKib', 'inUseKib')),
    met: (value) => value <= 20,
    show: (value) => `${short(value)} KiB`,
  },
  {
    scenario: 'idle',
    what: 'a session in all processes, to web-stomp',
    wanted: 'below 0.2 ×',
    measured: ratio((rounds, target) => figure(rounds, target, 'stackKib')),
    met: below(0.2),
    show: times,
  },
  {
    scenario: 'connect',
    what: 'connects with a token check',
    wanted: 'at least 1,000/s',
    measured: ours((rounds, target) => figure(rounds, target, 'perSecond', '')),
    met: atLeast(1000),
    show: (value) => `${whole(value)}/s`,
  },
  {
    scenario: 'history',
    what: 'p99 of a history page',
    wanted: 'below 20 ms',
    measured: ours((rounds, target) => figure(rounds, target, 'p99Ms', 'page')),
    met: below(20),
    show: ms,
  },
  {
    scenario: 'history',
    what: 'p99 of the list with unread counts',
    wanted: 'below 20 ms',
    measured: ours((rounds, target) => figure(rounds, target, 'p99Ms', 'list')),
    met: below(20),
    show: ms,
  },
];

export interface Judgement {
  readonly scenario: string;
  readonly what: string;
  readonly wanted: string;
  readonly measured: string;
  readonly met: boolean;
}

/** Of the goals whose scenarios were run. */
export function judge(rounds: Rounds): Judgement[] {
  return goals.flatMap(({ scenario, what, wanted, measured, met, show }) => {
    const value = measured(rounds.filter((round) => round.scenario === scenario));
    if (value === undefined || !Number.isFinite(value)) return [];
    return [{ scenario, what, wanted, measured: show(value), met: met(value) }];
  });
}

export function goalsTable(judgements: readonly Judgement[]): string {
  const lines = judgements.map(({ scenario, what, wanted, measured, met }) => [
    scenario,
    what,
    wanted,
    measured,
    met ? 'met' : 'NOT MET',
  ]);
  return inColumns([['goal', 'of', 'wanted', 'measured', ''], ...lines]).join('\n');
}
