// Processes that a test run started and that outlived it: each of them carries the run's mark in its environment.
import fs from 'node:fs/promises';
import { run } from '../services/process.ts';

export const MARK = 'PARLEY_TEST_RUN';

export interface Leftover {
  readonly pid: number;
  readonly command: string;
}

export async function leftoversOf(mark: string): Promise<Leftover[]> {
  const sought = `${MARK}=${mark}`;
  const all = process.platform === 'linux' ? await fromProc(sought) : await fromPs(sought);
  return all.filter(({ pid }) => pid !== process.pid);
}

async function fromProc(sought: string): Promise<Leftover[]> {
  const pids = (await fs.readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const rows = pids.map(async (pid) => {
    // processes come and go while we look, and those of others are not ours to read
    const environment = await fs.readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (!environment.split('\0').includes(sought)) return undefined;
    const command = (await fs.readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim();
    return { pid: Number(pid), command };
  });
  return (await Promise.all(rows)).filter((row) => row !== undefined);
}

async function fromPs(sought: string): Promise<Leftover[]> {
  const { output } = await run('ps', ['-axEww', '-o', 'pid=,command=']);
  return output
    .split('\n')
    .filter((line) => line.split(' ').includes(sought))
    .map((line) => ({ pid: Number.parseInt(line, 10), command: line.trim() }));
}
