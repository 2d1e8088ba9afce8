// A process of our own, called like an object: `call` here, `serve` there. It ends when we do, however we end.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

interface Call {
  readonly number: number;
  readonly method: string;
  readonly args: unknown[];
}

interface Answer {
  readonly number: number;
  readonly value?: unknown;
  readonly error?: string;
}

export class Child {
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #number = 0;

  constructor(name: string, file: URL, env: Record<string, string | undefined> = process.env) {
    this.#name = name;
    this.#process = fork(file, {
      execArgv: ['--import', 'tsx'],
      env,
      // our stdout is for the table
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      // a terminal's Ctrl-C reaches us, and we end it in order
      detached: true,
    });
    this.#process.stdout?.pipe(process.stderr, { end: false });
    this.#process.on('message', (message) => this.#take(message as Answer));
    this.#process.once('exit', (code, signal) => {
      const error = new Error(`${name} has ended (${signal ?? `code ${code}`})`);
      for (const { reject } of this.#pending.values()) reject(error);
      this.#pending.clear();
    });
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  call<T = void>(method: string, ...args: unknown[]): Promise<T> {
    const number = ++this.#number;
    return new Promise<T>((resolve, reject) => {
      if (!this.#process.connected) return reject(new Error(`${this.#name} has ended`));
      this.#pending.set(number, { resolve: resolve as (value: unknown) => void, reject });
      this.#process.send({ number, method, args } satisfies Call);
    });
  }

  /** Asks it to end, by hanging up; kills it when it has not within the time. */
  async end(timeoutMs = 15_000): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), timeoutMs);
    if (this.#process.connected) this.#process.disconnect();
    await exit;
    clearTimeout(timer);
  }

  #take({ number, value, error }: Answer): void {
    const pending = this.#pending.get(number);
    this.#pending.delete(number);
    if (error === undefined) pending?.resolve(value);
    else pending?.reject(new Error(`${this.#name}: ${error}`));
  }
}

export type Methods = Readonly<Record<string, (...args: never[]) => unknown>>;

/** In the child: answers calls; when the parent hangs up or dies, `end`, and the process ends. */
export function serve(methods: Methods, end: () => Promise<void> | void): void {
  process.on('message', (message) => {
    const { number, method, args } = message as Call;
    const answer = async () => {
      const known = methods[method];
      if (!known) throw new Error(`there is no ${method}`);
      return known(...(args as never[]));
    };
    answer().then(
      (value) => process.send?.({ number, value } satisfies Answer),
      (error: Error) => process.send?.({ number, error: error.message } satisfies Answer),
    );
  });
  process.once('disconnect', () => {
    void Promise.resolve(end()).finally(() => process.exit(0));
  });
}
