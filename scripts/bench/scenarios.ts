// What is measured: who does what, and how much of it. A new scenario of a known kind is a new row.

/** How many messages are on their way, or leave when. */
export type Load =
  /** so many at all times: one that is delivered and receipted is followed by the next */
  | { readonly kind: 'closed'; readonly inFlight: number }
  /** so many a second on a fixed schedule, whatever has come back; latency counts from the scheduled time */
  | { readonly kind: 'open'; readonly perSecond: number }
  /** the same, at this part of what the target itself did at most in the closed loops before it */
  | { readonly kind: 'share'; readonly percent: number };

/** Who receives what a person sends: her partner, all of the group, or nobody who is there. */
export type Shape = 'pairs' | 'group' | 'away';

interface Row<Kind extends string> {
  readonly kind: Kind;
  readonly name: string;
  readonly what: string;
}

/** Messages to people who are there. */
export interface Messages extends Row<'messages'> {
  readonly shape: 'pairs' | 'group';
  readonly people: number;
  readonly loads: readonly Load[];
}

/** Messages to a group of whom nobody is there. */
export interface Away extends Row<'away'> {
  readonly people: number;
  /** of them, how many write; they do not subscribe either */
  readonly senders: number;
  readonly inFlight: number;
}

/** A device that comes back. */
export interface Drain extends Row<'drain'> {
  readonly events: number;
  /** who wrote them */
  readonly senders: number;
}

/** Sessions that do nothing. */
export interface Idle extends Row<'idle'> {
  readonly few: number;
  readonly many: number;
  readonly heartBeatMs: number;
  readonly seconds: number;
}

/** Everybody comes; then all connections are cut at once, and everybody comes back. */
export interface Connect extends Row<'connect'> {
  readonly people: number;
  readonly atOnce: number;
}

/** Pages of REST over a long history. */
export interface History extends Row<'history'> {
  readonly people: number;
  readonly conversations: number;
  readonly messages: number;
  readonly pagesPerSecond: number;
  readonly listsPerSecond: number;
}

export type Scenario = Messages | Away | Drain | Idle | Connect | History;

export const TEXT_BYTES = 200;

export const scenarios: readonly Scenario[] = [
  {
    kind: 'messages',
    name: 'one-to-one',
    what: '200 people in pairs, both of a pair write',
    shape: 'pairs',
    people: 200,
    loads: [
      { kind: 'closed', inFlight: 100 },
      { kind: 'closed', inFlight: 1000 },
      { kind: 'closed', inFlight: 5000 },
      { kind: 'open', perSecond: 1000 },
      { kind: 'share', percent: 80 },
    ],
  },
  {
    kind: 'messages',
    name: 'group-100',
    what: 'a group of 100, all online, each message goes to all of them',
    shape: 'group',
    people: 100,
    loads: [{ kind: 'closed', inFlight: 10 }],
  },
  {
    kind: 'away',
    name: 'group-away',
    what: 'a group of 100, all offline: until a message is receipted and in the durable queue of each',
    people: 100,
    senders: 10,
    inFlight: 10,
  },
  {
    kind: 'drain',
    name: 'drain',
    what: 'a device comes back to 10,000 events: from its SUBSCRIBE until the last is received and acknowledged',
    events: 10_000,
    senders: 20,
  },
  {
    kind: 'idle',
    name: 'idle',
    what: 'idle sessions: memory of one (slope from 2,000 to 10,000), and CPU with a heart-beat each 10 s both ways',
    few: 2000,
    many: 10_000,
    heartBeatMs: 10_000,
    seconds: 20,
  },
  {
    kind: 'connect',
    name: 'connect',
    what: '5,000 connect, 100 at a time, each with a token not seen before; then all are cut at once and come back',
    people: 5000,
    atOnce: 100,
  },
  {
    kind: 'history',
    name: 'history',
    what: 'REST over 5 million messages: a page of 50 at a random place, and a list of 50 conversations with unread counts',
    people: 1000,
    conversations: 5000,
    messages: 5_000_000,
    pagesPerSecond: 100,
    listsPerSecond: 50,
  },
];

export const nameOfLoad = (load: Load): string => {
  if (load.kind === 'closed') return `${load.inFlight.toLocaleString('en')} in flight`;
  if (load.kind === 'open') return `${load.perSecond.toLocaleString('en')}/s open loop`;
  return `${load.percent} % of own most, open loop`;
};

/** What `--scale` makes smaller. */
const sizes: ReadonlySet<string> = new Set(
  'people senders events few many seconds conversations messages inFlight perSecond pagesPerSecond listsPerSecond'.split(
    ' ',
  ),
);

/** The same with `scale` of each size, which stays even and at least 2. */
export function scaled<T>(value: T, scale: number): T {
  if (scale === 1) return value;
  const entries = Object.entries(value as Record<string, unknown>).map(([name, part]) => {
    if (Array.isArray(part)) return [name, part.map((one) => scaled(one as object, scale))];
    return [name, typeof part === 'number' && sizes.has(name) ? Math.max(2, 2 * Math.round((part * scale) / 2)) : part];
  });
  return Object.fromEntries(entries) as T;
}
