// What is killed: Parley as a process of its own, as `npm start` runs it, and a RabbitMQ node of its own. Started,
// killed with SIGKILL, started again over what the dead one left behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stompUrlOf } from '../../server/broker/stomp-address.ts';
import type { Config } from '../../server/config.ts';
import { OperatorError } from '../../server/errors.ts';
import { until } from '../../server/lib/backoff.ts';
import { requireFree } from '../services/ports.ts';
import { startBroker, stopBroker } from '../services/rabbitmq.ts';
import type { Service } from '../services/service.ts';

const START_MS = 60_000;
const script = fileURLToPath(new URL('../start.mjs', import.meta.url));

export class Parley {
  readonly url: string;
  readonly #config: Config;
  readonly #log: string;
  #child: ChildProcess | undefined;

  constructor(config: Config) {
    this.#config = config;
    this.#log = path.join(config.DATA_DIR, 'parley.log');
    this.url = `http://127.0.0.1:${config.PORT}`;
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    const { DATABASE_URL, AMQP_URL, BROKER_STOMP_PORT, DATA_DIR, PORT } = this.#config;
    const log = await fs.open(this.#log, 'a');
    const child = spawn(process.execPath, [script], {
      stdio: ['ignore', log.fd, log.fd],
      env: {
        ...process.env,
        DATABASE_URL,
        AMQP_URL: AMQP_URL.join(','),
        BROKER_STOMP_URL: AMQP_URL.map((url) => stompUrlOf(url, BROKER_STOMP_PORT)).join(','),
        DATA_DIR,
        PORT: String(PORT),
        PUBLIC_URL: '',
        METRICS_PORT: '0',
        DEMO: '0',
        LOG_LEVEL: 'info',
        NODE_ENV: 'test',
      },
    });
    await log.close();
    this.#child = child;
    await until('Parley to be ready', () => this.#isReady(child), { timeoutMs: START_MS, everyMs: 50 });
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #isReady(child: ChildProcess): Promise<boolean> {
    if (child.exitCode !== null) throw new Error(`Parley ended with code ${child.exitCode}, see ${this.#log}`);
    const response = await fetch(`${this.url}/health/ready`).catch(() => undefined);
    await response?.body?.cancel();
    return response?.ok === true;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
}

export class RabbitMq {
  readonly #config: Config;
  #service: Service | undefined;

  constructor(config: Config) {
    this.#config = config;
  }

  async start(): Promise<Service> {
    this.#service = await startBroker(this.#config);
    return this.#service;
  }

  async kill(): Promise<void> {
    const service = this.#service;
    if (service?.pid === undefined)
      throw new OperatorError('A RabbitMQ in a container is not killed: --broker-kills 0.');
    process.kill(service.pid, 'SIGKILL');
    // a killed process lets go of its ports a moment after it has lost its name
    await until('the end of RabbitMQ', async () => !(await service.isRunning()) && (await this.#portsAreFree()));
  }

  async stop(): Promise<void> {
    await stopBroker(this.#config);
  }

  #portsAreFree(): Promise<boolean> {
    const { BROKER_PORT, BROKER_STOMP_PORT, BROKER_DIST_PORT } = this.#config;
    const free = [BROKER_PORT, BROKER_STOMP_PORT, BROKER_DIST_PORT].map((port) => requireFree(port, '', 'RabbitMQ'));
    return Promise.all(free).then(
      () => true,
      () => false,
    );
  }
}
