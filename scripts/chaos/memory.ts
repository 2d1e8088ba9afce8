// The most memory that each process of a run had, whichever process bears its name at a time.
import { type Usage, usageOf, type Watched } from '../bench/usage.ts';

const EVERY_MS = 2_000;

export class PeakMemory {
  readonly #peaks = new Map<string, number>();
  readonly #watched: () => readonly Watched[];
  readonly #timer: NodeJS.Timeout;
  #round: Promise<void> | undefined;

  constructor(watched: () => readonly Watched[]) {
    this.#watched = watched;
    this.#timer = setInterval(() => (this.#round ??= this.#look().finally(() => (this.#round = undefined))), EVERY_MS);
  }

  /** The peaks in MiB, by name. */
  async stop(): Promise<ReadonlyMap<string, number>> {
    clearInterval(this.#timer);
    await this.#round;
    return this.#peaks;
  }

  async #look(): Promise<void> {
    for (const one of this.#watched()) {
      const { mib }: Usage = await usageOf(one);
      this.#peaks.set(one.name, Math.max(mib, this.#peaks.get(one.name) ?? 0));
    }
  }
}
