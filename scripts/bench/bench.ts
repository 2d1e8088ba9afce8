// The life of a benchmark: a stand, generators in processes of their own; then the targets take turns, round by round,
// under the same load on the same broker.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { sleep } from '../../server/lib/backoff.ts';
import { Releasers } from '../../server/lib/releasers.ts';
import { onSignal } from '../setup/signals.ts';
import type { Step } from '../setup/step.ts';
import { Child } from './child.ts';
import type { Part } from './generator.ts';
import { type Options, readOptions } from './options.ts';
import { summaryOf } from './profile.ts';
import { GENERATOR, type Round, tableOf } from './report.ts';
import { type Load, nameOfLoad, type Scenario, TEXT_BYTES } from './scenarios.ts';
import { openStand, type Stand, UNLIMITED } from './stand.ts';
import type { Counts, Faults } from './tally.ts';
import type { TargetName } from './targets.ts';
import { cpuSecondsOfMachine, type Usage, usageOf, type Watched } from './usage.ts';

const PROFILE_START_MS = 1000;

/** A scenario while it runs. */
interface Run {
  readonly scenario: Scenario;
  readonly stand: Stand;
  readonly options: Options;
  readonly generators: readonly Child[];
  readonly watched: readonly Watched[];
}

export async function bench(args: readonly string[], step: Step): Promise<void> {
  const options = readOptions(args);
  const releasers = new Releasers();
  const release = () => releasers.release((name, error) => console.error(`${name} does not stop:`, error));
  const stopping = onSignal(release, 130);
  try {
    const stand = await openStand(options.port, step, releasers);
    console.log(preamble(options));
    const rounds: Round[] = [];
    for (const scenario of options.scenarios) {
      const own = await measure(scenario, stand, options, step);
      rounds.push(...own);
      console.log(`\n${tableOf(`${scenario.name}: ${scenario.what}`, own)}`);
    }
    console.log(`\nRaw results: ${await keep(stand.folder, options, rounds)}`);
    if (rounds.some(({ faults }) => Object.values(faults).some((count) => count > 0))) process.exitCode = 1;
  } finally {
    // stopped in the middle: what is under way there ends the process
    if (stopping.begun) await new Promise(() => {});
    await release();
    stopping.forget();
  }
}

function preamble({ rounds, seconds }: Options): string {
  const limits = Object.entries(UNLIMITED).map((pair) => pair.join('='));
  return [
    `${os.availableParallelism()} cores, Node ${process.versions.node}, ${rounds} rounds of ${seconds} s a load and target, in turns`,
    `Texts of ${TEXT_BYTES} bytes, persistent, with receipts, each arrival acknowledged by itself, from durable queues`,
    'Parley also stores each message, hands it to its sender too and tells both that it arrived; web-stomp does not',
    `Parley's limits are out of the way: ${limits.join(' ')}`,
  ].join('\n');
}

/** One scenario: everyone is connected to the targets; then each load, the targets in turns. */
async function measure(scenario: Scenario, stand: Stand, options: Options, step: Step): Promise<Round[]> {
  // the generated database client exists only by now
  const { makeWorld } = await import('./world.ts');
  const world = await step(`${scenario.name}: people`, () => makeWorld(stand.config, scenario));
  const count = scenario.shape === 'group' ? 1 : options.generators;
  const generators = Array.from(
    { length: count },
    (_, i) => new Child(`generator ${i + 1}`, new URL('generator.ts', import.meta.url)),
  );
  const load = generators.map(({ pid }) => ({ name: GENERATOR, pid }));
  const run: Run = { scenario, stand, options, generators, watched: [...stand.watched, ...load] };
  try {
    const share = Math.ceil(world.people.length / count / 2) * 2;
    const parts = generators.map(
      (_, i): Part => ({
        shape: scenario.shape,
        group: world.group,
        people: world.people.slice(i * share, (i + 1) * share),
      }),
    );
    for (const target of options.targets) {
      await step(`${scenario.name}: sessions of ${target}`, () =>
        Promise.all(generators.map((one, i) => one.call('connect', stand.addresses[target], parts[i]))),
      );
    }
    const rounds: Round[] = [];
    for (const load of scenario.loads) {
      for (let round = 1; round <= options.rounds; round++) {
        // who goes first changes, so that nobody always follows the other
        const order = round % 2 === 1 ? options.targets : options.targets.toReversed();
        for (const target of order) {
          const title = `${scenario.name}, ${nameOfLoad(load)}, ${target}, round ${round}`;
          const profile = options.profile && target === 'parley' && round === options.rounds;
          rounds.push(await step(title, () => runRound(run, load, target, profile)));
        }
      }
    }
    return rounds;
  } finally {
    await Promise.all(generators.map((generator) => generator.end()));
  }
}

