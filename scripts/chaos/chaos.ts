// The life of `npm run chaos`: a stand of its own, a run, its summary, and 1 on any violation.
import fs from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { OperatorError } from '../../server/errors.ts';
import { newId } from '../../server/lib/id.ts';
import { Releasers } from '../../server/lib/releasers.ts';
import { stopPostgres } from '../services/postgres.ts';
import { stopBroker } from '../services/rabbitmq.ts';
import { lockDataDir } from '../setup/lock.ts';
import { onSignal } from '../setup/signals.ts';
import type { Step } from '../setup/step.ts';
import { allKinds, type FaultKind } from './fault-kinds.ts';
import { keep, report } from './report.ts';
import type { RunOptions } from './run.ts';
import { chaosConfig } from './settings.ts';
import { openStand } from './stand.ts';

export async function chaos(args: string[], step: Step): Promise<void> {
  const options = readOptions(args);
  const settings = chaosConfig();
  const releasers = new Releasers();
  onSignal(() => releasers.release(), 130);
  try {
    releasers.push('lock', await lockDataDir(settings));
    await step('fresh data folder', async () => {
      await Promise.all([stopPostgres(settings), stopBroker(settings)]);
      await empty(settings.DATA_DIR);
    });
    const stand = await openStand(settings, step, releasers);
    if (stand.rabbitMq.pid === undefined) throw new OperatorError('A RabbitMQ in a container cannot be struck.');
    // the generated client exists only by now
    const [{ openDb }, { runPlan }] = await Promise.all([import('../../server/db.ts'), import('./run.ts')]);
    const db = openDb(stand.config);
    releasers.push('connection', () => db.$disconnect());
    console.log(`seed ${options.seed}`);
    const outcome = await runPlan(stand, db, options, console.log);
    console.log(`\n${report(outcome)}`);
    if (outcome.problems.size === 0) return;
    process.exitCode = 1;
    console.log(`\nThe ledger is in ${await keep(settings.DATA_DIR, outcome)}, the logs are beside it.`);
  } finally {
    await releasers.release((name, error) => console.error(`${name} does not stop:`, error));
  }
}

/** What an earlier run left; the lock is ours. */
async function empty(folder: string): Promise<void> {
  for (const name of await fs.readdir(folder)) {
    if (name !== 'lock') await fs.rm(`${folder}/${name}`, { recursive: true, force: true });
  }
}

function readOptions(args: string[]): RunOptions {
  const number = (name: string, given: string, min: number) => {
    const value = Number(given);
    if (!(value >= min)) throw new OperatorError(`--${name} needs a number from ${min} on.`);
    return value;
  };
  const { values } = parse(args);
  return {
    seconds: number('minutes', values.minutes, 0.1) * 60,
    rate: number('rate', values.rate, 1),
    users: Math.floor(number('users', values.users, 3)),
    faultEveryMs: number('fault-every', values['fault-every'], 1) * 1000,
    longestMs: number('longest', values.longest, 1) * 1000,
    kinds: values.only ? values.only.split(',').map(kindOf) : allKinds,
    seed: values.seed,
  };
}

function kindOf(name: string): FaultKind {
  const kind = allKinds.find((known) => known === name.trim());
  if (!kind) throw new OperatorError(`There is no fault "${name}", but: ${allKinds.join(', ')}.`);
  return kind;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        minutes: { type: 'string', default: '20' },
        seed: { type: 'string', default: newId() },
        rate: { type: 'string', default: '150' },
        users: { type: 'string', default: '40' },
        'fault-every': { type: 'string', default: '15' },
        longest: { type: 'string', default: '15' },
        only: { type: 'string' },
      },
    });
  } catch (error) {
    const usage =
      '[--minutes 20] [--seed S] [--rate 150] [--users 40] [--fault-every 15] [--longest 15] [--only "FAULT,FAULT"]';
    throw new OperatorError(`${(error as Error).message}. Usage: npm run chaos -- ${usage}`);
  }
}
