// A run: people talk in a group while members and devices come and go; then everybody is there again, and the proof is
// made of what each was told, reads and was answered.
import type { Config } from '../../server/config.ts';
import type { MemberRole } from '../../server/contract/group.ts';
import { sleep, until } from '../../server/lib/backoff.ts';
import { type Random, randomOf } from '../chaos/random.ts';
import { Book } from './book.ts';
import { check, lacking, type Reader } from './check.ts';
import { Churn } from './churn.ts';
import { Crowd, type Somebody, type Stand } from './crowd.ts';
import { foundOf, historyOf } from './rest.ts';
import { pastOf, type Past } from './stays.ts';
import { Talk, WORD } from './talk.ts';

export interface LedgerOptions {
  readonly seconds: number;
  /** places in the group */
  readonly members: number;
  /** messages a second, of all together */
  readonly rate: number;
  readonly seed: string;
  /** members and devices change so many times as often as by default */
  readonly hurry?: number;
}

export interface LedgerOutcome {
  readonly summary: Readonly<Record<string, string | number>>;
  readonly problems: ReadonlyMap<string, readonly string[]>;
}

/** A device that is away for long loses its queue, and must read history. */
export const ledgerSettings = (members: number, queueEvents = 1000): Partial<Record<keyof Config, string>> => ({
  GROUP_LIMIT: String(members),
  DEVICE_QUEUE_EVENTS: String(queueEvents),
});

/** For each message said. */
const ACTS = 0.25;
/** A second, for each hundred places. */
const CHANGES = 3;
const DEVICE_CHANGES = 4;
const AWAY_AT_FIRST = 0.3;
const MOST_UNDER_WAY = 200;
const CONNECTED_MS = 120_000;
const NOTHING_CAME_MS = 60_000;
const CONNECTS_AT_ONCE = 20;
const PAGES_FOUND = 3;
const READ_AT_ONCE = 8;

export async function runLedger(
  stand: Stand,
  options: LedgerOptions,
  say: (line: string) => void,
): Promise<LedgerOutcome> {
  const random = randomOf(options.seed);
  const book = new Book();
  const crowd = await Crowd.gather(stand, options.members, random, book);
  try {
    return await live(crowd, book, random, options, say);
  } finally {
    await Promise.all(crowd.devices.map((device) => device.leave(false)));
  }
}

async function live(
  crowd: Crowd,
  book: Book,
  random: Random,
  { seconds, members, rate, hurry = 1 }: LedgerOptions,
  say: (line: string) => void,
): Promise<LedgerOutcome> {
  const talk = new Talk(crowd, book, random);
  const churn = new Churn(crowd, book, random);
  await churn.begin();
  // all of them were there once: before that a device is not known, and nothing is kept for it
  await comeAll(crowd);
  await Promise.all(
    crowd.devices
      .filter((device) => device !== crowd.owner.devices[0] && random.chance(AWAY_AT_FIRST))
      .map((device) => device.leave(false)),
  );
  const share = (members / 100) * hurry;
  const underWay = new Set<Promise<void>>();
  const startedAt = Date.now();
  const lanes: readonly [number, () => Promise<void>][] = [
    [rate, () => talk.say()],
    [rate * ACTS, () => talk.act()],
    [Math.max(1, CHANGES * share), () => churn.change()],
    [Math.max(1, DEVICE_CHANGES * share), () => comeOrGo(crowd, random)],
  ];
  await Promise.all([
    ...lanes.map(async ([perSecond, act]) => {
      for (let n = 1; Date.now() - startedAt < seconds * 1000; n++) {
        await sleep(Math.max(0, startedAt + (n * 1000) / perSecond - Date.now()));
        if (underWay.size >= MOST_UNDER_WAY) continue;
        const acting: Promise<void> = act().finally(() => underWay.delete(acting));
        underWay.add(acting);
      }
    }),
    report(book, crowd, seconds, say),
  ]);
  await Promise.all(underWay);
  say('everybody comes back');
  await comeAll(crowd);
  await talk.last(crowd.owner);
  return prove(crowd, book, (Date.now() - startedAt) / 1000, say);
}

/** Somebody loses her network, goes for a while, comes back, or comes with a new device. */
async function comeOrGo(crowd: Crowd, random: Random): Promise<void> {
  const somebody = random.pick(crowd.everybody.slice(1));
  const device = random.pick(somebody.devices);
  const what = random.fraction();
  if (what < 0.1) await crowd.link(somebody)?.come();
  else if (!device.present) await device.come();
  else if (what < 0.55) device.cut();
  else await device.leave(random.chance(0.5));
}

