// What Parley holds before and after a trial, and how much more would be a leak.
import { until } from '../../server/lib/backoff.ts';
import type { Holdings } from './server.ts';
import type { Trial } from './trial.ts';

export const MB = 2 ** 20;
// code that was compiled meanwhile, caches with bounds; a leak of each session or message is far more
const HEAP_GROWTH_MB = 24;
const RSS_GROWTH_MB = 128;
const GONE_MS = 20_000;

/** What it holds when no more than so many clients are left; after a while what it holds anyhow. */
export async function heldWithout(trial: Trial, sockets: number): Promise<Holdings> {
  let held = await trial.holdings();
  const isQuiet = async () => {
    held = await trial.holdings();
    return held.sockets <= sockets;
  };
  await until('the sockets to close', isQuiet, { everyMs: 250, timeoutMs: GONE_MS }).catch(() => undefined);
  return held;
}

export function leaks(before: Holdings, after: Holdings, sockets: number): string[] {
  const heapMb = (after.heapBytes - before.heapBytes) / MB;
  const rssMb = (after.rssBytes - before.rssBytes) / MB;
  const problems: string[] = [];
  if (after.sockets > sockets) problems.push(`${after.sockets - sockets} sockets are left`);
  if (heapMb > HEAP_GROWTH_MB) problems.push(`the heap has grown by ${heapMb.toFixed(1)} MB`);
  if (rssMb > RSS_GROWTH_MB) problems.push(`the process has grown by ${rssMb.toFixed(1)} MB`);
  return problems;
}

export const shown = ({ rssBytes, heapBytes, sockets, timers }: Holdings): string =>
  `RSS ${Math.round(rssBytes / MB)} MB, heap ${(heapBytes / MB).toFixed(1)} MB, ${sockets} sockets, ${timers} timers`;
