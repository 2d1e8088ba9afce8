// The services of a trial that is run by hand: its own, in a data folder and on ports apart from those of `npm start`
// and `npm test`. Variables of the same names override.
import path from 'node:path';
import { type Config, readConfig } from '../../server/config.ts';
import type { Releasers } from '../../server/lib/releasers.ts';
import type { Watched } from '../bench/usage.ts';
import { generateClient, migrate } from '../services/prisma.ts';
import { lockDataDir } from '../setup/lock.ts';
import { openServices } from '../setup/services.ts';
import type { Step } from '../setup/step.ts';
import { root } from '../test/commands.ts';

const ports = {
  PORT: '17999',
  POSTGRES_PORT: '17432',
  BROKER_PORT: '17672',
  BROKER_STOMP_PORT: '17613',
  BROKER_DIST_PORT: '17675',
} as const;

/** `folder`: of the trial, in the data folder. Gives the settings with what was started, and that. */
export async function openTrialServices(
  folder: string,
  step: Step,
  releasers: Releasers,
): Promise<{ readonly config: Config; readonly services: readonly Watched[] }> {
  const chosen = Object.entries(ports).map(([name, port]) => [name, process.env[name] || port]);
  const settings = readConfig({
    ...(Object.fromEntries(chosen) as Record<string, string>),
    DATA_DIR: path.resolve(root, process.env.DATA_DIR || '.data', folder),
    NODE_ENV: 'test',
    DEMO: '0',
  });
  releasers.push('lock', await lockDataDir(settings));
  const [{ config, own }] = await Promise.all([
    openServices(settings, step, releasers),
    step('database client', generateClient),
  ]);
  await step('database', () => migrate(config.DATABASE_URL));
  return { config, services: own.map(({ service: { name, pid } }) => ({ name, pid, tree: name === 'PostgreSQL' })) };
}
