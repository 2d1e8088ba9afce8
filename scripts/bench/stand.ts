// Everything that runs while it is measured: PostgreSQL and RabbitMQ of its own with the web-stomp plugin, and Parley
// in a process of its own, on ports and in a folder that nothing else uses. Fresh each time.
import fs from 'node:fs/promises';
import path from 'node:path';
import { type Config, configOfProcess } from '../../server/config.ts';
import type { Releasers } from '../../server/lib/releasers.ts';
import { startPostgres, stopPostgres } from '../services/postgres.ts';
import { generateClient, migrate } from '../services/prisma.ts';
import { startBroker, stopBroker } from '../services/rabbitmq.ts';
import type { Service } from '../services/service.ts';
import { lockDataDir } from '../setup/lock.ts';
import type { Step } from '../setup/step.ts';
import { Child } from './child.ts';
import { portsFrom } from './options.ts';
import type { Address, TargetName } from './targets.ts';
import type { Watched } from './usage.ts';

/** So high that no limit is what is measured. */
export const UNLIMITED = {
  LIMIT_SENDS: '1000000/s,1000000',
  LIMIT_CONNECTS: '100000/s,100000',
  LIMIT_SESSIONS_PER_ADDRESS: '100000',
} as const;

export interface Stand {
  /** where results go */
  readonly folder: string;
  readonly config: Config;
  readonly addresses: Readonly<Record<TargetName, Address>>;
  readonly parley: Child;
  readonly watched: readonly Watched[];
}

export async function openStand(firstPort: number, step: Step, releasers: Releasers): Promise<Stand> {
  const { webStomp, ...ports } = portsFrom(firstPort);
  const base = configOfProcess();
  const folder = path.join(base.DATA_DIR, 'bench');
  const settings: Config = { ...base, ...ports, DATA_DIR: path.join(folder, 'state') };
  await fs.mkdir(base.DATA_DIR, { recursive: true });
  releasers.push('lock', await lockDataDir({ DATA_DIR: folder }));
  // what a killed run left behind
  await Promise.all([stopPostgres(settings), stopBroker(settings)]);
  await fs.rm(settings.DATA_DIR, { recursive: true, force: true });
  const own = (name: string, start: () => Promise<Service>, stop: () => Promise<boolean>) => {
    const starting = step(name, start);
    releasers.push(name, () => starting.then(stop, stop));
    return starting;
  };
  const [postgres, broker] = await Promise.all([
    own(
      'PostgreSQL',
      () => startPostgres(settings),
      () => stopPostgres(settings),
    ),
    own(
      'RabbitMQ',
      () => startBroker(settings, { webStompPort: webStomp }),
      () => stopBroker(settings),
    ),
    step('database client', generateClient),
  ]);
  await step('database', () => migrate(postgres.url));
  const env = {
    ...UNLIMITED,
    ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)])),
    PUBLIC_URL: `http://localhost:${ports.PORT}`,
    DATA_DIR: settings.DATA_DIR,
    DATABASE_URL: postgres.url,
    AMQP_URL: broker.url,
    METRICS_PORT: '0',
    DEMO: '0',
    LOG_LEVEL: 'warn',
  };
  const parley = new Child('Parley', new URL('parley.ts', import.meta.url), { ...process.env, ...env });
  releasers.push('Parley', () => parley.end());
  await step('Parley', () => parley.call('ready'));
  const { username, password } = new URL(broker.url);
  return {
    folder,
    config: { ...settings, PUBLIC_URL: env.PUBLIC_URL, DATABASE_URL: postgres.url, AMQP_URL: [broker.url] },
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
