// What a script does when it is told to stop: it stops everything once, and ends at once when told again.

// a closed terminal (SIGHUP) is a stop too
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
// npm hands on the terminal's Ctrl-C, which has reached us already: two within this time are one
const SAME_SIGNAL_MS = 500;

export interface Stopping {
  readonly begun: boolean;
  /** Back to what signals do by themselves. */
  forget(): void;
}

/** `code`: what the process exits with after `stop`. */
export function onSignal(stop: () => Promise<void>, code: number): Stopping {
  let begunAt = 0;
  const handler = () => {
    if (begunAt > 0) {
      if (Date.now() - begunAt > SAME_SIGNAL_MS) process.exit(130);
      return;
    }
    begunAt = Date.now();
    console.error('\nStopping …');
    stop().then(
      () => process.exit(code),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  for (const signal of signals) process.on(signal, handler);
  return {
    get begun() {
      return begunAt > 0;
    },
    forget() {
      for (const signal of signals) process.off(signal, handler);
    },
  };
}
