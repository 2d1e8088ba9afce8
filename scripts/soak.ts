// The life of `npm run soak`: services of its own, Parley as a process, the soak, its summary, and 1 on any problem.
import { parseArgs } from 'node:util';
import { OperatorError } from '../server/errors.ts';
import { Releasers } from '../server/lib/releasers.ts';
import { onSignal } from './setup/signals.ts';
import type { Step } from './setup/step.ts';
import { openTrialServices } from './trial/services.ts';

export async function main(args: string[], step: Step): Promise<void> {
  const options = readOptions(args);
  const releasers = new Releasers();
  onSignal(() => releasers.release(), 130);
  try {
    const { config, services } = await openTrialServices('soak', step, releasers);
    // the generated client exists only by now
    const [{ openTrial }, { soak, soakSettings }] = await Promise.all([
      import('./trial/trial.ts'),
      import('./soak/soak.ts'),
    ]);
    const trial = await step('Parley', () => openTrial(config, soakSettings, releasers));
    const { summary, problems } = await soak(trial, { ...options, services }, console.log);
    console.log('');
    for (const [name, value] of Object.entries(summary)) console.log(`${name.padEnd(22)} ${value}`);
    for (const problem of problems) console.error(problem);
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    await releasers.release((name, error) => console.error(`${name} does not stop:`, error));
  }
}

function readOptions(args: string[]) {
  const options = {
    minutes: { type: 'string', default: '60' },
    peers: { type: 'string', default: '20' },
    rate: { type: 'string', default: '10' },
    'cut-every': { type: 'string', default: '5' },
  } as const;
  try {
    const { values } = parseArgs({ args, options });
    const [minutes, peers, rate, cutEvery] = [values.minutes, values.peers, values.rate, values['cut-every']].map(
      Number,
    );
    if (!(minutes! > 0 && peers! >= 2 && peers! <= 100 && rate! > 0 && cutEvery! > 0))
      throw new Error('Not such numbers');
    return { seconds: minutes! * 60, peers: peers!, rate: rate!, cutEveryMs: cutEvery! * 1000 };
  } catch (error) {
    const usage = '[--minutes 60] [--peers 20] [--rate 10] [--cut-every 5]';
    throw new OperatorError(`${(error as Error).message}. Usage: npm run soak -- ${usage}`);
  }
}
