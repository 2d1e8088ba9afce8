// The life of `npm start`, as a list of its steps: set up, run, and stop in the opposite order.
import { DEMO_PASSWORD, demoPeople, seed } from '../prisma/seed.ts';
import { type Config, configOfProcess } from '../server/config.ts';
import { sleep } from '../server/lib/backoff.ts';
import { Releasers } from '../server/lib/releasers.ts';
import { requireFree } from './services/ports.ts';
import { generateClient, migrate } from './services/prisma.ts';
import { lockDataDir } from './setup/lock.ts';
import { onSignal } from './setup/signals.ts';
import { keepAlive, openServices } from './setup/services.ts';
import type { Step } from './setup/step.ts';
import { buildWeb } from './setup/web.ts';

export async function start(show: Step): Promise<void> {
  const settings = configOfProcess();
  const releasers = new Releasers();
  const stopping = onSignal(
    () => releasers.release((name, error) => console.error(`${name} does not stop:`, error)),
    0,
  );
  // nothing new is begun after a signal; the process ends when all is stopped
  const step: Step = (name, work) => (stopping.begun ? new Promise(() => {}) : show(name, work));
  try {
    await claim(settings, releasers);
    const [{ config, own }] = await Promise.all([
      openServices(settings, show, releasers),
      // the server's code is read while the broker starts; it needs the generated client
      step('database client', generateClient).then(() => import('../server/main.ts')),
      settings.ROLES.includes('gateway') ? step('web client', buildWeb) : undefined,
    ]);
    await step('database', () => migrate(config.DATABASE_URL));
    await step('accounts', () => seedDatabase(config));
    const lines = await step('Parley', () => serve(config, releasers));
    releasers.push('watch', keepAlive(own, console.error));
    announce(config, lines);
  } catch (error) {
    // what fails because it was stopped in the middle is no failure
    if (stopping.begun) return;
    await releasers.release();
    stopping.forget();
    throw error;
  }
}

/** Everything that would be found taken later is found now, before anything is started. */
async function claim(config: Config, releasers: Releasers): Promise<void> {
  // roles that are spread over processes share the keys in one folder, but only one process may own its services
  const ownsServices = !config.DATABASE_URL || config.AMQP_URL.length === 0;
  if (ownsServices) releasers.push('lock', await lockDataDir(config));
  if (config.ROLES.includes('gateway')) await requireFree(config.PORT, 'PORT', "Parley's gateway", config.HOST);
  if (config.METRICS_PORT) await requireFree(config.METRICS_PORT, 'METRICS_PORT', 'the metrics');
}

async function seedDatabase(config: Config): Promise<string> {
  // the generated client exists only by now
  const { openDb } = await import('../server/db.ts');
  const db = openDb(config);
  try {
    return await seed(db, config);
  } finally {
    await db.$disconnect();
  }
}

async function serve(config: Config, releasers: Releasers): Promise<string[]> {
  const { main } = await import('../server/main.ts');
  const server = await main(config);
  releasers.push('Parley', async () => {
    const abort = new AbortController();
    const late = sleep(config.STOP_MS, abort.signal).then(() => 'late');
    const outcome = await Promise.race([server.stop(), late]);
    abort.abort();
    if (outcome === 'late') console.error(`Parley has not finished within ${config.STOP_MS} ms (STOP_MS).`);
  });
  return server.lines;
}

function announce(config: Config, lines: readonly string[]): void {
  console.log(['', `Parley runs on ${config.PUBLIC_URL}`, ...lines].join('\n'));
  if (config.DEMO) {
    console.log(`Demo accounts: ${demoPeople.join(', ')} and the administrator admin, password ${DEMO_PASSWORD}`);
  }
  console.log('Ctrl-C stops it.');
}
