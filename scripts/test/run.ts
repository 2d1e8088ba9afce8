// Runs commands of the table, one after the other or at once, and adds up what they say.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Command, root } from './commands.ts';

export interface Totals {
  passed: number;
  failed: number;
  readonly failures: string[];
}

export const noTotals = (): Totals => ({ passed: 0, failed: 0, failures: [] });

interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

const children = new Set<ReturnType<typeof spawn>>();

/** For a stop in the middle. */
export const endCommands = () => {
  for (const child of children) child.kill('SIGTERM');
};

/** `show`: its output goes to the terminal as it comes; else it is kept. */
function run({ args }: Command, env: NodeJS.ProcessEnv, show: boolean): Promise<Outcome> {
  const [program = '', ...rest] = args;
  return new Promise((resolve) => {
    const child = spawn(program, rest, { cwd: root, env, stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
    children.add(child);
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', (error) => resolve({ ok: false, output: error.message }));
    child.on('close', (code) => {
      children.delete(child);
      resolve({ ok: code === 0, output });
    });
  });
}

/** A check that says nothing when all is well; a failure counts as one. Gives whether it passed. */
export async function runStatic(command: Command, totals: Totals): Promise<boolean> {
  const { ok, output } = await run(command, process.env, false);
  if (!ok) {
    totals.failed += 1;
    totals.failures.push(`${command.name}:\n${output.trimEnd()}`);
  }
  return ok;
}

/** mocha: its totals are added; one that breaks off counts as one failure. Gives its output unless shown. */
export async function runTests(
  command: Command,
  totals: Totals,
  env: Record<string, string> = {},
  show = true,
): Promise<string> {
  const counts = path.join(os.tmpdir(), `parley-counts-${process.pid}-${Date.now()}`);
  const { ok, output } = await run(command, { ...process.env, ...env, PARLEY_TEST_COUNTS: counts }, show);
  const said = fs.existsSync(counts) ? fs.readFileSync(counts, 'utf8') : '';
  fs.rmSync(counts, { force: true });
  const { passes = 0, failures = 0 } = (said ? JSON.parse(said) : {}) as { passes?: number; failures?: number };
  totals.passed += passes;
  totals.failed += failures;
  if (!ok && failures === 0) {
    totals.failed += 1;
    totals.failures.push(`${command.name}: broke off before its end`);
  }
  return output;
}
