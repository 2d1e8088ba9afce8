// Hostile sessions against a living Parley, many at once, with healthy people beside them. None may crash or hang it,
// or make it say "internal"; the healthy miss nothing, and when all have gone it holds no more than before.
import { WebSocket } from 'ws';
import { sleep, until } from '../../server/lib/backoff.ts';
import { broken, Chatter, quantile } from '../trial/chatter.ts';
import { heldWithout, leaks, shown } from '../trial/holdings.ts';
import type { Person, Trial } from '../trial/trial.ts';
import { hostileSession } from './session.ts';

export const liveSettings = { LIMIT_CONNECTS: '1000000/s,1000000', HEART_BEAT_MS: '1000' };

const WORKERS = 16;
const HEALTHY = 4;
const SAY_MS = 100;
const HANG_MS = 15_000;

interface Count {
  sessions: number;
  frames: number;
  pieces: number;
  connected: number;
  /** ERRORs by their code */
  readonly errors: Map<string, number>;
  readonly problems: string[];
}

export async function runLive(trial: Trial, seconds: number, seed: number) {
  const people = await trial.people(WORKERS);
  const friends = await trial.people(HEALTHY);
  const conversation = await trial.group(friends);
  const healthy = friends.map((person) => new Chatter(trial.stompUrl, person, conversation, 1000));
  const count: Count = { sessions: 0, frames: 0, pieces: 0, connected: 0, errors: new Map(), problems: [] };
  for (const chatter of healthy) chatter.come();
  await until('the healthy', () => healthy.every(({ connected }) => connected));
  let said = 0;
  const saying = setInterval(() => healthy[said % HEALTHY]?.say(`healthy ${said++}`), SAY_MS);
  // what is made once, such as devices and code that is compiled, is no leak
  await attack(trial.stompUrl, people, Math.min(10, seconds / 4), seed, { ...count, errors: new Map() });
  const before = await heldWithout(trial, HEALTHY);
  await attack(trial.stompUrl, people, seconds, seed + 1, count);
  const after = await heldWithout(trial, HEALTHY);
  clearInterval(saying);
  const isDone = () => healthy.every(({ pending, seen }) => pending === 0 && seen.size >= said);
  await until('all is seen', isDone, { timeoutMs: 30_000 }).catch(() => undefined);
  const reconnects = healthy.filter(({ connects }) => connects !== 1).length;
  if (reconnects > 0) count.problems.push(`${reconnects} of the healthy had to come again`);
  await Promise.all(healthy.map((chatter) => chatter.leave()));
  const delays = healthy.flatMap((chatter) => chatter.delays);
  return {
    summary: {
      'hostile sessions': count.sessions,
      'that got in': count.connected,
      'frames, before the damage': count.frames,
      'WebSocket messages': count.pieces,
      ERRORs: [...count.errors].map(([code, times]) => `${code} ${times}`).join(', '),
      'healthy messages': said,
      'delay p50, p99, max': `${[0.5, 0.99, 1].map((share) => quantile(delays, share)).join(', ')} ms`,
      before: shown(before),
      after: shown(after),
    },
    problems: [...count.problems, ...leaks(before, after, HEALTHY), ...broken(healthy)],
  };
}

async function attack(url: string, people: readonly Person[], seconds: number, seed: number, count: Count) {
  const until = Date.now() + seconds * 1000;
  let number = 0;
  const work = async (person: Person) => {
    while (Date.now() < until && count.problems.length < 10) await one(url, person, seed, number++, count);
  };
  await Promise.all(people.map(work));
}

/** One session, to its end. */
async function one(url: string, person: Person, seed: number, number: number, count: Count): Promise<void> {
  const { pieces, frames, getsIn, end } = hostileSession(seed, number, person);
  const socket = new WebSocket(url, ['v12.stomp', 'v11.stomp', 'v10.stomp']);
  const name = `--seed ${seed}, session ${number}`;
  socket.on('message', (data: Buffer) => listen(data.toString('latin1'), name, count));
  let failure: string | undefined;
  socket.on('error', (error) => (failure = error.message));
  const settled = new Promise<void>((resolve) => {
    socket.once('close', resolve);
    socket.once('pong', resolve);
    // what is answered after CONNECTED says that the frames behind CONNECT were read
    if (getsIn) socket.once('message', () => socket.ping());
    socket.once('open', () => {
      for (const piece of pieces) socket.send(piece, { binary: true });
      if (!getsIn) socket.ping();
    });
  });
  const hung = await within(settled);
  if (hung) count.problems.push(`hangs: no answer to ${name}`);
  if (failure !== undefined && socket.readyState !== socket.OPEN) {
    if (/ECONNREFUSED|Unexpected server response/.test(failure)) count.problems.push(`${name}: ${failure}`);
  }
  count.sessions += 1;
  count.frames += frames;
  count.pieces += pieces.length;
  if (end === 'terminate') return socket.terminate();
  if (socket.readyState === socket.OPEN) socket.close();
}

function listen(text: string, name: string, count: Count): void {
  if (text.startsWith('CONNECTED')) count.connected += 1;
  const error = /(?:^|\0)ERROR\n(?:.*\n)*?code:(.*)\n/.exec(text)?.[1];
  if (error === undefined) return;
  count.errors.set(error, (count.errors.get(error) ?? 0) + 1);
  if (error === 'internal') count.problems.push(`internal: ${name}`);
}

/** True: it took too long. */
async function within(work: Promise<void>): Promise<boolean> {
  const stop = new AbortController();
  const hung = await Promise.race([work.then(() => false), sleep(HANG_MS, stop.signal).then(() => true)]);
  stop.abort();
  return hung;
}
