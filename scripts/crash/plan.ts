// What will happen in a run, all of it from the seed: who there is, who writes what to whom from which device, which
// devices are away meanwhile, and when what is killed. Knows no ids: people and devices are numbers.
import { type Random, randomOf } from './random.ts';

export interface PlanOptions {
  readonly messages: number;
  readonly users: number;
  /** SIGKILLs of Parley's process */
  readonly kills: number;
  /** SIGKILLs of RabbitMQ's node */
  readonly brokerKills: number;
  readonly seed: string;
}

export interface PlannedDevice {
  readonly user: number;
  readonly name: string;
}

export interface PlannedMessage {
  readonly clientMessageId: string;
  readonly conversation: number;
  readonly device: number;
  readonly text: string;
  /** an impatient client sends it twice at once */
  readonly twice: boolean;
}

/** Counted in messages written so far. */
export interface Absence {
  readonly device: number;
  readonly from: number;
  readonly to: number;
  /** the network is gone, instead of a DISCONNECT */
  readonly abrupt: boolean;
}

export interface Kill {
  readonly victim: 'Parley' | 'RabbitMQ';
  /** when so many messages have their receipt */
  readonly atReceipts: number;
}

export interface Plan {
  readonly devices: readonly PlannedDevice[];
  /** the members of each; two of them: a direct one */
  readonly conversations: readonly (readonly number[])[];
  readonly messages: readonly PlannedMessage[];
  readonly absences: readonly Absence[];
  readonly kills: readonly Kill[];
}

const SECOND_DEVICE = 0.5;
const PARTNERS = 3;
const USERS_PER_GROUP = 6;
const GROUP_SHARE = 0.2;
const TWICE = 0.02;
const LONG = 0.02;

export function planOf(options: PlanOptions): Plan {
  const random = randomOf(options.seed);
  const devices = planDevices(options, random);
  const conversations = planConversations(options, random);
  return {
    devices,
    conversations,
    messages: planMessages(options, random, devices, conversations),
    absences: devices.flatMap((_, device) => planAbsences(options, random, device)),
    kills: planKills(options, random),
  };
}

function planDevices({ users }: PlanOptions, random: Random): PlannedDevice[] {
  return Array.from({ length: users }, (_, user) => {
    const names = random.chance(SECOND_DEVICE) ? ['phone', 'desk'] : ['phone'];
    return names.map((name) => ({ user, name }));
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

function planMessages(
  { messages }: PlanOptions,
  random: Random,
  devices: readonly PlannedDevice[],
  conversations: readonly (readonly number[])[],
): PlannedMessage[] {
  const direct = conversations.flatMap(({ length }, number) => (length === 2 ? [number] : []));
  const groups = conversations.flatMap(({ length }, number) => (length > 2 ? [number] : []));
  return Array.from({ length: messages }, (_, number) => {
    const conversation = random.pick(groups.length > 0 && random.chance(GROUP_SHARE) ? groups : direct);
    const sender = random.pick(conversations[conversation] as readonly number[]);
    const own = devices.flatMap(({ user }, device) => (user === sender ? [device] : []));
    const filler = 'ä'.repeat(random.chance(LONG) ? random.whole(1_000, 8_000) : random.whole(0, 100));
    return {
      clientMessageId: `m${number}`,
      conversation,
      device: random.pick(own),
      text: `${number} ${filler}`,
      twice: random.chance(TWICE),
    };
  });
}

/** None for half of the devices; else one or two, the last of which may reach beyond the last message. */
function planAbsences({ messages }: PlanOptions, random: Random, device: number): Absence[] {
  const absences: Absence[] = [];
  let from = 0;
  for (let left = random.pick([0, 0, 1, 2]); left > 0; left--) {
    from += random.whole(1, Math.ceil(messages / 2));
    const to = from + random.whole(Math.ceil(messages / 20), Math.ceil(messages / 3));
    if (from >= messages) break;
    absences.push({ device, from, to: Math.min(to, messages), abrupt: random.chance(0.5) });
    from = to;
  }
  return absences;
}

/** Between 10 % and 85 % of the way, at about equal distances, in any order. */
function planKills({ messages, kills, brokerKills }: PlanOptions, random: Random): Kill[] {
  const victims = random.shuffled<Kill['victim']>([
    ...Array.from({ length: kills }, () => 'Parley' as const),
    ...Array.from({ length: brokerKills }, () => 'RabbitMQ' as const),
  ]);
  const apart = (0.75 * messages) / Math.max(1, victims.length);
  return victims.map((victim, number) => ({
    victim,
    atReceipts: Math.floor(0.1 * messages + (number + random.fraction()) * apart),
  }));
}
