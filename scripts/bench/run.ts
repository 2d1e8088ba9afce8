// A scenario while it runs: what its measures are handed, and what a measured round is.
import type { Step } from '../setup/step.ts';
import type { Generators } from './generators.ts';
import type { Options } from './options.ts';
import type { Scenario } from './scenarios.ts';
import type { Stand } from './stand.ts';
import { type Faults, noFaults } from './tally.ts';
import { type TargetName, targets } from './targets.ts';
import type { Usage } from './usage.ts';
import type { World } from './world.ts';

export interface Run<S extends Scenario = Scenario> {
  readonly scenario: S;
  readonly stand: Stand;
  readonly world: World;
  readonly generators: Generators;
  readonly options: Options;
  readonly step: Step;
}

/** Measures a scenario; gives each target's rounds. */
export type Measure<S extends Scenario> = (run: Run<S>) => Promise<Round[]>;

/** What one round of one target gave. */
export interface Round {
  readonly scenario: string;
  readonly load: string;
  readonly target: TargetName;
  /** by the keys of the scenario's sheet (sheets.ts) */
  readonly figures: Readonly<Record<string, number>>;
  readonly faults: Readonly<Faults>;
  /** how many of the sheet's units were done in the metered time: what the CPU is divided by */
  readonly units: number;
  /** of each process: CPU and waiting in the metered time, memory at its end */
  readonly usage: Readonly<Record<string, Usage>>;
  readonly seconds: number;
  /** cores that programs other than these used meanwhile, on average */
  readonly coresOfOthers: number;
  /** histograms and what else is behind the figures */
  readonly raw?: unknown;
}

/** The targets take turns; who goes first changes, so that nobody always follows the other. */
export const turns = (all: readonly TargetName[], round: number): readonly TargetName[] =>
  round % 2 === 1 ? all : all.toReversed();

/** Rounds of one load: each target in turn, as often as asked for. */
export async function inTurns(
  { scenario, options, step }: Pick<Run, 'scenario' | 'options' | 'step'>,
  load: string,
  measure: (target: TargetName, profileAs: string | undefined) => Promise<Omit<Round, 'scenario' | 'load' | 'target'>>,
  among: readonly TargetName[] = options.targets,
): Promise<Round[]> {
  const rounds: Round[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    for (const target of turns(among, round)) {
      const profiled = options.profile && target === 'parley' && round === options.rounds;
      const profileAs = profiled ? `${scenario.name} ${load}` : undefined;
      const title = `${scenario.name}, ${load}, ${targets[target].title}, round ${round} of ${options.rounds}`;
      const measured = await step(title, () => measure(target, profileAs));
      rounds.push({ scenario: scenario.name, load, target, ...measured });
    }
  }
  return rounds;
}

export const failures = (failed: number): Faults => ({ ...noFaults(), failed });
