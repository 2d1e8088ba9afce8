// The proof must be able to fail: each way of losing, doubling, forging or disordering is planted, and must be found.
import { expect } from 'chai';
import type { MessageEvent } from '../../server/contract/events.ts';
import { check, type Evidence, type StoredEvent } from './check.ts';
import { digestOf, Ledger } from './ledger.ts';

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

const storedOf = (event: MessageEvent): StoredEvent => {
  const { id, conversation, seq, sender, clientMessageId, text } = event;
  return { id, conversation, seq, sender, clientMessageId, text, digest: digestOf(event) };
};

interface Planted {
  /** those of alice's messages that she sends only once */
  readonly once?: readonly string[];
  readonly receipted?: readonly string[];
  readonly stored?: readonly MessageEvent[];
  readonly lastSeq?: number;
  /** history as bob reads it */
  readonly read?: readonly MessageEvent[];
  /** what bob's phone sees */
  readonly seen?: readonly MessageEvent[];
  readonly complaint?: string;
  readonly queues?: readonly (readonly [string, number])[];
}

const all = [1, 2, 3].map(eventOf);
const [one, two, three] = all as [MessageEvent, MessageEvent, MessageEvent];

/** Alice wrote three messages to Bob; all went well but for what is planted. */
function evidenceOf(planted: Planted): Evidence {
  const { once = [], receipted = ['m1', 'm2', 'm3'], stored = all, read = stored, seen = stored } = planted;
  const ledger = new Ledger(2, new Map([['c', [0, 1]]]));
  for (const { clientMessageId, sender, conversation, text = '' } of all) {
    ledger.write({ clientMessageId, sender, conversation, text, once: once.includes(clientMessageId) });
  }
  for (const id of receipted) ledger.receipt(id);
  for (const event of stored) ledger.see(0, event);
  for (const event of seen) ledger.see(1, event);
  if (planted.complaint) ledger.complaints.push(planted.complaint);
  return {
    ledger,
    conversations: new Map([['c', ['alice', 'bob']]]),
    devices: ['alice', 'bob'].map((user) => ({ user, name: 'phone' })),
    stored: new Map([['c', { lastSeq: planted.lastSeq ?? stored.length, events: stored.map(storedOf) }]]),
    histories: new Map([
      [
        'c',
        new Map([
          ['alice', stored.map(digestOf)],
          ['bob', read.map(digestOf)],
        ]),
      ],
    ]),
    queues: new Map(planted.queues),
  };
}

const found = (planted: Planted): string[] => [...check(evidenceOf(planted)).values()].flat();

describe('the proof of a fire test', () => {
  it('finds nothing where all is well', () => {
    expect(found({})).to.deep.equal([]);
  });

  it('lets the same event come again, after later ones too', () => {
    expect(found({ seen: [...all, two, one] })).to.deep.equal([]);
  });

  it('lets a message that its sender gave up be absent, or there once', () => {
    const given = { once: ['m3'], receipted: ['m1', 'm2'] };
    expect(found(given)).to.deep.equal([]);
    expect(found({ ...given, stored: [one, two] })).to.deep.equal([]);
  });

  const planted: [string, Planted, RegExp][] = [
    ['a message without a receipt', { receipted: ['m1', 'm3'] }, /m2 of c has no receipt/],
    ['a receipted message that is lost', { stored: [one, two] }, /m3 .* was receipted and is lost/],
    ['a receipted one of a careless sender too', { once: ['m3'], stored: [one, two] }, /m3 .* and is lost/],
    ['one stored twice', { stored: [...all, { ...two, id: 'x', seq: 4 }] }, /m2 .* stored 2 times: 2,4/],
    [
      'one stored twice that was never receipted',
      { once: ['m2'], receipted: ['m1', 'm3'], stored: [...all, { ...two, id: 'x', seq: 4 }] },
      /m2 .* stored 2 times/,
    ],
    ['one stored with another text', { stored: all.with(1, { ...two, text: 'x' }) }, /m2 .* another text/],
    ['one stored in another name', { stored: all.with(1, { ...two, sender: 'bob' }) }, /m2 .* as one of bob/],
    ['one stored elsewhere', { stored: all.with(1, { ...two, conversation: 'd' }) }, /m2 .* stored in d/],
    ['one that nobody wrote', { stored: [...all, { ...eventOf(4), sender: 'eve' }] }, /m4 of eve .* nobody wrote it/],
    ['a gap', { stored: all.with(2, { ...three, seq: 4 }) }, /seq 4 at place 3/],
    ['a gap at the end', { lastSeq: 4 }, /c has given seq 4 and holds 3/],
    ['a seq given twice', { stored: all.with(2, { ...three, seq: 2 }) }, /seq 2 at place 3/],
    ['a member with a shorter history', { read: [one, two] }, /bob reads another history of c from place 3/],
    ['a member with a longer one', { read: [...all, eventOf(4)] }, /bob reads another history of c from place 4/],
    ['a member who reads another content', { read: all.with(0, { ...one, text: 'x' }) }, /bob .* from place 1/],
    ['a device that missed one', { seen: [one, three] }, /phone of bob never saw seq 2/],
    ['a device that saw another content', { seen: all.with(1, { ...two, text: 'x' }) }, /come again as/],
    ['a device that saw what is not stored', { seen: [...all, eventOf(4)] }, /bob saw id4, which is stored in no/],
    ['a second delivery of another content', { seen: [...all, { ...two, seq: 9 }] }, /id2 \(seq 2\) come again as/],
    ['a device that saw another order', { seen: [one, three, two] }, /bob saw seq 2 of c after seq 3/],
    ['a client that met what it should not', { complaint: 'device 1 was told off' }, /was told off/],
    ['messages left in the broker', { queues: [['parley.dead', 2]] }, /2 in parley\.dead/],
  ];
  for (const [what, plant, expected] of planted) {
    it(`finds ${what}`, () => {
      const lines = found(plant);
      expect(
        lines.some((line) => expected.test(line)),
        lines.join('\n'),
      ).to.equal(true);
    });
  }

  it('finds a device that saw first what was never stored so', () => {
    const evidence = evidenceOf({});
    const ledger = new Ledger(2, new Map());
    for (const device of [0, 1]) for (const event of all.with(1, { ...two, text: 'x' })) ledger.see(device, event);
    const lines = [...check({ ...evidence, ledger }).values()].flat();
    expect(lines).to.include('phone of bob saw seq 2 of c (m2, id2) otherwise');
  });
});

describe('the ledger', () => {
  const written = { clientMessageId: 'm1', sender: 'alice', conversation: 'c', text: 'text 1', once: false };

  it('owes a receipted message to every device that has not seen it', () => {
    const ledger = new Ledger(3, new Map([['c', [0, 1]]]));
    ledger.write(written);
    ledger.see(0, one);
    expect(ledger.owedCount).to.equal(0);
    ledger.receipt('m1');
    expect([0, 1, 2].map((device) => ledger.owed(device).size)).to.deep.equal([0, 1, 0]);
    ledger.see(1, one);
    expect(ledger.owedCount).to.equal(0);
  });

  it('keeps an event once by id, and counts the others', () => {
    const ledger = new Ledger(1, new Map());
    ledger.see(0, one);
    ledger.see(0, { ...one });
    expect(ledger.seenCount).to.equal(1);
    expect(ledger.duplicates).to.equal(1);
    expect(ledger.contradictions).to.deep.equal([]);
  });
});
