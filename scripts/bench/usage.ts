// What processes have used, from Linux's /proc; elsewhere nothing is known and nothing is shown.
import fs from 'node:fs/promises';

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
  readonly rssMiB: number;
}

const nothing: Usage = { cpuSeconds: 0, rssMiB: 0 };

async function usageOfOne(pid: number): Promise<Usage> {
  try {
    const [stat, status] = await Promise.all([
      fs.readFile(`/proc/${pid}/stat`, 'utf8'),
      fs.readFile(`/proc/${pid}/status`, 'utf8'),
    ]);
    // proc(5): the name may hold spaces; utime and stime are the 14th and 15th field
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const rss = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
    return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND, rssMiB: rss / 1024 };
  } catch {
    return nothing;
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await fs.readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

export async function usageOf({ pid, tree }: Watched): Promise<Usage> {
  if (pid === undefined) return nothing;
  const pids = tree ? [pid, ...(await childrenOf(pid))] : [pid];
  const all = await Promise.all(pids.map(usageOfOne));
  return all.reduce((sum, one) => ({
    cpuSeconds: sum.cpuSeconds + one.cpuSeconds,
    rssMiB: sum.rssMiB + one.rssMiB,
  }));
}
