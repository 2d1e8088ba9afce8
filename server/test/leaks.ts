// A root hook plugin of mocha (`--require`): every root-level suite must leave as much open as it found: sockets,
// servers, timers, processes. What is closed a moment later counts as closed; what is not fails the suite, by name.
import fs from 'node:fs';
import { ChildProcess } from 'node:child_process';
import { Server, Socket } from 'node:net';
import { sleep } from '../lib/backoff.ts';

/** Sockets need a few turns of the event loop for their end; idle HTTP connections let go of the process at once. */
const PATIENCE_MS = 3_000;
const EVERY_MS = 20;

type Counts = ReadonlyMap<string, number>;

function countsOf(names: readonly string[]): Counts {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** What keeps this process from ending (unreferenced timers and sockets do not), and its children. */
const open = (): Counts => countsOf([...process.getActiveResourcesInfo(), ...childrenOfThis()]);

/** On Linux; elsewhere only those that hold this process up are seen. */
function childrenOfThis(): string[] {
  let pids: string[];
  try {
    pids = fs.readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);
  } catch {
    return [];
  }
  return pids.map(commandOf).filter((command) => command !== '');
}

/** '' for one that has ended. */
function commandOf(pid: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

function added(before: Counts, now: Counts): string[] {
  return [...now].flatMap(([name, count]) => {
    const more = count - (before.get(name) ?? 0);
    return more > 0 ? [`${more} × ${name}`] : [];
  });
}

/** Node tells no more than the kind of a resource, but for handles, by this undocumented way. */
function handles(): Set<unknown> {
  const { _getActiveHandles: all } = process as unknown as { _getActiveHandles?: () => unknown[] };
  return new Set(all?.call(process) ?? []);
}

function describeHandle(handle: unknown): string {
  if (handle instanceof ChildProcess) return `process ${handle.pid}: ${handle.spawnargs.join(' ')}`;
  if (handle instanceof Server) return `server on ${JSON.stringify(handle.address())}`;
  if (handle instanceof Socket && handle.remotePort) return `socket to port ${handle.remotePort}`;
  return (handle as object).constructor.name;
}

function watch(suite: Mocha.Suite): void {
  let before: Counts = new Map();
  let handlesBefore = new Set<unknown>();
  suite.beforeAll('what is open before', async () => {
    // mocha's own timer for a hook that takes time runs now, here as below
    await sleep(0);
    before = open();
    handlesBefore = handles();
  });
  // ahead of the suite's own: what those open is the suite's
  const hooks = (suite as unknown as { _beforeAll: unknown[] })._beforeAll;
  hooks.unshift(hooks.pop());
  // behind the suite's own
  suite.afterAll('nothing is left open', async () => {
    const deadline = Date.now() + PATIENCE_MS;
    await sleep(0);
    let left = added(before, open());
    while (left.length > 0 && Date.now() < deadline) {
      await sleep(EVERY_MS);
      left = added(before, open());
    }
    if (left.length === 0) return;
    const details = [...handles()].filter((handle) => !handlesBefore.has(handle)).map(describeHandle);
    throw new Error(`"${suite.title}" left open: ${[left.join(', '), ...details].join('\n  ')}`);
  });
}

export const mochaHooks = {
  /** Once, when all files are loaded. */
  beforeAll(this: Mocha.Context): void {
    // made on first use, and never closed: not of any suite
    void [process.stdout, process.stderr, process.stdin];
    for (const suite of this.test?.parent?.suites ?? []) watch(suite);
  },
};