async function runRound(run: Run, load: Load, target: TargetName, profile: boolean): Promise<Round> {
  const { scenario, stand, options, generators } = run;
  const all = <T>(method: string, ...args: unknown[]) =>
    Promise.all(generators.map((generator) => generator.call<T>(method, target, ...args)));
  await all('start', shareOf(load, generators.length));
  await sleep(options.warmUpSeconds * 1000);
  if (profile) {
    await stand.parley.call('beginProfile');
    // its start holds everything up for a moment
    await sleep(PROFILE_START_MS);
  }
  const before = await sample(run.watched);
  await all('begin');
  await sleep(options.seconds * 1000);
  const counts = await all<Counts>('end');
  const after = await sample(run.watched);
  if (profile) await keepProfile(run, load);
  const faults = (await all<Faults>('stop')).reduce((sum, one) => ({
    lost: sum.lost + one.lost,
    duplicated: sum.duplicated + one.duplicated,
    disordered: sum.disordered + one.disordered,
    unreceipted: sum.unreceipted + one.unreceipted,
  }));
  return { scenario: scenario.name, load: nameOfLoad(load), target, counts, faults, ...between(before, after) };
}

interface Sample {
  readonly at: number;
  readonly machine: number;
  readonly usage: ReadonlyMap<string, Usage>;
}

async function sample(watched: readonly Watched[]): Promise<Sample> {
  const usage = new Map<string, Usage>();
  for (const [i, one] of (await Promise.all(watched.map(usageOf))).entries()) {
    const { name } = watched[i] as Watched;
    const { cpuSeconds, waitedSeconds, mib } = usage.get(name) ?? { cpuSeconds: 0, waitedSeconds: 0, mib: 0 };
    usage.set(name, {
      cpuSeconds: cpuSeconds + one.cpuSeconds,
      waitedSeconds: waitedSeconds + one.waitedSeconds,
      mib: mib + one.mib,
    });
  }
  return { at: performance.now(), machine: cpuSecondsOfMachine(), usage };
}

function between(before: Sample, after: Sample): Pick<Round, 'usage' | 'coresOfOthers'> {
  const usage: Record<string, Usage> = {};
  let ours = 0;
  for (const [name, { cpuSeconds, waitedSeconds, mib }] of after.usage) {
    const earlier = before.usage.get(name) as Usage;
    usage[name] = {
      cpuSeconds: cpuSeconds - earlier.cpuSeconds,
      waitedSeconds: waitedSeconds - earlier.waitedSeconds,
      mib,
    };
    ours += cpuSeconds - earlier.cpuSeconds;
  }
  const cores = (after.machine - before.machine - ours) / ((after.at - before.at) / 1000);
  return { usage, coresOfOthers: Math.max(0, cores) };
}

async function keepProfile({ scenario, stand }: Run, load: Load): Promise<void> {
  const name = `${scenario.name}-${nameOfLoad(load).replaceAll(/\W+/g, '-')}.cpuprofile`;
  const file = path.join(stand.folder, name);
  await stand.parley.call('endProfile', file);
  console.log(`\n${path.relative(process.cwd(), file)}\n${await summaryOf(file)}`);
}

const shareOf = (load: Load, parts: number): Load =>
  load.kind === 'closed'
    ? { kind: 'closed', inFlight: Math.max(1, Math.round(load.inFlight / parts)) }
    : { kind: 'open', perSecond: load.perSecond / parts };

/** Writes the raw results; gives the file. */
async function keep(folder: string, options: Options, rounds: readonly Round[]): Promise<string> {
  const at = new Date().toISOString();
  const file = path.join(folder, `${at.replaceAll(':', '-')}.json`);
  const machine = { cpu: os.cpus()[0]?.model, cores: os.availableParallelism(), memoryBytes: os.totalmem() };
  await fs.writeFile(file, JSON.stringify({ at, machine, node: process.version, options, rounds }, null, 1));
  return path.relative(process.cwd(), file);
}
