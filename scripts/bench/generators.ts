// The processes that make the load of one scenario, asked all at once.
import { Child } from './child.ts';
import type { GeneratorMethods } from './generator.ts';
import type { Watched } from './usage.ts';

/** The name under which they are watched: they are no part of a target's cost. */
export const GENERATOR = 'generator';

type Methods = GeneratorMethods;
type Result<Name extends keyof Methods> = Awaited<ReturnType<Methods[Name]>>;

export class Generators {
  readonly #children: readonly Child[];

  constructor(count: number) {
    this.#children = Array.from(
      { length: count },
      (_, i) => new Child(`generator ${i + 1}`, new URL('generator.ts', import.meta.url)),
    );
  }

  get count(): number {
    return this.#children.length;
  }

  get watched(): readonly Watched[] {
    return this.#children.map(({ pid }) => ({ name: GENERATOR, pid }));
  }

  all<Name extends keyof Methods>(method: Name, ...args: Parameters<Methods[Name]>): Promise<Result<Name>[]> {
    return this.each(method, () => args);
  }

  /** `args`: of the generator of this number. */
  each<Name extends keyof Methods>(
    method: Name,
    args: (number: number) => Parameters<Methods[Name]>,
  ): Promise<Result<Name>[]> {
    return Promise.all(this.#children.map((child, i) => child.call<Result<Name>>(method, ...args(i))));
  }

  async first<Name extends keyof Methods>(method: Name, ...args: Parameters<Methods[Name]>): Promise<Result<Name>> {
    return (this.#children[0] as Child).call<Result<Name>>(method, ...args);
  }

  /** Of `whole`, what is each one's: even parts, neighbours together. */
  share<T>(whole: readonly T[], number: number): readonly T[] {
    const size = 2 * Math.ceil(whole.length / this.count / 2);
    return whole.slice(number * size, (number + 1) * size);
  }

  async end(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.end()));
  }
}
