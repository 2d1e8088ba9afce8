// The proof must be able to fail: each way of losing something is planted, and must be found.
import { expect } from 'chai';
import type { MessageEvent } from '../../server/contract/events.ts';
import { check, type Evidence } from './check.ts';
import { Ledger } from './ledger.ts';
import { planOf } from './plan.ts';

const eventOf = (seq: number): MessageEvent => ({
  type: 'message',
  id: `id${seq}`,
  conversation: 'c',
  seq,
  sender: 'alice',
  device: 'phone',
  clientMessageId: `m${seq}`,
  kind: 'text',
  text: `text ${seq}`,
  sentAt: '2025-01-01T00:00:00.000Z',
});

interface Planted {
  readonly history?: readonly MessageEvent[];
  readonly bobsHistory?: readonly MessageEvent[];
  readonly seen?: readonly MessageEvent[];
  readonly receipted?: readonly string[];
}

const all = [1, 2, 3].map(eventOf);
const two = eventOf(2);

/** Alice wrote three messages to Bob; all went well but for what is planted. */
function broken({ history = all, bobsHistory = history, seen = all, receipted }: Planted): string[] {
  const devices = ['alice', 'bob'].map((user) => ({ user, name: 'phone' }));
  const ledger = new Ledger(devices.length);
  for (const id of receipted ?? ['m1', 'm2', 'm3']) ledger.receipt(id);
  for (const event of all) ledger.see(0, event);
  for (const event of seen) ledger.see(1, event);
  const evidence: Evidence = {
    messages: all.map(({ clientMessageId, sender, conversation, text = '' }) => ({
      clientMessageId,
      sender,
      conversation,
      text,
    })),
    conversations: new Map([['c', ['alice', 'bob']]]),
    devices,
    ledger,
    histories: new Map([
      [
        'c',
        new Map([
          ['alice', history],
          ['bob', bobsHistory],
        ]),
      ],
    ]),
  };
  return [...check(evidence).values()].flat();
}

describe('the proof of a crash run', () => {
  it('finds nothing where all is well, second deliveries included', () => {
    expect(broken({})).to.deep.equal([]);
    expect(broken({ seen: [...all, two, two] })).to.deep.equal([]);
  });

  const planted: [string, Planted, RegExp][] = [
    ['a message without a receipt', { receipted: ['m1', 'm3'] }, /m2 of c has no receipt/],
    [
      'a receipted message that is not stored',
      { history: all.slice(0, 2), seen: all.slice(0, 2) },
      /m3 .* not in history/,
    ],
    ['one stored twice', { history: [...all, { ...two, id: 'x', seq: 4 }] }, /m2 .* stored 2 times: 2,4/],
    ['one stored with another text', { history: all.with(1, { ...two, text: 'x' }) }, /m2 .* another text/],
    ['one that nobody wrote', { history: [...all, { ...eventOf(4), sender: 'eve' }] }, /eve m4 is in history/],
    ['a gap', { history: all.with(2, { ...eventOf(3), seq: 4 }) }, /seq 4 at place 3/],
    ['a member with another history', { bobsHistory: all.slice(0, 2) }, /bob reads another history/],
    ['a device that missed one', { seen: [eventOf(1), eventOf(3)] }, /phone of bob never saw seq 2/],
    ['a device that saw another content', { seen: all.with(1, { ...two, text: 'x' }) }, /bob saw seq 2 .* otherwise/],
    ['a device that saw what is not stored', { seen: [...all, eventOf(4)] }, /bob saw id4/],
    ['a second delivery of another content', { seen: [...all, { ...two, seq: 9 }] }, /came again as/],
    ['a device that saw another order', { seen: [eventOf(1), eventOf(3), two] }, /saw seq 2 of c after seq 3/],
  ];
  for (const [what, plant, expected] of planted) {
    it(`finds ${what}`, () => {
      const found = broken(plant);
      expect(
        found.some((line) => expected.test(line)),
        found.join('\n'),
      ).to.equal(true);
    });
  }
});

describe('the plan of a crash run', () => {
  const options = { messages: 500, users: 10, kills: 3, brokerKills: 1 };

  it('is the same for the same seed, and another for another', () => {
    expect(planOf({ ...options, seed: 'a' })).to.deep.equal(planOf({ ...options, seed: 'a' }));
    expect(planOf({ ...options, seed: 'a' })).to.not.deep.equal(planOf({ ...options, seed: 'b' }));
  });

  it('has what was asked for', () => {
    const { messages, devices, conversations, kills } = planOf({ ...options, seed: 'a' });
    expect(messages).to.have.length(500);
    expect(kills.map(({ victim }) => victim).toSorted()).to.deep.equal(['Parley', 'Parley', 'Parley', 'RabbitMQ']);
    expect(kills.every(({ atReceipts }) => atReceipts >= 50 && atReceipts < 500)).to.equal(true);
    expect(conversations.some(({ length }) => length > 2)).to.equal(true);
    for (const { device, conversation } of messages) {
      expect(conversations[conversation]).to.include(devices[device]?.user);
    }
  });
});
