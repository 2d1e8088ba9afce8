// A run from its first CONNECT to its verdict, as a list of steps: everybody comes, chats, is away and back, while
// Parley and RabbitMQ are killed; then it must grow quiet, and then the ledger is held against history.
import type { Config } from '../../server/config.ts';
import type { Db } from '../../server/db.ts';
import { sleep, until } from '../../server/lib/backoff.ts';
import { check } from './check.ts';
import type { Kill, PlanOptions } from './plan.ts';
import { planOf } from './plan.ts';
import type { Parley, RabbitMq } from './victims.ts';
import { World } from './world.ts';

const TICK_MS = 20;
/** The share of all messages that may be written ahead of their receipts: so each kill meets a load. */
const BACKLOG = 0.1;
const ALL_CONNECTED_MS = 60_000;
/** Nothing new for so long: what is missing now is lost, or stuck. */
const STUCK_MS = 45_000;
/** After everything has been seen, no delivery for so long. */
const QUIET_MS = 3_000;
const NEVER_QUIET_MS = 60_000;

export interface RunOptions extends PlanOptions {
  /** messages written a second */
  readonly rate: number;
}

export interface Victims {
  readonly parley: Parley;
  readonly rabbitMq: RabbitMq;
}

export interface Outcome {
  readonly summary: Readonly<Record<string, string | number>>;
  /** by the sentence that was broken */
  readonly problems: ReadonlyMap<string, readonly string[]>;
}

export async function runPlan(
  { config, db, say }: { config: Config; db: Db; say: (line: string) => void },
  victims: Victims,
  options: RunOptions,
): Promise<Outcome> {
  const startedAt = Date.now();
  const world = await World.make(config, db, planOf(options));
  const { ledger } = world;
  const stop = new AbortController();
  const problems = new Map<string, string[]>();
  try {
    await everybodyComes(world);
    await Promise.all([write(world, options.rate), killAll(world, victims, say), comeAndGo(world)]);
    say(`all ${ledger.written} written, ${ledger.receipted.size} receipted; waiting for the rest to arrive`);
    await Promise.all(world.devices.map((device) => device.come()));
    if (!(await isAllSeen(world, stop.signal))) problems.set('everything arrives', [stuck(world)]);
    else if (!(await isQuiet(world))) problems.set('deliveries come to an end', [`${ledger.deliveries} so far`]);
    const evidence = {
      messages: world.sentMessages(),
      conversations: world.conversations(),
      devices: world.deviceOwners(),
      histories: await world.histories(),
      ledger,
    };
    for (const [sentence, found] of check(evidence)) problems.set(sentence, found);
    const stored = [...evidence.histories.values()].reduce((sum, of) => sum + ([...of.values()][0]?.length ?? 0), 0);
    return { summary: summaryOf(world, options, stored, startedAt), problems };
  } finally {
    stop.abort();
    await Promise.all(world.devices.map((device) => device.leave(true)));
  }
}

/** Each device is known before the first message: from then on it must see everything. */
async function everybodyComes({ devices }: World): Promise<void> {
  for (const device of devices) await device.come();
  const all = () => devices.every(({ connected }) => connected);
  await until('all devices to be connected', all, { timeoutMs: ALL_CONNECTED_MS });
}

/** At a steady rate, whoever is connected or not: what cannot be sent waits in its outbox. */
async function write(world: World, rate: number): Promise<void> {
  const { ledger, plan, devices } = world;
  const backlog = Math.ceil(BACKLOG * plan.messages.length);
  let lastAt = Date.now();
  for (let due = 0; ledger.written < plan.messages.length; await sleep(TICK_MS)) {
    const now = Date.now();
    due = Math.min(due + ((now - lastAt) / 1000) * rate, backlog - (ledger.written - ledger.receipted.size));
    lastAt = now;
    for (const message of plan.messages.slice(ledger.written, ledger.written + Math.max(0, Math.floor(due)))) {
      devices[message.device]?.write(world.entryOf(message));
      due -= 1;
    }
  }
}

async function comeAndGo({ plan, ledger, devices }: World): Promise<void> {
  const turns = plan.absences.flatMap(({ device, from, to, abrupt }) => [
    { at: from, act: () => devices[device]?.leave(abrupt) },
    { at: to, act: () => devices[device]?.come() },
  ]);
  for (const { at, act } of turns.toSorted((a, b) => a.at - b.at)) {
    while (ledger.written < at) await sleep(TICK_MS);
    void act();
  }
}

async function killAll({ plan, ledger }: World, victims: Victims, say: (line: string) => void): Promise<void> {
  for (const { victim, atReceipts } of plan.kills) {
    while (ledger.receipted.size < atReceipts) await sleep(TICK_MS);
    const [killedAt, receipted] = [Date.now(), ledger.receipted.size];
    await kills[victim](victims);
    const readyMs = Date.now() - killedAt;
    const goesOn = () => ledger.receipted.size > receipted;
    await until(`a receipt after ${victim} was killed at ${receipted}`, goesOn, { timeoutMs: STUCK_MS });
    say(
      `${victim} killed at ${receipted} receipts: ready again after ${readyMs} ms, first receipt after ${Date.now() - killedAt} ms`,
    );
  }
}

const kills: Readonly<Record<Kill['victim'], (victims: Victims) => Promise<void>>> = {
  async Parley({ parley }) {
    await parley.kill();
    await parley.start();
  },
  async RabbitMQ({ rabbitMq }) {
    await rabbitMq.kill();
    await rabbitMq.start();
  },
};

async function isAllSeen(world: World, signal: AbortSignal): Promise<boolean> {
  const { ledger } = world;
  const expected = world.expectedSeen();
  let [progress, since] = [-1, Date.now()];
  while (!signal.aborted) {
    if (ledger.receipted.size === world.plan.messages.length && ledger.seenCount >= expected) return true;
    if (ledger.progress !== progress) [progress, since] = [ledger.progress, Date.now()];
    else if (Date.now() - since > STUCK_MS) return false;
    await sleep(TICK_MS);
  }
  return false;
}

async function isQuiet({ ledger }: World): Promise<boolean> {
  const deadline = Date.now() + NEVER_QUIET_MS;
  for (;;) {
    const before = ledger.deliveries;
    await sleep(QUIET_MS);
    if (ledger.deliveries === before) return true;
    if (Date.now() > deadline) return false;
  }
}

function stuck(world: World): string {
  const { ledger, plan } = world;
  const [seen, expected] = [ledger.seenCount, world.expectedSeen()];
  return `nothing new for ${STUCK_MS} ms at ${ledger.receipted.size} of ${plan.messages.length} receipts, ${seen} of ${expected} seen`;
}

function summaryOf(
  { ledger, plan, devices }: World,
  { users, seed }: RunOptions,
  stored: number,
  startedAt: number,
): Outcome['summary'] {
  const killed = (name: Kill['victim']) => plan.kills.filter(({ victim }) => victim === name).length;
  return {
    seed,
    users,
    devices: devices.length,
    conversations: plan.conversations.length,
    absences: plan.absences.length,
    'messages sent': ledger.sent,
    'sent again': ledger.resent,
    receipted: ledger.receipted.size,
    'stored (by REST)': stored,
    'seen, all devices': ledger.seenCount,
    'duplicates, all devices': ledger.duplicates,
    'kills of Parley': killed('Parley'),
    'kills of RabbitMQ': killed('RabbitMQ'),
    seconds: ((Date.now() - startedAt) / 1000).toFixed(1),
  };
}
