// The PostgreSQL that is struck: its postmaster and its backends killed and frozen, shut down without a checkpoint, and
// started again over what is left.
import type { Config } from '../../server/config.ts';
import { sleep, until } from '../../server/lib/backoff.ts';
import { startPostgres, stopPostgres } from '../services/postgres.ts';
import { run } from '../services/process.ts';
import type { Service } from '../services/service.ts';

const START_MS = 60_000;
// its title names role and database (`update_process_title`)
const BACKEND = /postgres: parley parley /;

export class Postgres {
  readonly #config: Config;
  #service: Service | undefined;

  constructor(config: Config) {
    this.#config = config;
  }

  get pid(): number | undefined {
    return this.#service?.pid;
  }

  async start(): Promise<Service> {
    // after a killed postmaster, its backends may still hold the shared memory: then a new one refuses to start
    return until(
      'PostgreSQL to start',
      async () => {
        this.#service = await startPostgres(this.#config).catch(() => undefined);
        return this.#service ?? false;
      },
      { timeoutMs: START_MS, everyMs: 100 },
    );
  }

  /** -9 to the postmaster: its children find themselves alone, and end. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** "Immediate shutdown": no checkpoint, recovery at the next start. */
  async quit(): Promise<void> {
    await this.#end('SIGQUIT');
  }

  async stop(): Promise<void> {
    // a run that was broken off may have left it frozen
    if (await this.#service?.isRunning()) thaw([this.pid as number, ...(await this.#children(/./))]);
    await stopPostgres(this.#config);
  }

  /** -9 to one: the postmaster ends all others and recovers. */
  async killBackend(): Promise<void> {
    const [pid] = await this.#children(BACKEND);
    if (pid !== undefined) signal(pid, 'SIGKILL');
  }

  async freezeBackends(ms: number): Promise<void> {
    await freeze(await this.#children(BACKEND), ms);
  }

  /** All of it. */
  async freeze(ms: number): Promise<void> {
    await freeze([this.pid as number, ...(await this.#children(/./))], ms);
  }

  async #end(name: NodeJS.Signals): Promise<void> {
    const service = this.#service as Service;
    signal(service.pid as number, name);
    await until('the end of PostgreSQL', async () => !(await service.isRunning()), { timeoutMs: START_MS });
  }

  async #children(title: RegExp): Promise<number[]> {
    const { output } = await run('ps', ['-axww', '-o', 'pid=,ppid=,args=']);
    return output.split('\n').flatMap((line) => {
      const [, pid, parent, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return Number(parent) === this.pid && title.test(args ?? '') ? [Number(pid)] : [];
    });
  }
}

async function freeze(pids: readonly number[], ms: number): Promise<void> {
  for (const pid of pids) signal(pid, 'SIGSTOP');
  await sleep(ms);
  thaw(pids);
}

function thaw(pids: readonly number[]): void {
  for (const pid of pids) signal(pid, 'SIGCONT');
}

/** To a process that may have ended meanwhile. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
