// The life of `npm run ledger`: services of its own, Parley as a process, the run, its summary, and 1 on any violation.
import { parseArgs } from 'node:util';
import { OperatorError } from '../server/errors.ts';
import { newId } from '../server/lib/id.ts';
import { Releasers } from '../server/lib/releasers.ts';
import type { LedgerOptions } from './ledger/run.ts';
import { onSignal } from './setup/signals.ts';
import type { Step } from './setup/step.ts';
import { openTrialServices } from './trial/services.ts';

export async function main(args: string[], step: Step): Promise<void> {
  const options = readOptions(args);
  const releasers = new Releasers();
  onSignal(() => releasers.release(), 130);
  try {
    const { config } = await openTrialServices('ledger', step, releasers);
    // the generated client exists only by now
    const [{ openTrial }, { ledgerSettings, runLedger }] = await Promise.all([
      import('./trial/trial.ts'),
      import('./ledger/run.ts'),
    ]);
    const trial = await step('Parley', () => openTrial(config, ledgerSettings(options.members), releasers));
    console.log(`seed ${options.seed}`);
    const { summary, problems } = await runLedger(trial, options, console.log);
    console.log('');
    for (const [name, value] of Object.entries(summary)) console.log(`${name.padEnd(34)} ${value}`);
    for (const [sentence, broken] of problems) {
      console.error(`\nNot so: ${sentence}`);
      for (const problem of broken.slice(0, 20)) console.error(`  ${problem}`);
      if (broken.length > 20) console.error(`  and ${broken.length - 20} more`);
    }
    if (problems.size > 0) process.exitCode = 1;
    else console.log('\nNobody missed anything, and nobody saw what was not hers.');
  } finally {
    await releasers.release((name, error) => console.error(`${name} does not stop:`, error));
  }
}

function readOptions(args: string[]): LedgerOptions {
  const options = {
    minutes: { type: 'string', default: '5' },
    members: { type: 'string', default: '100' },
    rate: { type: 'string', default: '10' },
    seed: { type: 'string', default: newId() },
  } as const;
  try {
    const { values } = parseArgs({ args, options });
    const [minutes, members, rate] = [values.minutes, values.members, values.rate].map(Number) as [
      number,
      number,
      number,
    ];
    if (!(minutes > 0 && members >= 8 && members <= 1000 && rate > 0)) throw new Error('Not such numbers');
    return { seconds: minutes * 60, members: Math.floor(members), rate, seed: values.seed };
  } catch (error) {
    const usage = '[--minutes 5] [--members 100] [--rate 10] [--seed S]';
    throw new OperatorError(`${(error as Error).message}. Usage: npm run ledger -- ${usage}`);
  }
}
