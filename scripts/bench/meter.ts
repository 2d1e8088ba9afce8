// What all processes used while something was done; where it is asked for, a profile of Parley meanwhile.
import path from 'node:path';
import { sleep } from '../../server/lib/backoff.ts';
import { summaryOf } from './profile.ts';
import type { Round, Run } from './run.ts';
import { cpuSecondsOfMachine, type Usage, usageOf, type Watched } from './usage.ts';

const PROFILE_START_MS = 1000;

interface Sample {
  readonly at: number;
  readonly machine: number;
  readonly usage: ReadonlyMap<string, Usage>;
}

export type Metered<T> = Pick<Round, 'usage' | 'seconds' | 'coresOfOthers'> & { readonly value: T };

/** `profileAs`: the name of the profile. */
export async function metered<T>(
  { stand, generators }: Pick<Run, 'stand' | 'generators'>,
  profileAs: string | undefined,
  work: () => Promise<T>,
): Promise<Metered<T>> {
  if (profileAs !== undefined) {
    await stand.parley.call('beginProfile');
    // its start holds everything up for a moment
    await sleep(PROFILE_START_MS);
  }
  const watched = [...stand.watched, ...generators.watched];
  const before = await sample(watched);
  const value = await work();
  const after = await sample(watched);
  if (profileAs !== undefined) {
    const file = path.join(stand.folder, `${profileAs.replaceAll(/\W+/g, '-')}.cpuprofile`);
    await stand.parley.call('endProfile', file);
    console.log(`\n${path.relative(process.cwd(), file)}\n${await summaryOf(file)}`);
  }
  return { value, ...between(before, after) };
}

/** What of Parley's memory holds something: a process keeps for later what it needed once. */
export const IN_USE = 'in use';

/** Memory of each process at this moment, in MiB; Parley's after a garbage collection. */
export async function memoryOf({ stand }: Pick<Run, 'stand'>): Promise<Record<string, number>> {
  const inUse = await stand.parley.call<number>('inUse');
  const { usage } = await sample(stand.watched);
  return { ...Object.fromEntries([...usage].map(([name, { mib }]) => [name, mib])), [IN_USE]: inUse / 1_048_576 };
}

async function sample(watched: readonly Watched[]): Promise<Sample> {
  const usage = new Map<string, Usage>();
  for (const [i, one] of (await Promise.all(watched.map(usageOf))).entries()) {
    const { name } = watched[i] as Watched;
    const { cpuSeconds, waitedSeconds, mib } = usage.get(name) ?? { cpuSeconds: 0, waitedSeconds: 0, mib: 0 };
    usage.set(name, {
      cpuSeconds: cpuSeconds + one.cpuSeconds,
      waitedSeconds: waitedSeconds + one.waitedSeconds,
      mib: mib + one.mib,
    });
  }
  return { at: performance.now(), machine: cpuSecondsOfMachine(), usage };
}

function between(before: Sample, after: Sample): Pick<Round, 'usage' | 'seconds' | 'coresOfOthers'> {
  const usage: Record<string, Usage> = {};
  const seconds = (after.at - before.at) / 1000;
  let ours = 0;
  for (const [name, { cpuSeconds, waitedSeconds, mib }] of after.usage) {
    const earlier = before.usage.get(name) as Usage;
    usage[name] = {
      cpuSeconds: cpuSeconds - earlier.cpuSeconds,
      waitedSeconds: waitedSeconds - earlier.waitedSeconds,
      mib,
    };
    ours += cpuSeconds - earlier.cpuSeconds;
  }
  const coresOfOthers = Math.max(0, (after.machine - before.machine - ours) / seconds);
  return { usage, seconds, coresOfOthers };
}
