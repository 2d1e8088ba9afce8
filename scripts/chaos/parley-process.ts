// One process of Parley, under a supervisor as an operator would have it: whatever ends it, it is started again. An end
// that nobody asked for is remembered.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config, RoleName } from '../../server/config.ts';
import { sleep, until } from '../../server/lib/backoff.ts';
import { struckSettings } from './settings.ts';

const START_MS = 90_000;
const STOP_MS = 20_000;
const AGAIN_MS = 300;
const script = fileURLToPath(new URL('parley.ts', import.meta.url));

export class ParleyProcess {
  readonly name: string;
  /** ends that nobody asked for */
  readonly deaths: string[] = [];
  readonly #config: Config;
  readonly #roles: readonly RoleName[];
  #child: ChildProcess | undefined;
  #ready = false;
  /** it should run */
  #wanted = false;
  #running: Promise<void> = Promise.resolve();

  constructor(name: string, roles: readonly RoleName[], config: Config) {
    this.name = name;
    this.#roles = roles;
    this.#config = config;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    this.#wanted = true;
    this.#running = this.#supervise();
    await until(`${this.name} to be ready`, () => this.#ready, { timeoutMs: START_MS });
  }

  /** -9. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Asked to, and waited for; one that does not end in time is killed, and that is remembered. */
  async stop(): Promise<void> {
    const late = new AbortController();
    const child = this.#child;
    void sleep(STOP_MS, late.signal).then(() => {
      if (late.signal.aborted) return;
      this.deaths.push(`${this.name} did not stop within ${STOP_MS} ms`);
      child?.kill('SIGKILL');
    });
    child?.kill('SIGCONT');
    await this.#end('SIGTERM');
    late.abort();
  }

  async freeze(ms: number): Promise<void> {
    this.#child?.kill('SIGSTOP');
    await sleep(ms);
    this.#child?.kill('SIGCONT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#wanted = false;
    this.#child?.kill(signal);
    await this.#running;
  }

  async #supervise(): Promise<void> {
    while (this.#wanted) {
      const child = await this.#spawn();
      // asked to end while it was being made
      if (!this.#wanted) child.kill('SIGKILL');
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      if (this.#ready && this.#wanted) this.deaths.push(`${this.name} ended by itself (${signal ?? `code ${code}`})`);
      this.#ready = false;
      if (this.#wanted) await sleep(AGAIN_MS);
    }
    this.#child = undefined;
  }

  async #spawn(): Promise<ChildProcess> {
    const { DATABASE_URL, AMQP_URL, DATA_DIR, PORT, PUBLIC_URL } = this.#config;
    const log = await fs.open(path.join(DATA_DIR, `${this.name}.log`), 'a');
    const child = spawn(process.execPath, ['--import', 'tsx', script], {
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
      // a terminal's Ctrl-C reaches us, and we end it in order
      detached: true,
      env: {
        ...process.env,
        ...struckSettings,
        ROLES: this.#roles.join(),
        DATABASE_URL,
        AMQP_URL: AMQP_URL.join(),
        DATA_DIR,
        PORT: String(PORT),
        PUBLIC_URL,
        METRICS_PORT: '0',
        DEMO: '0',
        LOG_LEVEL: 'info',
        NODE_ENV: 'test',
      },
    });
    await log.close();
    child.once('message', () => (this.#ready = this.#child === child));
    this.#child = child;
    return child;
  }
}
