// What processes have used, from Linux's /proc; elsewhere nothing is known, and zeros are shown.
import fs from 'node:fs/promises';
import os from 'node:os';

const TICKS_PER_SECOND = 100;

/** A process and, with `tree`, its children. */
export interface Watched {
  readonly name: string;
  /** undefined: in a container, where nothing is known */
  readonly pid: number | undefined;
  readonly tree?: boolean;
}

export interface Usage {
  /** seconds of CPU since its start */
  readonly cpuSeconds: number;
  /** seconds in which its first thread could have run and no core was free */
  readonly waitedSeconds: number;
  /** memory, what processes share counted once (PSS) */
  readonly mib: number;
}

const nothing: Usage = { cpuSeconds: 0, waitedSeconds: 0, mib: 0 };
const read = (file: string) => fs.readFile(file, 'utf8').catch(() => '');

async function usageOfOne(pid: number, tree: boolean): Promise<Usage> {
  const [stat, schedule, memory] = await Promise.all([
    read(`/proc/${pid}/stat`),
    read(`/proc/${pid}/schedstat`),
    read(`/proc/${pid}/smaps_rollup`),
  ]);
  // proc(5): the name may hold spaces; utime, stime, and those of children that have ended, are fields 14 to 17
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, tree ? 15 : 13).reduce((sum, field) => sum + Number(field), 0);
  return {
    cpuSeconds: ticks / TICKS_PER_SECOND,
    waitedSeconds: Number(schedule.split(' ')[1] ?? 0) / 1e9,
    mib: Number(/^Pss:\s+(\d+)/m.exec(memory)?.[1] ?? 0) / 1024,
  };
}

async function childrenOf(pid: number): Promise<number[]> {
  return (await read(`/proc/${pid}/task/${pid}/children`)).split(' ').filter(Boolean).map(Number);
}

export async function usageOf({ pid, tree = false }: Watched): Promise<Usage> {
  if (pid === undefined) return nothing;
  const children = tree ? await childrenOf(pid) : [];
  const all = await Promise.all([usageOfOne(pid, tree), ...children.map((child) => usageOfOne(child, false))]);
  return all.reduce((sum, one) => ({
    cpuSeconds: sum.cpuSeconds + one.cpuSeconds,
    waitedSeconds: sum.waitedSeconds + one.waitedSeconds,
    mib: sum.mib + one.mib,
  }));
}

/** Seconds of CPU that all processes of the machine have used. */
export function cpuSecondsOfMachine(): number {
  return os.cpus().reduce((sum, { times }) => sum + (times.user + times.nice + times.sys + times.irq) / 1000, 0);
}
