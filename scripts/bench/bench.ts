// The life of a benchmark: services of its own, Parley in a process of its own, generators in theirs; then the targets
// take turns, round by round, under the same load on the same broker.
import fs from 'node:fs/promises';
import path from 'node:path';
import { type Config, configOfProcess } from '../../server/config.ts';
import { Releasers } from '../../server/lib/releasers.ts';
import { sleep } from '../../server/lib/backoff.ts';
import { startPostgres, stopPostgres } from '../services/postgres.ts';
import { migrate } from '../services/prisma.ts';
import { startBroker, stopBroker } from '../services/rabbitmq.ts';
import type { Step } from '../setup/step.ts';
import { Child } from './child.ts';
import type { Part } from './generator.ts';
import { type Options, portsFrom, readOptions } from './options.ts';
import { type Round, tableOf } from './report.ts';
import { type Load, nameOfLoad, type Scenario } from './scenarios.ts';
import type { Counts, Faults } from './tally.ts';
import { type Address, type TargetName, targetNames } from './targets.ts';
import { type Usage, usageOf, type Watched } from './usage.ts';
import { makeWorld } from './world.ts';

/** So high that no limit is what is measured. */
const UNLIMITED = {
  LIMIT_SENDS: '1000000/s,1000000',
  LIMIT_CONNECTS: '100000/s,100000',
  LIMIT_SESSIONS_PER_ADDRESS: '100000',
};

/** Everything that runs while it is measured. */
interface Stand {
  readonly config: Config;
  readonly addresses: Readonly<Record<TargetName, Address>>;
  readonly parley: Child;
  readonly watched: readonly Watched[];
}

export async function bench(args: readonly string[], step: Step): Promise<void> {
  const options = readOptions(args);
  const releasers = new Releasers();
  const release = () => releasers.release((name, error) => console.error(`${name} does not stop:`, error));
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void release().then(() => process.exit(130)));
  try {
    const stand = await open(options, step, releasers);
    console.error(
      `Limits of Parley are off: ${Object.entries(UNLIMITED)
        .map((pair) => pair.join('='))
        .join(' ')}`,
    );
    const rounds: Round[] = [];
    for (const scenario of options.scenarios) {
      const own = await measure(scenario, stand, options, step);
      rounds.push(...own);
      console.log(`\n${tableOf(scenario.what, own)}`);
    }
    console.log(`\nRaw results: ${await keep(stand.config, rounds)}`);
    if (rounds.some(({ faults }) => faults.lost > 0 || faults.unreceipted > 0)) process.exitCode = 1;
  } finally {
    await release();
  }
}

async function open(options: Options, step: Step, releasers: Releasers): Promise<Stand> {
  const { webStomp, ...ports } = portsFrom(options.port);
  const base = configOfProcess();
  const settings = { ...base, ...ports, DATA_DIR: path.join(base.DATA_DIR, 'bench', 'state') };
  await Promise.all([stopPostgres(settings), stopBroker(settings)]);
  await fs.rm(settings.DATA_DIR, { recursive: true, force: true });
  await fs.mkdir(settings.DATA_DIR, { recursive: true });
  releasers.push('PostgreSQL', () => stopPostgres(settings));
  releasers.push('RabbitMQ', () => stopBroker(settings));
  const [postgres, broker] = await Promise.all([
    step('PostgreSQL', () => startPostgres(settings)),
    step('RabbitMQ', () => startBroker(settings, { webStompPort: webStomp })),
  ]);
  await step('database', () => migrate(postgres.url));
  const config = {
    ...settings,
    PUBLIC_URL: `http://localhost:${ports.PORT}`,
    DATABASE_URL: postgres.url,
    AMQP_URL: [broker.url],
  };
  const env = {
    ...process.env,
    ...UNLIMITED,
    ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)])),
    DATA_DIR: settings.DATA_DIR,
    DATABASE_URL: postgres.url,
    AMQP_URL: broker.url,
    METRICS_PORT: '0',
    DEMO: '0',
    LOG_LEVEL: 'warn',
  };
  const parley = new Child('Parley', new URL('parley.ts', import.meta.url), env);
  releasers.push('Parley', () => parley.end());
  await step('Parley', () => parley.call('ready'));
  const { username, password } = new URL(broker.url);
  return {
    config,
    parley,
    addresses: {
      parley: { target: 'parley', url: `ws://127.0.0.1:${ports.PORT}/stomp` },
      'web-stomp': {
        target: 'web-stomp',
        url: `ws://127.0.0.1:${webStomp}/ws`,
        login: decodeURIComponent(username),
        passcode: decodeURIComponent(password),
      },
    },
    watched: [
      { name: 'parley', pid: parley.pid },
      { name: 'broker', pid: broker.pid },
      { name: 'postgres', pid: postgres.pid, tree: true },
    ],
  };
}

