// The life of `npm test`, as a list of its steps.
import fs from 'node:fs/promises';
import path from 'node:path';
import { type Config, readConfig, settings } from '../../server/config.ts';
import { newId } from '../../server/lib/id.ts';
import { Releasers } from '../../server/lib/releasers.ts';
import { isPostgresRunning, stopPostgres } from '../services/postgres.ts';
import { drift, generateClient, migrate } from '../services/prisma.ts';
import { isBrokerRunning, stopBroker } from '../services/rabbitmq.ts';
import { chromium } from '../setup/chromium.ts';
import { lockDataDir } from '../setup/lock.ts';
import { openServices } from '../setup/services.ts';
import { onSignal } from '../setup/signals.ts';
import type { Step } from '../setup/step.ts';
import { buildWeb } from '../setup/web.ts';
import { houseTests, root, statics, unitTests } from './commands.ts';
import { leftoversOf, MARK } from './leftovers.ts';
import { testPorts } from './ports.ts';
import { endCommands, noTotals, runStatic, runTests, type Totals } from './run.ts';

export async function test(args: readonly string[], step: Step): Promise<void> {
  const totals = noTotals();
  const releasers = new Releasers();
  const chosen = settingsOfRun();
  const ours = readConfig(chosen);
  process.env[MARK] = newId();
  const stopping = onSignal(() => {
    endCommands();
    return releasers.release();
  }, 130);
  try {
    releasers.push('lock', await lockDataDir(ours));
    await step('fresh data folder', () => clear(ours));
    await step('database client', generateClient);
    const [{ config }] = await Promise.all([
      openServices(ours, step, releasers),
      step('web client', buildWeb),
      step('browser', async () => (process.env.CHROMIUM = await chromium(step))),
    ]);
    await step('database', () => migrate(config.DATABASE_URL));
    await step('migrations against the schema', () => requireNoDrift(config.DATABASE_URL, totals));
    for (const command of statics) {
      await step(command.name, async () => ((await runStatic(command, totals)) ? 'fine' : 'FAILED'));
    }
    await runTests(unitTests(args), totals, environmentOf(chosen, config));
    await runTests(houseTests(args), totals, environmentOf(chosen, config));
  } finally {
    // stopped in the middle: what is under way there ends the process
    if (stopping.begun) await new Promise(() => {});
    await releasers.release((name, error) => totals.failures.push(`${name} does not stop: ${String(error)}`));
  }
  await step('nothing left running', () => requireNothingLeft(ours, totals));
  conclude(totals);
}

/** The data folder of an earlier run goes; so does what a killed one left running in it. */
async function clear(config: Config): Promise<void> {
  await Promise.all([stopPostgres(config), stopBroker(config)]);
  const marks = path.join(config.DATA_DIR, 'run');
  for (const { pid } of await leftoversOf((await fs.readFile(marks, 'utf8').catch(() => '')) || 'none')) {
    process.kill(pid, 'SIGKILL');
  }
  for (const name of await fs.readdir(config.DATA_DIR)) {
    if (name !== 'lock') await fs.rm(path.join(config.DATA_DIR, name), { recursive: true, force: true });
  }
  await fs.writeFile(marks, process.env[MARK] ?? '');
}

/** Of this terminal's settings only ports and log level count: neither its database nor its broker is for tests. */
function settingsOfRun(): Record<string, string> {
  const ports = Object.entries(testPorts).map(([name, port]) => [name, process.env[name] || port]);
  const { DATA_DIR = '', LOG_LEVEL = 'silent' } = process.env;
  const folder = path.resolve(root, DATA_DIR || '.data', 'test');
  for (const name of Object.keys(settings)) delete process.env[name];
  return { ...(Object.fromEntries(ports) as Record<string, string>), DATA_DIR: folder, LOG_LEVEL, NODE_ENV: 'test' };
}

/** What the tests are told, as variables. */
const environmentOf = (chosen: Record<string, string>, config: Config): Record<string, string> => ({
  ...chosen,
  DATABASE_URL: config.DATABASE_URL,
  AMQP_URL: config.AMQP_URL.join(','),
  BROKER_STOMP_URL: config.BROKER_STOMP_URL.join(','),
});

async function requireNoDrift(databaseUrl: string, totals: Totals): Promise<string> {
  const difference = await drift(databaseUrl);
  if (difference === undefined) return 'fine';
  totals.failed += 1;
  totals.failures.push(`the migrations do not make what prisma/schema.prisma says: ${difference}`);
  return 'FAILED';
}

async function requireNothingLeft(config: Config, totals: Totals): Promise<string> {
  const left = (await leftoversOf(process.env[MARK] ?? '')).map(({ pid, command }) => `${pid} ${command}`);
  if (await isPostgresRunning(config)) left.push('PostgreSQL');
  if (await isBrokerRunning(config)) left.push('RabbitMQ');
  if (left.length === 0) return 'fine';
  totals.failed += 1;
  totals.failures.push(`still running after the tests:\n${left.join('\n')}`);
  return 'FAILED';
}

function conclude(totals: Totals): void {
  for (const failure of totals.failures) console.error(`\n${failure}`);
  console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
  if (totals.failed > 0 || totals.passed === 0) process.exitCode = 1;
}
