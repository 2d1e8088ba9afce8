// What one may say after `npm run bench --`.
import { OperatorError } from '../../server/errors.ts';
import { type Scenario, scaled, scenarios } from './scenarios.ts';
import { type TargetName, targetNames } from './targets.ts';

export interface Options {
  readonly scenarios: readonly Scenario[];
  /** measured rounds of each load and target; the targets take turns */
  readonly rounds: number;
  /** measured seconds of a round */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** processes that make the load */
  readonly generators: number;
  /** the first of the ports it takes (ports below) */
  readonly port: number;
  readonly targets: readonly TargetName[];
  /** of every size (people, sessions, messages): less than 1 tries whether a scenario works, and measures nothing */
  readonly scale: number;
  /** the last round of each load is profiled (its figures suffer): a file, and a list of what takes the time */
  readonly profile: boolean;
}

const numbers = { rounds: 3, seconds: 3, 'warm-up': 1, generators: 1, port: 21_500, scale: 1 } as const;
const words = ['only'] as const;
const flags = ['profile'] as const;

export const usage = `npm run bench -- [SCENARIO…] ${[
  ...Object.entries(numbers).map(([name, value]) => `[--${name} ${value}]`),
  '[--only parley|web-stomp]',
  '[--profile]',
].join(' ')}
Scenarios (without one, all of them):
${scenarios.map(({ name, what }) => `  ${name.padEnd(12)} ${what}`).join('\n')}`;

export function readOptions(args: readonly string[]): Options {
  const given: Record<string, string> = {};
  const named: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    const [name, value] = arg.startsWith('--') ? (arg.slice(2).split('=', 2) as [string, string?]) : [undefined];
    if (name === undefined) named.push(arg);
    else if ((flags as readonly string[]).includes(name)) given[name] = '1';
    else if (name in numbers || (words as readonly string[]).includes(name)) given[name] = value ?? args[++i] ?? '';
    else throw new OperatorError(`There is no option --${name}.\n${usage}`);
  }
  const number = (name: keyof typeof numbers): number => {
    const value = given[name] === undefined ? numbers[name] : Number(given[name]);
    if (!(value > 0)) throw new OperatorError(`--${name} needs a number above 0.`);
    return value;
  };
  if (given.only !== undefined && !(targetNames as readonly string[]).includes(given.only)) {
    throw new OperatorError(`--only needs one of ${targetNames.join(', ')}.`);
  }
  const unknown = named.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown !== undefined) throw new OperatorError(`There is no scenario ${unknown}.\n${usage}`);
  return {
    scenarios: scenarios
      .filter(({ name }) => named.length === 0 || named.includes(name))
      .map((scenario) => scaled(scenario, number('scale'))),
    rounds: number('rounds'),
    seconds: number('seconds'),
    warmUpSeconds: number('warm-up'),
    generators: number('generators'),
    port: number('port'),
    targets: targetNames.filter((name) => given.only === undefined || given.only === name),
    scale: number('scale'),
    profile: given.profile !== undefined,
  };
}

/** Every port of a run, counted from `--port`. */
export const portsFrom = (first: number) => ({
  POSTGRES_PORT: first,
  BROKER_PORT: first + 1,
  BROKER_STOMP_PORT: first + 2,
  // and the next one
  BROKER_DIST_PORT: first + 3,
  webStomp: first + 5,
  PORT: first + 6,
});
