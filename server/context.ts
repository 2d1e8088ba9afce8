// What a process opens once and every room below the roles is handed: plain fields, no behaviour.
import { type Broker, openBroker } from './broker/broker.ts';
import type { Config } from './config.ts';
import { type Db, openDb } from './db.ts';
import { type Keys, openKeys } from './keys.ts';
import { type Clock, systemClock } from './lib/clock.ts';
import type { Releasers } from './lib/releasers.ts';
import { type Log, openLog } from './log.ts';
import { Revocations } from './revocations.ts';

export interface Context {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly db: Db;
  readonly broker: Broker;
  readonly keys: Keys;
  readonly revocations: Revocations;
}

/** Opens everything; each thing opened is pushed on `releasers`. */
export async function openContext(config: Config, releasers: Releasers, clock: Clock = systemClock): Promise<Context> {
  const log = openLog(config.LOG_LEVEL, config.NODE_ENV !== 'production' && process.stdout.isTTY);
  const keys = await openKeys(config);
  const db = openDb(config);
  releasers.push('database', () => db.$disconnect());
  const broker = await openBroker(config, log);
  releasers.push('broker', () => broker.close());
  const revocations = await Revocations.open({ config, log, clock, db, broker });
  releasers.push('revocations', () => revocations.close());
  return { config, log, clock, db, broker, keys, revocations };
}
