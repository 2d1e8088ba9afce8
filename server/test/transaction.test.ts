// A transaction is done as a whole or not at all, whatever is wrong with one frame of it and over whichever leg it goes;
// what becomes of it before COMMIT is relay.test.ts's.
import { expect } from 'chai';
import { sleep, until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import type { Frame } from '../stomp/frame.ts';
import { House, type Person } from './house.ts';
import { permit } from './permit.ts';
import type { RawPeer } from './raw-peer.ts';
import type { Refusal } from './stomp-peer.ts';

const SENDS = 5;

describe('a transaction', () => {
  let house: House;
  let alice: Person;
  let peer: RawPeer;
  let queue: string;

  before(async () => {
    house = await House.open({ INBOUND_BUFFER_BYTES: '40000', LIMIT_SENDS: `1/s,${SENDS}` });
  });
  const somebodyNew = async () => {
    [alice] = (await house.people(1)) as [Person];
    // a consumer of another test would take what is looked for here
    queue = `/queue/transaction-${newId()}`;
    await permit(house, alice, `stomp:send:${queue}`, `stomp:subscribe:${queue}`);
    peer = await connect();
  };
  beforeEach(somebodyNew);
  after(() => house.close());

  const connect = async (): Promise<RawPeer> => {
    const opened = await house.raw();
    opened.frame('CONNECT', { 'accept-version': '1.2', 'device-id': 'd1', passcode: await house.token(alice) });
    const subscriptions = { r: '/user/queue/refusals', e: '/user/queue/events', q: queue };
    for (const [id, destination] of Object.entries(subscriptions)) {
      opened.frame('SUBSCRIBE', { id, destination, ack: 'client-individual', 'x-expires': '60000', receipt: id });
    }
    await opened.awaitFrame('RECEIPT', { 'receipt-id': 'q' });
    return opened;
  };
  const of = ({ frames }: RawPeer, subscription: string): Frame[] =>
    frames.filter(({ headers }) => headers.get('subscription') === subscription);
  const bodies = <T>(from: RawPeer, subscription: string) =>
    of(from, subscription).map(({ body }) => JSON.parse(body.toString()) as T);
  const refusals = () => bodies<Refusal>(peer, 'r');
  const texts = (from = peer) => bodies<{ text?: string }>(from, 'e').flatMap(({ text }) => text ?? []);
  const queued = (from = peer) => of(from, 'q').map(({ body }) => body.toString());
  const receipts = () => peer.frames.flatMap(({ headers }) => headers.get('receipt-id') ?? []);

  const say = (text: string, headers: Record<string, string> = {}, changes: object = {}) => {
    const draft = { clientMessageId: text.slice(0, 9), to: { user: alice.userId }, kind: 'text', text, ...changes };
    peer.frame('SEND', { destination: '/app/messages', ...headers }, JSON.stringify(draft));
  };
  const transaction = 't';
  const inIt = (receipt: string) => ({ transaction, receipt });
  const queueIt = (text: string) =>
    peer.frame('SEND', { destination: queue, 'x-expires': '60000', ...inIt(text) }, text);
  const refused = async (code: string, ...named: string[]) => {
    peer.frame('COMMIT', inIt('commit'));
    await until('the refusal of COMMIT', () => refusals().some(({ receipt }) => receipt === 'commit'));
    expect(refusals().map((one) => one.receipt)).to.deep.equal([...named, 'commit']);
    expect(new Set(refusals().map((one) => one.code))).to.deep.equal(new Set([code]));
  };
  /** Nothing of it was done, and the session goes on. */
  const nothing = async () => {
    const again = await connect();
    await until('what was not acknowledged', () => texts(again).includes('before'));
    expect(texts(again)).to.deep.equal(['before']);
    expect(queued(again)).to.deep.equal([]);
  };
  const first = async () => {
    say('before');
    return until('it', () => of(peer, 'e').find(({ body }) => body.includes('before')));
  };

  const bad: [string, string, () => void][] = [
    ['a draft that is none', 'unknown-kind', () => say('bad', inIt('bad'), { kind: 'song' })],
    ['somebody one may not write to', 'no-such-user', () => say('bad', inIt('bad'), { to: { user: newId() } })],
    ['no destination', 'unknown-destination', () => say('bad', { ...inIt('bad'), destination: '/app/none' })],
    [
      'a destination of the broker that is not permitted',
      'not-allowed',
      () => peer.frame('SEND', { destination: '/queue/others', ...inIt('bad') }, 'bad'),
    ],
    ['a token that is none', 'token-invalid', () => peer.frame('SEND', TOKEN, JSON.stringify({ accessToken: 'none' }))],
  ];
  const TOKEN = { destination: '/app/session/token', ...inIt('bad') };
  for (const [what, code, sayIt] of bad) {
    it(`with ${what} in it sends and acknowledges nothing`, async () => {
      const message = await first();
      peer.frame('BEGIN', { transaction });
      say('good', inIt('good'));
      queueIt('queued');
      peer.frame('ACK', { id: message.headers.get('ack') as string, ...inIt('ack') });
      sayIt();
      await refused(code, 'good', 'queued', 'ack', 'bad');
      expect(refusals()[0]?.clientMessageId).to.equal('good');
      await nothing();
    });
  }

  it('of more than may be sent sends nothing', async () => {
    await first();
    peer.frame('BEGIN', { transaction });
    const names = Array.from({ length: 2 * SENDS }, (_, n) => `${n}`);
    for (const name of names) say(name, inIt(name));
    await refused('too-many-sends', ...names);
    await nothing();
  });

  it('that there is no room for sends nothing', async () => {
    await first();
    peer.frame('BEGIN', { transaction });
    for (const name of ['a', 'b', 'c']) say(name.padEnd(15_000), inIt(name));
    await refused('busy', 'a', 'b', 'c');
    await nothing();
  });

  it('gives back the room it did not need', async () => {
    for (let n = 0; n < 4; n++) {
      await somebodyNew();
      peer.frame('BEGIN', { transaction });
      say('big'.padEnd(15_000), inIt('big'));
      peer.frame('SEND', { destination: '/queue/others', ...inIt('bad') }, 'bad');
      await refused('not-allowed', 'big', 'bad');
    }
    peer.frame('BEGIN', { transaction });
    for (const name of ['a', 'b']) say(name.padEnd(15_000), inIt(name));
    peer.frame('COMMIT', inIt('all'));
    await until('both', () => receipts().includes('all'));
  });

  it('whose session ends meanwhile is done, or is not, but not in part', async () => {
    const became: boolean[] = [];
    for (const afterMs of [0, 1, 2, 4, 8, 16, 32]) {
      await somebodyNew();
      peer.frame('BEGIN', { transaction });
      say('sent', inIt('sent'));
      queueIt('queued');
      peer.frame('COMMIT', inIt('all'));
      await sleep(afterMs);
      peer.socket.send('', () => peer.close());
      await until('the close', () => peer.closed);
      peer = await connect();
      say('after');
      await until('what was said after it', () => texts().includes('after'));
      await until('both or neither', () => texts().includes('sent') === queued().includes('queued'));
      became.push(texts().includes('sent'));
    }
    expect(became).to.include(true);
  });
});