async function comeAll(crowd: Crowd): Promise<void> {
  const absent = crowd.devices.filter(({ connected }) => !connected);
  while (absent.length > 0) {
    const some = absent.splice(0, CONNECTS_AT_ONCE);
    await Promise.all(some.filter(({ present }) => !present).map((device) => device.come()));
    await until('some devices', () => some.every(({ connected }) => connected), { timeoutMs: CONNECTED_MS });
  }
}

async function report(book: Book, crowd: Crowd, seconds: number, say: (line: string) => void): Promise<void> {
  const startedAt = Date.now();
  for (let n = 1; n <= 10; n++) {
    await sleep(Math.max(0, startedAt + (n * seconds * 1000) / 10 - Date.now()));
    const inside = crowd.everybody.filter(({ isIn }) => isIn).length;
    const there = crowd.devices.filter(({ connected }) => connected).length;
    say(`${book.said.size} said; ${inside} members; ${there} of ${crowd.devices.length} devices connected`);
  }
}

async function prove(crowd: Crowd, book: Book, seconds: number, say: (line: string) => void): Promise<LedgerOutcome> {
  const { call, conversation, owner } = crowd;
  const past = pastOf(await historyOf(call, owner.token, conversation), crowd.first);
  const devices = crowd.devices.map(({ told }) => told);
  const startedAt = Date.now();
  await settle(crowd, past, say);
  const settledMs = Date.now() - startedAt;
  const readers: Reader[] = [];
  const waiting = [...crowd.everybody];
  while (waiting.length > 0) {
    readers.push(...(await Promise.all(waiting.splice(0, READ_AT_ONCE).map((one) => readerOf(crowd, one)))));
  }
  const problems = check({ book, past, devices, readers });
  const found = readers.reduce((total, reader) => total + reader.found.length, 0);
  return { summary: { ...summaryOf(crowd, book, past, seconds, settledMs), 'found by search': found }, problems };
}

/** Waits while anything comes; where it is in vain the proof says what is lacking. */
async function settle(crowd: Crowd, past: Past, say: (line: string) => void): Promise<void> {
  let [least, since] = [Number.POSITIVE_INFINITY, Date.now()];
  let saidAt = since;
  for (;;) {
    const left = crowd.devices.map((device) => ({ device, seqs: [...lacking(past, device.told)].length }));
    const count = left.reduce((total, { seqs }) => total + seqs, 0);
    if (count === 0) return;
    if (count < least) [least, since] = [count, Date.now()];
    if (Date.now() - saidAt > 15_000) {
      saidAt = Date.now();
      const late = left.filter(({ seqs }) => seqs > 0).map(({ device }) => device);
      const reading = late.filter((device) => device.reading).length;
      say(`${count} messages are due at ${late.length} devices, of which ${reading} read history`);
    }
    if (Date.now() - since > NOTHING_CAME_MS) return;
    await sleep(250);
  }
}

async function readerOf({ call, conversation }: Crowd, { userId, token, isIn }: Somebody): Promise<Reader> {
  const { status, body } = await call(token, 'GET', `/conversations/${conversation}`);
  const members = status === 200 ? (body.members as { user: { id: string }; role: MemberRole }[]) : undefined;
  return {
    user: userId,
    history: await historyOf(call, token, conversation),
    found: await foundOf(call, token, conversation, WORD, PAGES_FOUND),
    roles: members && new Map(members.map(({ user, role }) => [user.id, role])),
    believesToBeIn: isIn,
  };
}

function summaryOf(crowd: Crowd, book: Book, past: Past, seconds: number, settledMs: number) {
  const sum = (of: (device: (typeof crowd.devices)[number]) => number) =>
    crowd.devices.reduce((total, device) => total + of(device), 0);
  return {
    'seconds of talk and return': Math.round(seconds),
    'settled after the last word, ms': settledMs,
    'people, members at the end': `${crowd.everybody.length}, ${past.roles.size}`,
    'messages in history, of the group': `${past.lastSeq}, ${past.changes}`,
    'stays as a member': [...past.stays.values()].reduce((total, stays) => total + stays.length, 0),
    'devices, connects': `${crowd.devices.length}, ${sum(({ connects }) => connects)}`,
    'messages told, again': `${sum(({ told }) => told.live.size)}, ${sum(({ told }) => told.repeats)}`,
    'told that they missed something': sum(({ told }) => told.missed),
    'read in history only': sum(({ told }) => [...told.read].filter((seq) => !told.live.has(seq)).length),
    ...Object.fromEntries([...book.counts].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}
