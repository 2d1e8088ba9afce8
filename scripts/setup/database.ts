// The database alone, for scripts that need no more: the one of the running system, or started for a while.
import { seed } from '../../prisma/seed.ts';
import type { Config } from '../../server/config.ts';
import type { Db } from '../../server/db.ts';
import { Releasers } from '../../server/lib/releasers.ts';
import { isPostgresRunning, startPostgres } from '../services/postgres.ts';
import { generateClient, migrate } from '../services/prisma.ts';
import { lockDataDir } from './lock.ts';
import type { Step } from './step.ts';

export async function withDatabase<T>(config: Config, step: Step, work: (db: Db) => Promise<T>): Promise<T> {
  const releasers = new Releasers();
  try {
    const url = config.DATABASE_URL || (await embedded(config, step, releasers));
    await generateClient();
    await migrate(url);
    const { openDb } = await import('../../server/db.ts');
    const db = openDb({ ...config, DATABASE_URL: url });
    releasers.push('connection', () => db.$disconnect());
    await seed(db, config);
    return await work(db);
  } finally {
    await releasers.release();
  }
}

async function embedded(config: Config, step: Step, releasers: Releasers): Promise<string> {
  if (!(await isPostgresRunning(config))) {
    releasers.push('lock', await lockDataDir(config));
    const service = await step('PostgreSQL', () => startPostgres(config));
    releasers.push('PostgreSQL', () => service.stop());
    return service.url;
  }
  return (await startPostgres(config)).url;
}
