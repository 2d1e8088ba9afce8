// What was opened, to be closed in the opposite order. The one way in which anything here is shut down.

export type Release = () => unknown;

export class Releasers {
  readonly #stack: { name: string; release: Release }[] = [];

  /** Remembers how to close what was just opened. */
  push(name: string, release: Release): void {
    this.#stack.push({ name, release });
  }

  /** Closes everything, the newest first. One that fails does not keep the others from closing. */
  async release(onError: (name: string, error: unknown) => void = () => {}): Promise<void> {
    for (let entry = this.#stack.pop(); entry; entry = this.#stack.pop()) {
      try {
        await entry.release();
      } catch (error) {
        onError(entry.name, error);
      }
    }
  }
}
