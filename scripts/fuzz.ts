// npm run fuzz -- --seconds N [--seed S] [--case C]: damaged and split frames against the STOMP parser, then its speed
// beside that of stompjs's. Fails at a crash, a difference between two ways of cutting, or a hang.
// With --live the same kind of frames go over WebSockets to a Parley of its own (fuzz/live.ts).
//
// The cases run in a thread, for only from outside can one see that a parser does not come back.
import { parseArgs } from 'node:util';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { Parser as StompjsParser } from '@stomp/stompjs';
import { encodeFrame } from '../server/stomp/encoder.ts';
import { type FuzzCount, fuzzCase } from '../server/stomp/fuzz.ts';
import { FrameParser } from '../server/stomp/parser.ts';
import { roomyLimits } from '../server/stomp/read-all.ts';
import { Releasers } from '../server/lib/releasers.ts';
import { OperatorError } from '../server/errors.ts';
import { onSignal } from './setup/signals.ts';
import type { Step } from './setup/step.ts';

const HANG_MS = 10_000;

interface Task {
  readonly seconds: number;
  readonly seed: number;
  /** Only this one. */
  readonly only: number | undefined;
  /** Two numbers: the case under way, and frames so far. */
  readonly shared: SharedArrayBuffer;
}

// ---------------------------------------------------------------- the thread

function runCases({ seconds, seed, only, shared }: Task): void {
  const progress = new Float64Array(shared);
  const count: FuzzCount = { cases: 0, frames: 0, errors: new Map() };
  const startedAt = performance.now();
  const elapsed = () => (performance.now() - startedAt) / 1000;
  for (let number = only ?? 0; only === undefined ? elapsed() < seconds : number === only; number++) {
    progress[0] = number;
    fuzzCase(seed, number, count);
    progress[1] = count.frames;
  }
  const rate = Math.round(count.frames / elapsed());
  console.log(`${count.cases} cases, ${count.frames} frames read, ${rate} frames/s with all checks; nothing found`);
  console.log('cases that ended in an error, as they should:');
  for (const [words, times] of [...count.errors].toSorted((a, b) => b[1] - a[1])) {
    console.log(`${String(times).padStart(9)}  ${words}`);
  }
}

// ---------------------------------------------------------------- the speed

/** Frames a second of `read`, which reads `frames` of them at each call; the best of three runs. */
function speedOf(frames: number, read: () => void): number {
  let best = 0;
  for (let run = 0; run < 3; run++) {
    const startedAt = performance.now();
    let calls = 0;
    for (; performance.now() - startedAt < 700; calls++) read();
    best = Math.max(best, (calls * frames * 1000) / (performance.now() - startedAt));
  }
  return Math.round(best);
}

function compareSpeeds(): void {
  const headers = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`x-header-${i}`, `some value ${i}`]));
  const fields = { destination: '/app/messages', receipt: 'r-12345', 'content-type': 'application/json', ...headers };
  for (const [bodyBytes, perChunk] of [
    [200, 1],
    [200, 20],
    [32_768, 1],
  ] as const) {
    const frame = encodeFrame('SEND', fields, 'b'.repeat(bodyBytes), '1.2');
    const chunk = Buffer.concat(Array.from({ length: perChunk }, () => frame));
    const ours = new FrameParser(roomyLimits);
    ours.version = '1.2';
    const theirs = new StompjsParser(
      () => {},
      () => {},
    );
    const arrayBuffer = new Uint8Array(chunk).buffer;
    const a = speedOf(perChunk, () => ours.push(chunk, () => {}));
    const b = speedOf(perChunk, () => theirs.parseChunk(arrayBuffer));
    console.log(
      `SEND, 10 headers, body of ${bodyBytes} octets, ${perChunk} to a chunk: ` +
        `${a} frames/s, stompjs ${b} frames/s, ${(a / b).toFixed(1)} times`,
    );
  }
}

// ---------------------------------------------------------------- the command

/** Resolves when the thread has ended well; rejects when it failed, or stayed in one case for too long. */
function watch(task: Task): Promise<void> {
  const progress = new Float64Array(task.shared);
  // tsx, which reads TypeScript for the main thread, has to be asked again in another
  const code = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(import.meta.url)})))`;
  const thread = new Worker(code, { eval: true, workerData: task });
  return new Promise((resolve, reject) => {
    let [last, since] = [-1, Date.now()];
    const timer = setInterval(() => {
      if (progress[0] !== last) [last, since] = [progress[0] ?? 0, Date.now()];
      if (Date.now() - since < HANG_MS) return;
      reject(new Error(`hangs in --seed ${task.seed} --case ${last}`));
      void thread.terminate();
    }, 500);
    thread.once('error', reject);
    thread.once('exit', () => {
      clearInterval(timer);
      resolve();
    });
  });
}

/** Services and a Parley of its own. */
async function fuzzLive(seconds: number, seed: number, step: Step): Promise<void> {
  const releasers = new Releasers();
  onSignal(() => releasers.release(), 130);
  try {
    const { openTrialServices } = await import('./trial/services.ts');
    const { config } = await openTrialServices('fuzz', step, releasers);
    // the generated client exists only by now
    const [{ openTrial }, { liveSettings, runLive }] = await Promise.all([
      import('./trial/trial.ts'),
      import('./fuzz/live.ts'),
    ]);
    const trial = await step('Parley', () => openTrial(config, liveSettings, releasers));
    console.log(`fuzzing /stomp for ${seconds} s with --seed ${seed}`);
    const { summary, problems } = await runLive(trial, seconds, seed);
    for (const [name, value] of Object.entries(summary)) console.log(`${name.padEnd(26)} ${value}`);
    for (const problem of problems) console.error(problem);
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    await releasers.release((name, error) => console.error(`${name} does not stop:`, error));
  }
}

export async function fuzz(args: string[], step: Step): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      case: { type: 'string' },
      live: { type: 'boolean', default: false },
    },
  });
  const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
  const only = values.case === undefined ? undefined : Number(values.case);
  if (!(seconds > 0) || !Number.isInteger(seed) || (only !== undefined && !Number.isInteger(only))) {
    throw new OperatorError('Usage: npm run fuzz -- --seconds N [--seed S] [--case C | --live], all of them numbers');
  }
  if (values.live) return fuzzLive(seconds, seed, step);
  console.log(`fuzzing the STOMP parser for ${seconds} s with --seed ${seed}`);
  await watch({ seconds, seed, only, shared: new SharedArrayBuffer(16) });
  if (only === undefined) compareSpeeds();
}

if (!isMainThread) runCases(workerData as Task);
