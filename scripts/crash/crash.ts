// The life of `npm run crash`: services of its own, Parley as a process, a run, its summary, and 1 on any loss.
import fs from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { OperatorError } from '../../server/errors.ts';
import { newId } from '../../server/lib/id.ts';
import { Releasers } from '../../server/lib/releasers.ts';
import { openDataDir } from '../services/data-dir.ts';
import { startPostgres, stopPostgres } from '../services/postgres.ts';
import { generateClient, migrate } from '../services/prisma.ts';
import { lockDataDir } from '../setup/lock.ts';
import type { Step } from '../setup/step.ts';
import { report } from './report.ts';
import { type Outcome, runPlan, type RunOptions } from './run.ts';
import { crashConfig } from './settings.ts';
import { Parley, RabbitMq } from './victims.ts';

export async function crash(args: string[], step: Step): Promise<void> {
  const options = readOptions(args);
  const settings = crashConfig();
  const releasers = new Releasers();
  const stop = () => void releasers.release().finally(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    releasers.push('lock', await lockDataDir(settings));
    await step('fresh data folder', async () => {
      await Promise.all([stopPostgres(settings), new RabbitMq(settings).stop()]);
      await empty(settings.DATA_DIR);
      await openDataDir(settings);
    });
    releasers.push('PostgreSQL', () => stopPostgres(settings));
    const rabbitMq = new RabbitMq(settings);
    releasers.push('RabbitMQ', () => rabbitMq.stop());
    const [{ url: DATABASE_URL }, broker] = await Promise.all([
      step('PostgreSQL', () => startPostgres(settings)),
      step('RabbitMQ', () => rabbitMq.start()),
      step('database client', generateClient),
    ]);
    await step('database', () => migrate(DATABASE_URL));
    const config = { ...settings, DATABASE_URL, AMQP_URL: [broker.url] };
    const parley = new Parley(config);
    releasers.push('Parley', () => parley.stop());
    await step('Parley', () => parley.start());
    // the generated client exists only by now
    const { openDb } = await import('../../server/db.ts');
    const db = openDb(config);
    releasers.push('connection', () => db.$disconnect());
    conclude(await runPlan({ config, db, say: console.log }, { parley, rabbitMq }, options));
  } finally {
    await releasers.release((name, error) => console.error(`${name} does not stop:`, error));
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** What an earlier run left; the lock is ours. */
async function empty(folder: string): Promise<void> {
  for (const name of await fs.readdir(folder)) {
    if (name !== 'lock') await fs.rm(`${folder}/${name}`, { recursive: true, force: true });
  }
}

function conclude({ summary, problems }: Outcome): void {
  console.log('');
  for (const [name, value] of Object.entries(summary)) console.log(`${name.padEnd(24)} ${value}`);
  console.log(report(problems));
  if (problems.size > 0) process.exitCode = 1;
}

function readOptions(args: string[]): RunOptions {
  const number = (name: string, given: string, min: number) => {
    const value = Number(given);
    if (!Number.isInteger(value) || value < min)
      throw new OperatorError(`--${name} needs a whole number from ${min} on.`);
    return value;
  };
  const { values } = parse(args);
  return {
    messages: number('messages', values.messages, 1),
    users: number('users', values.users, 2),
    kills: number('kills', values.kills, 0),
    brokerKills: number('broker-kills', values['broker-kills'], 0),
    rate: number('rate', values.rate, 1),
    seed: values.seed,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        messages: { type: 'string', default: '10000' },
        users: { type: 'string', default: '50' },
        kills: { type: 'string', default: '3' },
        'broker-kills': { type: 'string', default: '1' },
        rate: { type: 'string', default: '250' },
        seed: { type: 'string', default: newId() },
      },
    });
  } catch (error) {
    const usage = '[--messages 10000] [--users 50] [--kills 3] [--broker-kills 1] [--rate 250] [--seed S]';
    throw new OperatorError(`${(error as Error).message}. Usage: npm run crash -- ${usage}`);
  }
}
