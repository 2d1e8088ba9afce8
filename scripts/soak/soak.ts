// A soak: people with stompjs in one conversation, for as long as one likes, while their connections are cut in three
// ways; at the end everybody has everything, and Parley holds no more than before they came.
import { until, sleep } from '../../server/lib/backoff.ts';
import { WebSocket } from 'ws';
import { encodeFrame } from '../../server/stomp/encoder.ts';
import { type Watched, usageOf } from '../bench/usage.ts';
import { broken, Chatter, quantile } from '../trial/chatter.ts';
import { heldWithout, leaks, MB, shown } from '../trial/holdings.ts';
import type { Holdings } from '../trial/server.ts';
import type { Person, Trial } from '../trial/trial.ts';

export interface SoakOptions {
  readonly seconds: number;
  readonly peers: number;
  /** Messages a second, of all together. */
  readonly rate: number;
  /** One connection is cut so often. */
  readonly cutEveryMs: number;
  /** whose memory is looked at, besides Parley's */
  readonly services?: readonly Watched[];
}

export interface SoakOutcome {
  readonly summary: Readonly<Record<string, string | number>>;
  readonly problems: readonly string[];
}

export const HEART_BEAT_MS = 1000;
export const soakSettings = { HEART_BEAT_MS: String(HEART_BEAT_MS) };

const ALL_SEEN_MS = 60_000;

const cuts: readonly ((chatter: Chatter, url: string) => void)[] = [
  function byTheNetwork(chatter) {
    chatter.cut();
  },
  function bySilence(chatter) {
    chatter.stall();
  },
  function byTheServer({ person }, url) {
    takePlace(person, url);
  },
];

/** A second session of the same device: the server ends the first one, with ERROR and close. */
function takePlace({ token }: Person, url: string): void {
  const socket = new WebSocket(url, ['v12.stomp']);
  const headers = { 'accept-version': '1.2', passcode: token, 'device-id': 'd1' };
  socket.once('open', () => socket.send(encodeFrame('CONNECT', headers, '', '1.2')));
  socket.once('message', () => socket.terminate());
  socket.on('error', () => {});
}

export async function soak(trial: Trial, options: SoakOptions, say: (line: string) => void): Promise<SoakOutcome> {
  const people = await trial.people(options.peers);
  const warming = await chat(trial, people, { ...options, seconds: Math.min(10, options.seconds / 4) }, () => {});
  const before = await heldWithout(trial, 0);
  const samples: Holdings[] = [];
  const memory = new Map<string, number[]>();
  const run = await chat(trial, people, options, async (held, said) => {
    samples.push(held);
    for (const one of options.services ?? []) {
      memory.set(one.name, [...(memory.get(one.name) ?? []), Math.round((await usageOf(one)).mib)]);
    }
    const others = [...memory].map(([name, mib]) => `; ${name} ${mib.at(-1)} MiB`).join('');
    say(`${said} said; ${shown(held)}${others}`);
  });
  const after = await heldWithout(trial, 0);
  const problems = [...warming.problems, ...run.problems, ...leaks(before, after, 0)];
  return {
    summary: {
      ...run.summary,
      'before the soak': shown(before),
      'after the soak': shown(after),
      'slope, second half': [
        `heap ${slope(samples, options.seconds, ({ heapBytes }) => heapBytes)} MB/h`,
        `RSS ${slope(samples, options.seconds, ({ rssBytes }) => rssBytes)} MB/h`,
      ].join(', '),
      ...Object.fromEntries(
        [...memory].map(([name, mib]) => [
          name,
          `${mib[0]} MiB at first, ${Math.max(...mib)} at most, ${mib.at(-1)} at last`,
        ]),
      ),
    },
    problems,
  };
}

async function chat(
  trial: Trial,
  people: readonly Person[],
  { seconds, rate, cutEveryMs }: SoakOptions,
  sampled: (held: Holdings, said: number) => void | Promise<void>,
): Promise<SoakOutcome> {
  const conversation = await trial.group(people);
  const chatters = people.map((person) => new Chatter(trial.stompUrl, person, conversation, HEART_BEAT_MS));
  for (const chatter of chatters) chatter.come();
  await until('everybody', () => chatters.every(({ connected }) => connected), { timeoutMs: ALL_SEEN_MS });
  const startedAt = Date.now();
  const elapsed = () => Date.now() - startedAt;
  const [said, done] = [{ messages: 0, cuts: 0 }, seconds * 1000];
  const sampling = sampleUntil(done, elapsed, async () => sampled(await trial.holdings(), said.messages));
  while (elapsed() < done) {
    // what a late timer missed is made up for
    for (; said.messages < (elapsed() / 1000) * rate; said.messages++) {
      chatters[said.messages % chatters.length]?.say(`message ${said.messages}`);
    }
    if (elapsed() / cutEveryMs >= said.cuts + 1) {
      cuts[said.cuts % cuts.length]?.(chatters[(said.cuts * 7) % chatters.length] as Chatter, trial.stompUrl);
      said.cuts += 1;
    }
    await sleep(20);
  }
  await sampling;
  const isDone = () => chatters.every(({ pending, seen }) => pending === 0 && seen.size >= said.messages);
  await until('all is seen', isDone, { timeoutMs: ALL_SEEN_MS }).catch(() => undefined);
  await Promise.all(chatters.map((chatter) => chatter.leave()));
  const delays = chatters.flatMap((chatter) => chatter.delays);
  const sum = (of: (chatter: Chatter) => number) => chatters.reduce((total, chatter) => total + of(chatter), 0);
  return {
    summary: {
      'messages said': said.messages,
      receipted: sum(({ receipted }) => receipted.size),
      'seen, by id': sum(({ seen }) => seen.size),
      'came again': sum(({ repeats }) => repeats),
      cuts: said.cuts,
      reconnects: sum(({ connects }) => connects) - chatters.length,
      'delay p50, p99, max': `${[0.5, 0.99, 1].map((share) => quantile(delays, share)).join(', ')} ms`,
    },
    problems: broken(chatters),
  };
}

/** Thirty times on the way. */
async function sampleUntil(doneMs: number, elapsed: () => number, sample: () => Promise<void>): Promise<void> {
  while (elapsed() < doneMs) {
    await sleep(Math.max(500, doneMs / 30));
    await sample();
  }
}

/** The least squares' line through the second half of the samples, in MB an hour. */
function slope(samples: readonly Holdings[], seconds: number, of: (held: Holdings) => number): string {
  const half = samples.slice(Math.floor(samples.length / 2)).map(of);
  const middle = (half.length - 1) / 2;
  const mean = half.reduce((sum, value) => sum + value, 0) / half.length;
  let [covariance, variance] = [0, 0];
  for (const [i, value] of half.entries()) {
    covariance += (i - middle) * (value - mean);
    variance += (i - middle) ** 2;
  }
  const perSample = variance === 0 ? 0 : covariance / variance;
  return ((perSample * samples.length * 3600) / seconds / MB).toFixed(1);
}
