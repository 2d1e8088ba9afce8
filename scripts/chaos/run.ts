// A run from its first CONNECT to its verdict, as a list of steps: everybody comes, chats, is away and back, while one
// fault after the other strikes; then it must grow quiet, and then the ledger is held against what is stored.
import type { Db } from '../../server/db.ts';
import { sleep, until } from '../../server/lib/backoff.ts';
import { check, type Evidence } from './check.ts';
import { gather } from './evidence.ts';
import { faultKinds } from './fault-kinds.ts';
import { PeakMemory } from './memory.ts';
import { type PlannedFault, planOf, type PlanOptions } from './plan.ts';
import type { Stand } from './stand.ts';
import { strikes } from './strikes.ts';
import { World } from './world.ts';

const TICK_MS = 20;
const ALL_CONNECTED_MS = 60_000;
/** Between the recovery from one fault and the next. */
const CALM_MS = 500;
/** Not caught up for so long after a fault: it never will. */
const RECOVER_MS = 120_000;
/** While that lasts, it says so often what is missing. */
const TELL_MS = 10_000;
/** Nothing new for so long: what is missing now is lost, or stuck. */
const STUCK_MS = 60_000;
/** After everything has been seen, no delivery for so long. */
const QUIET_MS = 3_000;
const NEVER_QUIET_MS = 60_000;

export interface RunOptions extends PlanOptions {
  /** messages written a second */
  readonly rate: number;
}

export interface StruckFault extends Pick<PlannedFault, 'number' | 'kinds' | 'lastsMs'> {
  readonly atMs: number;
  /** from its end (of what lasts) or its beginning (of a kill) until all who were there had caught up */
  readonly recoverMs: number;
}

export interface Outcome {
  readonly options: RunOptions;
  readonly world: World;
  readonly evidence: Evidence;
  readonly faults: readonly StruckFault[];
  /** in MiB, by process */
  readonly peaks: ReadonlyMap<string, number>;
  readonly seconds: number;
  /** by the sentence that was broken */
  readonly problems: ReadonlyMap<string, readonly string[]>;
}

interface Running {
  readonly stand: Stand;
  readonly world: World;
  readonly options: RunOptions;
  readonly say: (line: string) => void;
  readonly elapsed: () => number;
  readonly faults: StruckFault[];
  readonly problems: Map<string, string[]>;
}

export async function runPlan(
  stand: Stand,
  db: Db,
  options: RunOptions,
  say: (line: string) => void,
): Promise<Outcome> {
  const world = await World.make(stand.config, db, planOf(options), stand.network.port);
  const memory = watchMemory(stand);
  try {
    await everybodyComes(world);
    const startedAt = Date.now();
    const elapsed = () => Date.now() - startedAt;
    const running: Running = { stand, world, options, say, elapsed, faults: [], problems: new Map() };
    await load(running);
    await settle(running);
    const evidence = await gather(world, { db, url: stand.url, rabbitMq: stand.rabbitMq });
    const { faults, problems } = running;
    for (const [sentence, found] of check(evidence)) problems.set(sentence, found);
    const deaths = [...stand.relay.deaths, ...stand.worker.deaths];
    if (deaths.length > 0) problems.set('no process of Parley ends by itself', deaths);
    return { options, world, evidence, faults, peaks: await memory.stop(), seconds: elapsed() / 1000, problems };
  } finally {
    await memory.stop();
    await Promise.all(world.devices.map((device) => device.leave(true)));
  }
}

/** Each device is known before the first message: from then on it must see everything. */
async function everybodyComes({ devices, ledger }: World): Promise<void> {
  await Promise.all(devices.map((device) => device.come()));
  const all = () => {
    // none is told off before anything has happened
    if (ledger.complaints.length > 0) throw new Error(ledger.complaints[0]);
    return devices.every(({ connected }) => connected);
  };
  await until('all devices to be connected', all, { timeoutMs: ALL_CONNECTED_MS });
}

/** As long as the options say, and until every planned fault has been. */
async function load(running: Running): Promise<void> {
  const over = new AbortController();
  const loading = [write(running, over.signal), comeAndGo(running, over.signal)];
  try {
    await strikeAll(running);
    while (running.elapsed() < running.options.seconds * 1000) await sleep(TICK_MS);
  } finally {
    over.abort();
    await Promise.all(loading);
  }
}

/** At a steady rate, whoever is connected or not: what cannot be sent waits in its outbox. */
async function write({ world, options, elapsed }: Running, over: AbortSignal): Promise<void> {
  const { ledger, plan } = world;
  const messages = plan.messages();
  while (!over.aborted) {
    const due = (elapsed() / 1000) * options.rate;
    while (ledger.entries.size < due) world.write(messages.next().value);
    await sleep(TICK_MS, over);
  }
}

