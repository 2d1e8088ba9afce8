// What will happen in a run, all of it from the seed: who there is, who writes what to whom from which device, which
// devices are away meanwhile, and what goes wrong when. Knows no ids: people and devices are numbers.
import { type FaultKind, mayMeet } from './fault-kinds.ts';
import { type Random, randomOf } from './random.ts';

export interface PlanOptions {
  readonly seconds: number;
  readonly users: number;
  readonly faultEveryMs: number;
  /** Each comes once before any comes again. */
  readonly kinds: readonly FaultKind[];
  readonly longestMs: number;
  readonly seed: string;
}

export interface PlannedDevice {
  readonly user: number;
  readonly name: string;
  /** acknowledges many events with one frame (`ack:client`), instead of each */
  readonly cumulative: boolean;
}

export interface PlannedMessage {
  readonly clientMessageId: string;
  readonly conversation: number;
  readonly device: number;
  readonly text: string;
  /** an impatient client sends it twice at once */
  readonly twice: boolean;
  /** a careless client sends it once, and never again */
  readonly once: boolean;
}

export interface Absence {
  readonly device: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** the network is gone, instead of a DISCONNECT */
  readonly abrupt: boolean;
}

export interface PlannedFault {
  readonly number: number;
  readonly atMs: number;
  /** one, or two at once */
  readonly kinds: readonly FaultKind[];
  readonly lastsMs: number;
  /** whom it hits, where it hits clients */
  readonly devices: readonly number[];
}

export interface Plan {
  readonly devices: readonly PlannedDevice[];
  /** the members of each; two of them: a direct one */
  readonly conversations: readonly (readonly number[])[];
  readonly absences: readonly Absence[];
  readonly faults: readonly PlannedFault[];
  /** without an end: as many are written as the run takes */
  readonly messages: () => Generator<PlannedMessage, never>;
}

const SECOND_DEVICE = 0.5;
const CUMULATIVE = 0.3;
const PARTNERS = 3;
const USERS_PER_GROUP = 6;
const GROUP_SHARE = 0.2;
const TWICE = 0.02;
const ONCE = 0.02;
const LONG = 0.02;
const CALM_MS = 3_000;
const SHORTEST_MS = 1_000;
const TOGETHER = 0.15;
const HIT = 0.3;
/** An absence and the time to the next one are parts of this, or of a run that is shorter. */
const ABSENCES_MS = 120_000;

export function planOf(options: PlanOptions): Plan {
  const { seed } = options;
  // each part has its own chance: one more message changes no fault
  const people = randomOf(`${seed} people`);
  const devices = planDevices(options, people);
  const conversations = planConversations(options, people);
  return {
    devices,
    conversations,
    absences: planAbsences(options, randomOf(`${seed} absences`), devices.length),
    faults: planFaults(options, randomOf(`${seed} faults`), devices.length),
    messages: () => messagesOf(randomOf(`${seed} messages`), devices, conversations),
  };
}

function planDevices({ users }: PlanOptions, random: Random): PlannedDevice[] {
  return Array.from({ length: users }, (_, user) => {
    const names = random.chance(SECOND_DEVICE) ? ['phone', 'desk'] : ['phone'];
    return names.map((name) => ({ user, name, cumulative: random.chance(CUMULATIVE) }));
  }).flat();
}

function planConversations({ users }: PlanOptions, random: Random): number[][] {
  const everyone = Array.from({ length: users }, (_, user) => user);
  const pairs = new Map<string, number[]>();
  for (const user of everyone) {
    const others = random.shuffled(everyone.filter((other) => other !== user));
    for (const other of others.slice(0, PARTNERS)) {
      const pair = [user, other].toSorted((a, b) => a - b);
      pairs.set(pair.join(), pair);
    }
  }
  const groups = Array.from({ length: Math.floor(users / USERS_PER_GROUP) }, () =>
    random.shuffled(everyone).slice(0, random.whole(3, Math.min(8, users))),
  );
  return [...pairs.values(), ...groups];
}

function* messagesOf(
  random: Random,
  devices: readonly PlannedDevice[],
  conversations: readonly (readonly number[])[],
): Generator<PlannedMessage, never> {
  const direct = conversations.flatMap(({ length }, number) => (length === 2 ? [number] : []));
  const groups = conversations.flatMap(({ length }, number) => (length > 2 ? [number] : []));
  const devicesOf = (person: number) => devices.flatMap(({ user }, device) => (user === person ? [device] : []));
  for (let number = 0; ; number++) {
    const conversation = random.pick(groups.length > 0 && random.chance(GROUP_SHARE) ? groups : direct);
    const sender = random.pick(conversations[conversation] as readonly number[]);
    const filler = 'ä'.repeat(random.chance(LONG) ? random.whole(1_000, 8_000) : random.whole(0, 100));
    yield {
      clientMessageId: `m${number}`,
      conversation,
      device: random.pick(devicesOf(sender)),
      text: `${number} ${filler}`,
      twice: random.chance(TWICE),
      once: random.chance(ONCE),
    };
  }
}

/** Half of the devices stay; the others come and go. */
function planAbsences({ seconds }: PlanOptions, random: Random, devices: number): Absence[] {
  const absences: Absence[] = [];
  const part = Math.min(seconds * 1000, ABSENCES_MS);
  for (let device = 0; device < devices; device++) {
    if (random.chance(0.5)) continue;
    for (let fromMs = random.whole(0, part / 2); fromMs < seconds * 1000; ) {
      const toMs = fromMs + random.whole(part / 20, part / 3);
      absences.push({ device, fromMs, toMs, abrupt: random.chance(0.5) });
      fromMs = toMs + random.whole(part / 20, part / 2);
    }
  }
  return absences;
}

function planFaults(options: PlanOptions, random: Random, devices: number): PlannedFault[] {
  const { seconds, faultEveryMs, kinds, longestMs } = options;
  const count = Math.max(0, Math.floor((seconds * 1000 - CALM_MS) / faultEveryMs));
  const everyDevice = Array.from({ length: devices }, (_, device) => device);
  let round: FaultKind[] = [];
  return Array.from({ length: count }, (_, number) => {
    if (round.length === 0) round = random.shuffled(kinds);
    const kind = round.pop() as FaultKind;
    const others = random.chance(TOGETHER) ? kinds.filter((other) => mayMeet(kind, other)) : [];
    return {
      number,
      atMs: Math.floor(CALM_MS + (number + random.fraction() / 2) * faultEveryMs),
      kinds: others.length > 0 ? [kind, random.pick(others)] : [kind],
      lastsMs: random.whole(SHORTEST_MS, longestMs),
      devices: everyDevice.filter(() => random.chance(HIT)),
    };
  });
}
