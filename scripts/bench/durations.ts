// How long a run will take, about: said before it begins, and what it may take at most.
import type { Options } from './options.ts';
import type { Scenario } from './scenarios.ts';

// about, on a machine of two cores; only the order of size matters
const START_SECONDS = 25;
const FRESH_SECONDS = 15;
const SIGNED_PER_SECOND = 800;
const CONNECTS_PER_SECOND = 300;
const DRAIN_SECONDS = 12;
const ROWS_PER_SECOND = 35_000;
const ROUND_SECONDS = 1.5;

type Estimates = {
  readonly [Kind in Scenario['kind']]: (scenario: Extract<Scenario, { kind: Kind }>, options: Options) => number;
};

const turns = ({ rounds, targets }: Options) => rounds * targets.length;
const round = ({ seconds, warmUpSeconds }: Options) => seconds + warmUpSeconds + ROUND_SECONDS;
const people = (count: number) => count / SIGNED_PER_SECOND + 2;
const fresh = ({ scale }: Options) => (scale === 1 ? FRESH_SECONDS : 0);

const estimates: Estimates = {
  messages: (scenario, options) => people(scenario.people) + turns(options) * scenario.loads.length * round(options),
  away: (scenario, options) => people(scenario.people) + 2 * turns(options) * round(options),
  drain: (_, options) => turns(options) * DRAIN_SECONDS,
  idle: ({ many, seconds }, options) =>
    people(many) + turns(options) * (fresh(options) + (2 * many) / CONNECTS_PER_SECOND + 2 * seconds),
  connect: (scenario, options) =>
    (options.rounds + 1) * people(scenario.people) + turns(options) * ((2 * scenario.people) / CONNECTS_PER_SECOND + 5),
  history: (scenario, options) =>
    people(scenario.people) + scenario.messages / ROWS_PER_SECOND + 2 * options.rounds * round(options),
};

const secondsOf = (scenario: Scenario, options: Options): number =>
  fresh(options) + (estimates[scenario.kind] as (scenario: Scenario, options: Options) => number)(scenario, options);

export function durationOf(options: Options): { readonly aboutSeconds: number; readonly mostSeconds: number } {
  const aboutSeconds = options.scenarios.reduce((sum, one) => sum + secondsOf(one, options), START_SECONDS);
  // a slow or busy machine is given time; what hangs is not waited for
  return { aboutSeconds, mostSeconds: 4 * aboutSeconds + 300 };
}
