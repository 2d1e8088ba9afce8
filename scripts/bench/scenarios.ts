// What is measured: who talks to whom, and with how much load. A new scenario is a new row.

/** How many messages are on their way, or leave when. */
export type Load =
  /** so many at all times: one that is delivered and receipted is followed by the next */
  | { readonly kind: 'closed'; readonly inFlight: number }
  /** so many a second on a fixed schedule, whatever has come back; latency counts from the scheduled time */
  | { readonly kind: 'open'; readonly perSecond: number };

/** Who receives what a person sends. */
export type Shape = 'pairs' | 'group';

export interface Scenario {
  readonly name: string;
  readonly what: string;
  readonly shape: Shape;
  readonly people: number;
  readonly loads: readonly Load[];
}

export const TEXT_BYTES = 200;

export const scenarios: readonly Scenario[] = [
  {
    name: 'one-to-one',
    what: '200 people in pairs, both of a pair write',
    shape: 'pairs',
    people: 200,
    loads: [
      { kind: 'closed', inFlight: 100 },
      { kind: 'closed', inFlight: 1000 },
      { kind: 'open', perSecond: 1000 },
    ],
  },
  {
    name: 'group-100',
    what: 'a group of 100, all online, each message goes to all of them',
    shape: 'group',
    people: 100,
    loads: [{ kind: 'closed', inFlight: 10 }],
  },
];

export const nameOfLoad = (load: Load): string =>
  load.kind === 'closed'
    ? `${load.inFlight.toLocaleString('en')} in flight`
    : `${load.perSecond.toLocaleString('en')}/s open loop`;
