// The test's end of the hostile process (attacker.ts).
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Attacks, Target } from './attacker.ts';

type Name = keyof Attacks;
type Options<N extends Name> = Parameters<Attacks[N]> extends [Target, infer O] ? [O] : [];
type Result<N extends Name> = Awaited<ReturnType<Attacks[N]>>;

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: string;
}

export class Attacker {
  readonly #child: ChildProcess;
  #order = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.setMaxListeners(0);
  }

  static open(): Attacker {
    return new Attacker(fork(fileURLToPath(new URL('./attacker.ts', import.meta.url))));
  }

  /** Runs an attack to its end. */
  run<N extends Name>(attack: N, target: Target, ...[options]: Options<N>): Promise<Result<N>> {
    const id = ++this.#order;
    return new Promise((resolve, reject) => {
      const onAnswer = (answer: Answer) => {
        if (answer.id !== id) return;
        this.#child.off('message', onAnswer);
        if (answer.error === undefined) resolve(answer.result as Result<N>);
        else reject(new Error(answer.error));
      };
      this.#child.on('message', onAnswer);
      this.#child.send({ id, attack, target, options });
    });
  }

  /** An attack that is under way says that it has begun. */
  async ready(): Promise<void> {
    for (;;) {
      const [message] = (await once(this.#child, 'message')) as [{ ready?: boolean }];
      if (message.ready) return;
    }
  }

  async close(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }
}
