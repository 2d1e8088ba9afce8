// Chance that can be had again: everything planned comes from the seed.
import { hash32 } from '../../server/lib/hash.ts';

export interface Random {
  /** From 0 up to, not including, 1. */
  fraction(): number;
  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  shuffled<T>(from: readonly T[]): T[];
}

/** mulberry32. */
export function randomOf(seed: string): Random {
  let state = hash32(seed);
  const fraction = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (min: number, max: number) => min + Math.floor(fraction() * (max - min + 1));
  const pick = <T>(from: readonly T[]) => from[whole(0, from.length - 1)] as T;
  return {
    fraction,
    whole,
    pick,
    chance: (probability) => fraction() < probability,
    shuffled(from) {
      const rest = [...from];
      return from.map(() => rest.splice(whole(0, rest.length - 1), 1)[0] as (typeof from)[number]);
    },
  };
}