/** One scenario: everyone is connected to both targets; then each load, the targets in turns. */
async function measure(scenario: Scenario, stand: Stand, options: Options, step: Step): Promise<Round[]> {
  const world = await step(`${scenario.name}: people`, () => makeWorld(stand.config, scenario));
  const names = targetNames.filter((name) => options.only === undefined || options.only === name);
  const count = scenario.shape === 'group' ? 1 : options.generators;
  const generators = Array.from(
    { length: count },
    (_, i) => new Child(`generator ${i + 1}`, new URL('generator.ts', import.meta.url)),
  );
  try {
    const share = Math.ceil(world.people.length / count / 2) * 2;
    for (const name of names) {
      await step(`${scenario.name}: sessions of ${name}`, () =>
        Promise.all(
          generators.map((generator, i) => {
            const part: Part = {
              shape: scenario.shape,
              group: world.group,
              people: world.people.slice(i * share, (i + 1) * share),
            };
            return generator.call('connect', stand.addresses[name], part);
          }),
        ),
      );
    }
    const rounds: Round[] = [];
    for (const load of scenario.loads) {
      for (let round = 0; round < options.rounds; round++) {
        for (const target of names) {
          const title = `${scenario.name}, ${nameOfLoad(load)}, ${target}, round ${round + 1}`;
          const profile = options.profile && target === 'parley' && round === 0;
          rounds.push(await step(title, () => runRound(scenario, load, target, generators, stand, options, profile)));
        }
      }
    }
    return rounds;
  } finally {
    await Promise.all(generators.map((generator) => generator.end()));
  }
}

async function runRound(
  scenario: Scenario,
  load: Load,
  target: TargetName,
  generators: readonly Child[],
  stand: Stand,
  options: Options,
  profile: boolean,
): Promise<Round> {
  const all = <T>(method: string, ...args: unknown[]) =>
    Promise.all(generators.map((generator) => generator.call<T>(method, target, ...args)));
  await all('start', shareOf(load, generators.length));
  await sleep(options.warmUpSeconds * 1000);
  const usages = () => Promise.all(stand.watched.map(usageOf));
  if (profile) await stand.parley.call('beginProfile');
  const before = await usages();
  await all('begin');
  await sleep(options.seconds * 1000);
  const counts = await all<Counts>('end');
  const after = await usages();
  const folder = path.dirname(stand.config.DATA_DIR);
  if (profile) {
    const file = `${scenario.name}-${nameOfLoad(load).replaceAll(/\W+/g, '-')}.cpuprofile`;
    await stand.parley.call('endProfile', path.join(folder, file));
  }
  const faults = (await all<Faults>('stop')).reduce((sum, one) => ({
    lost: sum.lost + one.lost,
    duplicated: sum.duplicated + one.duplicated,
    disordered: sum.disordered + one.disordered,
    unreceipted: sum.unreceipted + one.unreceipted,
  }));
  const usage = Object.fromEntries(
    stand.watched.map(({ name }, i) => {
      const { cpuSeconds, rssMiB } = after[i] as Usage;
      return [name, { cpuSeconds: cpuSeconds - (before[i] as Usage).cpuSeconds, rssMiB }];
    }),
  );
  return { scenario: scenario.name, load: nameOfLoad(load), target, counts, faults, usage };
}

const shareOf = (load: Load, parts: number): Load =>
  load.kind === 'closed'
    ? { kind: 'closed', inFlight: Math.max(1, Math.round(load.inFlight / parts)) }
    : { kind: 'open', perSecond: load.perSecond / parts };

/** Writes the raw results; gives the file. */
async function keep(config: Config, rounds: readonly Round[]): Promise<string> {
  const at = new Date().toISOString().replaceAll(':', '-');
  const file = path.join(path.dirname(config.DATA_DIR), `${at}.json`);
  await fs.writeFile(file, JSON.stringify({ at, rounds }, null, 1));
  return path.relative(process.cwd(), file);
}
