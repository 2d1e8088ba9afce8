// Everything that runs while it is measured: PostgreSQL and RabbitMQ of its own with the web-stomp plugin, and Parley
// in a process of its own, on ports and in a folder that nothing else uses. Fresh each time.
import fs from 'node:fs/promises';
import path from 'node:path';
import { stompUrlOf } from '../../server/broker/stomp-address.ts';
import { type Config, configOfProcess } from '../../server/config.ts';
import type { Releasers } from '../../server/lib/releasers.ts';
import { startPostgres, stopPostgres } from '../services/postgres.ts';
import { generateClient, migrate } from '../services/prisma.ts';
import { startBroker, stopBroker } from '../services/rabbitmq.ts';
import { filesOf } from '../services/rabbitmq-files.ts';
import type { Service } from '../services/service.ts';
import { lockDataDir } from '../setup/lock.ts';
import type { Step } from '../setup/step.ts';
import { Child } from './child.ts';
import { portsFrom } from './options.ts';
import type { Address, TargetName } from './targets.ts';
import type { Watched } from './usage.ts';

/** So high that no limit is what is measured: everybody comes from one address. */
export const UNLIMITED = {
  LIMIT_SENDS: '1000000/s,1000000',
  LIMIT_FRAMES: '1000000/s,1000000',
  LIMIT_REQUESTS: '1000000/s,1000000',
  LIMIT_CONNECTS: '1000000/s,1000000',
  LIMIT_SESSIONS_PER_ADDRESS: '1000000',
  LIMIT_CONNECTIONS_PER_ADDRESS: '1000000',
} as const;

export class Stand {
  /** where results go */
  readonly folder: string;
  readonly config: Config;
  readonly addresses: Readonly<Record<TargetName, Address>>;
  readonly #webStompPort: number;
  readonly #step: Step;
  readonly #postgres: Service;
  #broker: Service;
  #parley: Child | undefined;
  #used = false;

  private constructor(settings: Config, webStompPort: number, step: Step, postgres: Service, broker: Service) {
    this.folder = path.dirname(settings.DATA_DIR);
    this.config = { ...settings, DATABASE_URL: postgres.url, AMQP_URL: [broker.url] };
    this.#webStompPort = webStompPort;
    this.#step = step;
    this.#postgres = postgres;
    this.#broker = broker;
    const { username, password } = new URL(broker.url);
    this.addresses = {
      parley: { target: 'parley', url: `ws://127.0.0.1:${settings.PORT}/stomp` },
      'web-stomp': {
        target: 'web-stomp',
        url: `ws://127.0.0.1:${webStompPort}/ws`,
        login: decodeURIComponent(username),
        passcode: decodeURIComponent(password),
      },
    };
  }

  static async open(firstPort: number, step: Step, releasers: Releasers): Promise<Stand> {
    const { webStomp, ...ports } = portsFrom(firstPort);
    const base = configOfProcess();
    const folder = path.join(base.DATA_DIR, 'bench');
    const settings: Config = {
      ...base,
      ...ports,
      DATA_DIR: path.join(folder, 'state'),
      PUBLIC_URL: `http://localhost:${ports.PORT}`,
    };
    await fs.mkdir(base.DATA_DIR, { recursive: true });
    releasers.push('lock', await lockDataDir({ DATA_DIR: folder }));
    // what a killed run left behind
    await Promise.all([stopPostgres(settings), stopBroker(settings)]);
    await fs.rm(settings.DATA_DIR, { recursive: true, force: true });
    // it may be gigabytes
    releasers.push('state', () => fs.rm(settings.DATA_DIR, { recursive: true, force: true }));
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
    const stand = new Stand(settings, webStomp, step, postgres, broker);
    releasers.push('Parley', () => stand.#parley?.end());
    await stand.#startParley();
    return stand;
  }

  get parley(): Child {
    return this.#parley as Child;
  }

  get watched(): readonly Watched[] {
    return [
      { name: 'parley', pid: this.parley.pid },
      { name: 'broker', pid: this.#broker.pid },
      { name: 'postgres', pid: this.#postgres.pid, tree: true },
    ];
  }

  /** Parley and RabbitMQ as if they had never done anything; PostgreSQL keeps what it has. */
  async fresh(): Promise<void> {
    if (this.#used) await this.#step('RabbitMQ and Parley, fresh', () => this.#restart());
    this.#used = true;
  }

  async #restart(): Promise<void> {
    await this.parley.end();
    await stopBroker(this.config);
    const { state, container } = filesOf(this.config);
    for (const folder of [state, container]) await fs.rm(folder, { recursive: true, force: true });
    this.#broker = await startBroker(this.config, { webStompPort: this.#webStompPort });
    await this.#startParley();
  }

  async #startParley(): Promise<void> {
    const { PORT, PUBLIC_URL, DATA_DIR, DATABASE_URL, BROKER_STOMP_PORT } = this.config;
    this.#parley = new Child('Parley', new URL('parley.ts', import.meta.url), {
      ...process.env,
      ...UNLIMITED,
      PORT: String(PORT),
      PUBLIC_URL,
      DATA_DIR,
      DATABASE_URL,
      AMQP_URL: this.config.AMQP_URL.join(','),
      BROKER_STOMP_URL: stompUrlOf(this.#broker.url, BROKER_STOMP_PORT),
      METRICS_PORT: '0',
      DEMO: '0',
      LOG_LEVEL: 'warn',
    });
    await this.#step('Parley', () => this.parley.call('ready'));
  }
}
