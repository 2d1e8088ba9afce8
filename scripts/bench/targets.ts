// The two targets, and what the same work is in the words of each: how one signs in, sends a text and receives it.
import { deviceQueue } from '../../server/broker/topology.ts';

export const targetNames = ['parley', 'web-stomp'] as const;
export type TargetName = (typeof targetNames)[number];

export interface Person {
  readonly userId: string;
  /** Parley's; the broker knows one account only */
  readonly accessToken: string;
}

/** What a generator must know of a target. */
export interface Address {
  readonly target: TargetName;
  readonly url: string;
  /** of web-stomp: the broker's account */
  readonly login?: string;
  readonly passcode?: string;
}

/** To whom one person's messages go: to one other, or to the group of this id. */
export type Recipient = { readonly user: string } | { readonly group: string };

interface Draft {
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface Target {
  /** as reports call it */
  readonly title: string;
  /** the processes that do its work, by the names under which they are watched */
  readonly stack: readonly string[];
  connect(address: Address, person: Person): Record<string, string>;
  /** `prefetch`: unacknowledged messages at most, where the client says that */
  subscribe(person: Person, prefetch?: number): Record<string, string>;
  /** `number` is unique in a run */
  send(to: Recipient, number: string, text: string): Draft;
  /** whether a person's own message comes back to her when she writes to one other */
  readonly echoes: boolean;
  /** the durable queue in which a person's messages wait while she is away */
  queue(userId: string): string;
}

/** Everybody has one device, of this id. */
export const DEVICE = 'bench';

const queueOf = (userId: string) => `bench.${userId}`;
export const topicOf = (group: string) => `bench.${group}`;

export const targets: Readonly<Record<TargetName, Target>> = {
  parley: {
    title: 'Parley',
    stack: ['parley', 'broker', 'postgres'],
    connect: (_, { accessToken }) => ({ host: 'bench', passcode: accessToken, 'device-id': DEVICE }),
    // at most LIVE_WINDOW are unacknowledged: the server says that
    subscribe: () => ({ destination: '/user/queue/events', ack: 'client-individual' }),
    send: (to, number, text) => ({
      headers: { destination: '/app/messages', receipt: number, 'content-type': 'application/json' },
      body: JSON.stringify({
        clientMessageId: number,
        to: 'user' in to ? { user: to.user } : { conversation: to.group },
        kind: 'text',
        text,
      }),
    }),
    echoes: true,
    queue: (userId) => deviceQueue(userId, DEVICE),
  },
  'web-stomp': {
    title: 'web-stomp',
    stack: ['broker'],
    connect: ({ login = '', passcode = '' }) => ({ host: '/', login, passcode }),
    // durable queues made beforehand (queues.ts)
    subscribe: ({ userId }, prefetch) => ({
      destination: `/amq/queue/${queueOf(userId)}`,
      ack: 'client-individual',
      ...(prefetch === undefined ? {} : { 'prefetch-count': String(prefetch) }),
    }),
    send: (to, number, text) => ({
      headers: {
        destination: 'user' in to ? `/amq/queue/${queueOf(to.user)}` : `/exchange/amq.topic/${topicOf(to.group)}`,
        receipt: number,
        persistent: 'true',
        'content-type': 'text/plain',
      },
      body: text,
    }),
    echoes: false,
    queue: queueOf,
  },
};

/** The durable queues of these people, made beforehand or by Parley. */
export const queuesOf = (target: TargetName, people: readonly Person[]): string[] =>
  people.map(({ userId }) => targets[target].queue(userId));
