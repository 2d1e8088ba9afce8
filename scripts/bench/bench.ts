// The life of a benchmark: a stand, generators in processes of their own; then the targets take turns, round by round,
// under the same load on the same broker.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { OperatorError } from '../../server/errors.ts';
import { Releasers } from '../../server/lib/releasers.ts';
import { onSignal } from '../setup/signals.ts';
import type { Step } from '../setup/step.ts';
import { chartOf, groupsOf } from './chart.ts';
import { durationOf } from './durations.ts';
import { Generators } from './generators.ts';
import { goalsTable, judge } from './goals.ts';
import { measureAway } from './measures/away.ts';
import { measureConnect } from './measures/connect.ts';
import { measureDrain } from './measures/drain.ts';
import { measureHistory } from './measures/history.ts';
import { measureIdle } from './measures/idle.ts';
import { measureMessages } from './measures/messages.ts';
import { type Options, readOptions } from './options.ts';
import { isWrong, tableOf } from './report.ts';
import type { Measure, Round } from './run.ts';
import { type Scenario, TEXT_BYTES } from './scenarios.ts';
import { Stand, UNLIMITED } from './stand.ts';

const measures: { readonly [Kind in Scenario['kind']]: Measure<Extract<Scenario, { kind: Kind }>> } = {
  messages: measureMessages,
  away: measureAway,
  drain: measureDrain,
  idle: measureIdle,
  connect: measureConnect,
  history: measureHistory,
};

/** One process may have so many files open on common machines, and a session is one. */
const SESSIONS_A_GENERATOR = 8000;

/** The life of `npm run bench`. */
export async function bench(args: readonly string[], step: Step): Promise<void> {
  const options = readOptions(args);
  const { rounds, files } = await runBench(options, step, console.log);
  const judgements = judge(rounds);
  if (judgements.length > 0 && options.scale === 1) console.log(`\n${goalsTable(judgements)}`);
  console.log(`\nRaw results: ${files.results}\nChart: ${files.chart}`);
  if (rounds.some(isWrong)) process.exitCode = 1;
}

export interface Results {
  readonly rounds: readonly Round[];
  readonly files: { readonly results: string; readonly chart: string };
}

export async function runBench(options: Options, step: Step, say: (text: string) => void): Promise<Results> {
  const releasers = new Releasers();
  const release = () => releasers.release((name, error) => console.error(`${name} does not stop:`, error));
  const stopping = onSignal(release, 130);
  const { aboutSeconds, mostSeconds } = durationOf(options);
  try {
    say(preamble(options, aboutSeconds, mostSeconds));
    const stand = await Stand.open(options.port, step, releasers);
    const rounds: Round[] = [];
    const working = async () => {
      for (const scenario of options.scenarios) {
        const own = await measure(scenario, stand, options, step);
        rounds.push(...own);
        say(`\n${tableOf(scenario, own)}`);
      }
    };
    await within(mostSeconds, working());
    return { rounds, files: await keep(stand.folder, options, rounds) };
  } finally {
    // stopped in the middle: what is under way there ends the process
    if (stopping.begun) await new Promise(() => {});
    await release();
    stopping.forget();
  }
}

function preamble({ rounds, seconds, scale }: Options, aboutSeconds: number, mostSeconds: number): string {
  const limits = Object.entries(UNLIMITED).map((pair) => pair.join('='));
  const minutes = (value: number) => Math.ceil(value / 60);
  return [
    `About ${minutes(aboutSeconds)} minutes, ${minutes(mostSeconds)} at most`,
    `${os.availableParallelism()} cores, Node ${process.versions.node}, ${rounds} rounds of ${seconds} s a load and target, in turns`,
    `Texts of ${TEXT_BYTES} bytes, persistent, with receipts, each arrival acknowledged by itself, from durable queues`,
    'Parley also stores each message, hands it to its sender too and tells both that it arrived; web-stomp does not',
    `Parley's limits are out of the way: ${limits.join(' ')}`,
    ...(scale === 1 ? [] : [`A trial: everything is ${scale} of its size, and the figures say nothing`]),
  ].join('\n');
}

async function measure(scenario: Scenario, stand: Stand, options: Options, step: Step): Promise<Round[]> {
  if (options.scale === 1) await stand.fresh();
  // the generated database client exists only by now
  const { World } = await import('./world.ts');
  const world = await World.open(stand.config);
  const generators = new Generators(generatorsFor(scenario, options));
  try {
    const run = { scenario, stand, world, generators, options, step };
    return await (measures[scenario.kind] as Measure<Scenario>)(run);
  } finally {
    await generators.end();
    await world.close();
  }
}

function generatorsFor(scenario: Scenario, { generators }: Options): number {
  if (scenario.kind === 'messages' && scenario.shape === 'pairs') return generators;
  if (scenario.kind === 'idle') return Math.max(generators, Math.ceil(scenario.many / SESSIONS_A_GENERATOR));
  if (scenario.kind === 'connect') return Math.max(generators, Math.ceil(scenario.people / SESSIONS_A_GENERATOR));
  return 1;
}

/** What hangs is given up. */
async function within(seconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    const error = new OperatorError(`The benchmark is not done after ${Math.round(seconds)} s and is given up.`);
    timer = setTimeout(() => reject(error), seconds * 1000);
  });
  try {
    await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}

/** Writes raw results and chart; gives the files. */
async function keep(folder: string, options: Options, rounds: readonly Round[]): Promise<Results['files']> {
  const at = new Date().toISOString();
  const file = (ending: string) => path.join(folder, `${at.replaceAll(':', '-')}.${ending}`);
  const machine = { cpu: os.cpus()[0]?.model, cores: os.availableParallelism(), memoryBytes: os.totalmem() };
  const results = { at, machine, node: process.version, options, goals: judge(rounds), rounds };
  await fs.writeFile(file('json'), JSON.stringify(results, null, 1));
  await fs.writeFile(file('svg'), chartOf('Parley beside RabbitMQ web-stomp', groupsOf(options.scenarios, rounds)));
  const shown = (ending: string) => path.relative(process.cwd(), file(ending));
  return { results: shown('json'), chart: shown('svg') };
}