async function comeAndGo({ world, elapsed }: Running, over: AbortSignal): Promise<void> {
  const turns = world.plan.absences.flatMap(({ device, fromMs, toMs, abrupt }) => [
    { atMs: fromMs, act: () => world.devices[device]?.leave(abrupt) },
    { atMs: toMs, act: () => world.devices[device]?.come() },
  ]);
  for (const { atMs, act } of turns.toSorted((a, b) => a.atMs - b.atMs)) {
    await sleep(Math.max(0, atMs - elapsed()), over);
    if (over.aborted) return;
    void act();
  }
}

async function strikeAll(running: Running): Promise<void> {
  const { world, elapsed, faults, problems, say } = running;
  let next = 0;
  for (const fault of world.plan.faults) {
    await sleep(Math.max(0, Math.max(fault.atMs, next) - elapsed()));
    const struck = await strike(running, fault);
    faults.push(struck);
    next = elapsed() + CALM_MS;
    if (Number.isFinite(struck.recoverMs)) {
      say(`          caught up after ${(struck.recoverMs / 1000).toFixed(1)} s`);
      continue;
    }
    problems.set('everybody catches up after a fault', [`${labelOf(fault)}: not within ${RECOVER_MS} ms`]);
    return;
  }
}

async function strike({ stand, world, elapsed, say }: Running, fault: PlannedFault): Promise<StruckFault> {
  const { number, kinds, lastsMs } = fault;
  const devices = world.devices.filter((device) => fault.devices.includes(device.number) && device.connected);
  const atMs = elapsed();
  say(`${(atMs / 1000).toFixed(1).padStart(7)} s  ${labelOf(fault)}`);
  const ends = await Promise.all(kinds.map((kind) => strikes[kind](stand, { lastsMs, devices })));
  const caughtUp = await isCaughtUp(world, say);
  return {
    number,
    kinds,
    lastsMs,
    atMs,
    recoverMs: caughtUp ? Date.now() - Math.max(...ends) : Number.POSITIVE_INFINITY,
  };
}

async function isCaughtUp(world: World, say: (line: string) => void): Promise<boolean> {
  const open = world.catchUp();
  const begunAt = Date.now();
  for (let told = 1; Date.now() - begunAt < RECOVER_MS; await sleep(TICK_MS)) {
    const { away, receipts, deliveries } = open();
    if (away + receipts + deliveries === 0) return true;
    if (Date.now() - begunAt < told * TELL_MS) continue;
    told += 1;
    say(`          still missing: ${away} devices, ${receipts} receipts, ${deliveries} deliveries`);
  }
  return false;
}

const labelOf = ({ kinds, lastsMs }: Pick<PlannedFault, 'kinds' | 'lastsMs'>): string =>
  kinds.map((kind) => (faultKinds[kind].lasts ? `${kind} for ${(lastsMs / 1000).toFixed(1)} s` : kind)).join(', and ');

/** Everybody is back, everything has its receipt and was seen, and nothing comes any more. */
async function settle({ world, say, problems }: Running): Promise<void> {
  const { ledger, devices } = world;
  const open = () =>
    `${ledger.receipted} of ${ledger.entries.size} have their receipt, ${ledger.owedCount} deliveries are owed`;
  say(`all is written; ${open()}`);
  await Promise.all(devices.filter(({ present }) => !present).map((device) => device.come()));
  if (!(await isSettled(world))) problems.set('everything arrives', [`nothing new for ${STUCK_MS} ms: ${open()}`]);
  else if (!(await isQuiet(world))) problems.set('deliveries come to an end', [`${ledger.deliveries} so far`]);
}

async function isSettled(world: World): Promise<boolean> {
  let [progress, since] = [-1, Date.now()];
  while (!world.settled) {
    if (world.ledger.progress !== progress) [progress, since] = [world.ledger.progress, Date.now()];
    else if (Date.now() - since > STUCK_MS) return false;
    await sleep(TICK_MS);
  }
  return true;
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

function watchMemory({ relay, worker, rabbitMq, postgres }: Stand): PeakMemory {
  return new PeakMemory(() => [
    { name: 'relay', pid: relay.pid },
    { name: 'worker', pid: worker.pid },
    { name: 'RabbitMQ', pid: rabbitMq.pid },
    { name: 'PostgreSQL', pid: postgres.pid, tree: true },
    { name: 'the clients', pid: process.pid },
  ]);
}
