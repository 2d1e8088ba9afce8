// Other programs: running one to its end, and telling whether one that an earlier run left behind still lives.
// Knows nothing of what the programs are.
import { execFile, type SpawnOptions, spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import { promisify } from 'node:util';
import { until } from '../../server/lib/backoff.ts';

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program to its end; `input` goes to its stdin, stdout and stderr come back together. */
export function run(
  command: string,
  args: readonly string[],
  options: Omit<SpawnOptions, 'stdio'> & { input?: string } = {},
): Promise<Ended> {
  const { input, ...rest } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...rest, stdio: ['pipe', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString().trim() }));
    // a program that ends before it has read everything is judged by its exit code, not by this
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** The environment for a child: ours, without the variables that would lead that program astray. */
export function environmentWithout(strays: RegExp, added: Record<string, string> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name, value]) => value !== undefined && !strays.test(name));
  return { ...(Object.fromEntries(kept) as Record<string, string>), ...added };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The command line of a process, or undefined when there is none (a dead one that nobody has waited for included). */
async function commandOf(pid: number): Promise<string | undefined> {
  if (!isAlive(pid)) return undefined;
  if (process.platform === 'linux') {
    const line = await fs.readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return line.replaceAll('\0', ' ') || undefined;
  }
  return promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    () => undefined,
  );
}

/** Is `pid` alive, and the program that has `mark` in its command line? A pid alone is used again by others. */
export async function isOurs(pid: number, mark: string): Promise<boolean> {
  return (await commandOf(pid))?.includes(mark) ?? false;
}

/** Asks a process to end, and makes it end when it has not within the time. */
export async function end(pid: number, mark: string, signal: NodeJS.Signals, timeoutMs: number): Promise<void> {
  const gone = async () => !(await isOurs(pid, mark));
  if (await gone()) return;
  process.kill(pid, signal);
  try {
    await until(`the end of process ${pid}`, gone, { timeoutMs, everyMs: 50 });
  } catch {
    if (!(await gone())) process.kill(pid, 'SIGKILL');
    await until(`the end of killed process ${pid}`, gone);
  }
}
