// The time, as something that can be handed in: tests run a day in a moment. Knows nothing else.

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
