// How a long set-up shows itself (made by progress.mjs).

/** Runs `work` and shows `name` while it runs; a string that it gives is shown as the outcome. */
export type Step = <T>(name: string, work: () => Promise<T>) => Promise<T>;
