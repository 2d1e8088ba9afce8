// The two targets, and what the same work is in the words of each: how one signs in, sends a text and receives it.
import type { Shape } from './scenarios.ts';

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
  connect(address: Address, person: Person): Record<string, string>;
  subscribe(person: Person, shape: Shape): Record<string, string>;
  /** `number` is unique in a run */
  send(to: Recipient, number: string, text: string): Draft;
  /** whether a person's own message comes back to her when she writes to one other */
  readonly echoes: boolean;
}

export const queueOf = ({ userId }: Pick<Person, 'userId'>, shape: Shape) => `bench.${shape}.${userId}`;
export const topicOf = (group: string) => `bench.${group}`;

export const targets: Readonly<Record<TargetName, Target>> = {
  parley: {
    connect: (_, { accessToken }) => ({ host: 'bench', passcode: accessToken, 'device-id': 'bench' }),
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
  },
  'web-stomp': {
    connect: ({ login = '', passcode = '' }) => ({ host: '/', login, passcode }),
    // durable queues made beforehand (world.ts)
    subscribe: (person, shape) => ({
      destination: `/amq/queue/${queueOf(person, shape)}`,
      ack: 'client-individual',
    }),
    send: (to, number, text) => ({
      headers: {
        destination:
          'user' in to
            ? `/amq/queue/${queueOf({ userId: to.user }, 'pairs')}`
            : `/exchange/amq.topic/${topicOf(to.group)}`,
        receipt: number,
        persistent: 'true',
        'content-type': 'text/plain',
      },
      body: text,
    }),
    echoes: false,
  },
};
