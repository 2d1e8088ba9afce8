// What STOMP promises, frame by frame: versions, framing, receipts, transactions, subscriptions and their ack modes.
import { connect as connectAmqp } from 'amqplib';
import { expect } from 'chai';
import type { Event } from '../contract/events.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { encodeFrame } from '../stomp/encoder.ts';
import type { Frame } from '../stomp/frame.ts';
import { House, type Person } from './house.ts';
import type { RawPeer } from './raw-peer.ts';

const EVENTS = '/user/queue/events';
const SEND = { destination: '/app/messages' };

describe('the relay', () => {
  let house: House;
  let alice: Person;
  let bob: Person;

  before(async () => {
    house = await House.open({
      NACK_LIMIT: '3',
      STOMP_TRANSACTIONS: '2',
      STOMP_TRANSACTION_FRAMES: '3',
      SWEEP_MS: '50',
    });
  });
  beforeEach(async () => {
    [alice, bob] = (await house.people(2)) as [Person, Person];
  });
  after(() => house.close());

  const connect = async (person: Person, headers: Record<string, string> = {}): Promise<RawPeer> => {
    const peer = await house.raw();
    const passcode = await house.token(person);
    peer.frame('CONNECT', { 'accept-version': '1.2', 'device-id': 'd1', passcode, ...headers });
    await peer.awaitFrame('CONNECTED');
    return peer;
  };
  const draft = (text: string, to: object = { user: bob.userId }, clientMessageId = newId()) =>
    JSON.stringify({ clientMessageId, to, kind: 'text', text });
  const receipts = (peer: RawPeer) =>
    peer.frames.filter(({ command }) => command === 'RECEIPT').map(({ headers }) => headers.get('receipt-id'));
  /** The MESSAGEs with message events, in the order of arrival. */
  const arrived = (peer: RawPeer) =>
    peer.frames.flatMap((frame) => {
      if (frame.command !== 'MESSAGE') return [];
      const event = JSON.parse(frame.body.toString()) as Event;
      return event.type === 'message' ? [{ frame, text: event.text as string }] : [];
    });
  const texts = (peer: RawPeer) => arrived(peer).map(({ text }) => text);
  const ackOf = (frame: Frame | undefined) => ({ id: frame?.headers.get('ack') as string });
  /** Everything sent before was processed. */
  const settled = async (peer: RawPeer) => {
    const receipt = newId();
    peer.frame('SUBSCRIBE', { id: receipt, destination: '/user/queue/live', receipt });
    peer.frame('UNSUBSCRIBE', { id: receipt });
    await peer.awaitFrame('RECEIPT', { 'receipt-id': receipt });
  };

  const subscribed = async (person: Person, headers: Record<string, string> = {}): Promise<RawPeer> => {
    const peer = await connect(person);
    peer.frame('SUBSCRIBE', { id: 'e', destination: EVENTS, ack: 'client-individual', receipt: 'ready', ...headers });
    await peer.awaitFrame('RECEIPT', { 'receipt-id': 'ready' });
    return peer;
  };
  /** Alice says these, one after the other, each stored before the next is said. */
  const says = async (...words: string[]) => {
    const peer = await house.stomp(alice, { device: newId(), subscribe: false });
    for (const word of words) expect(await peer.say({ user: bob.userId }, word)).to.equal('receipt');
    await peer.close();
  };

  describe('speaks', () => {
    const versions: [string, string, (frame: Frame) => Record<string, string>][] = [
      ['1.0', '1.0', ({ headers }) => ({ 'message-id': headers.get('message-id') as string })],
      [
        '1.1',
        '1.0,1.1',
        ({ headers }) => ({ 'message-id': headers.get('message-id') as string, subscription: 'e:\\c' }),
      ],
      ['1.2', '1.1,1.2,1.0', ({ headers }) => ({ id: headers.get('ack') as string })],
    ];
    for (const [version, accepted, ackHeaders] of versions) {
      it(`STOMP ${version}: connects, subscribes, receives, acknowledges, and is receipted`, async () => {
        const line = (fields: Record<string, string>) =>
          Object.entries(fields)
            .map(([name, value]) => `${name}:${value}\n`)
            .join('');
        const write = (command: string, fields: Record<string, string>, body = '') =>
          peer.write(`${command}\n${line(fields)}\n${body}\0`);
        let peer = await house.raw();
        const hello = async () => {
          peer = await house.raw();
          const passcode = await house.token(bob);
          write('CONNECT', { 'accept-version': accepted, 'device-id': 'd1', passcode });
          expect((await peer.awaitFrame('CONNECTED')).headers.get('version')).to.equal(version);
          // an id with what must be escaped since 1.1
          const id = version === '1.0' ? 'e' : 'e\\c\\\\c';
          write('SUBSCRIBE', { id, destination: EVENTS, ack: 'client-individual', receipt: 'r1' });
          await peer.awaitFrame('RECEIPT', { 'receipt-id': 'r1' });
        };
        await hello();
        write('SEND', { ...SEND, receipt: 'r2' }, draft('to myself'));
        await peer.awaitFrame('RECEIPT', { 'receipt-id': 'r2' });
        const { frame } = await until('the message', () => arrived(peer)[0]);
        expect(frame.headers.get('subscription')).to.equal(version === '1.0' ? 'e' : 'e:\\c');
        expect(frame.headers.get('destination')).to.equal(EVENTS);
        expect(frame.headers.get('content-type')).to.equal('application/json;charset=utf-8');
        expect(frame.headers.has('ack')).to.equal(version === '1.2');
        const fields = ackHeaders(frame);
        if (fields.subscription) fields.subscription = 'e\\c\\\\c';
        write('ACK', { ...fields, receipt: 'r3' });
        await peer.awaitFrame('RECEIPT', { 'receipt-id': 'r3' });
        write('DISCONNECT', { receipt: 'r4' });
        await peer.awaitFrame('RECEIPT', { 'receipt-id': 'r4' });
        expect((await peer.awaitClose()).code).to.equal(1000);
        // it was acknowledged: only the next comes
        await hello();
        write('SEND', SEND, draft('again'));
        await until('the next', () => texts(peer).includes('again'));
        expect(texts(peer)).to.deep.equal(['again']);
      });
    }

    it('STOMP 1.0 without accept-version, and a subscription without an id', async () => {
      const peer = await house.raw({ protocols: [] });
      peer.write(`CONNECT\npasscode: ${await house.token(bob)} \ndevice-id: d1\n\n\0`);
      expect((await peer.awaitFrame('CONNECTED')).headers.get('version')).to.equal('1.0');
      peer.write(`SUBSCRIBE\ndestination: ${EVENTS}\nreceipt: r\n\n\0`);
      await peer.awaitFrame('RECEIPT', { 'receipt-id': 'r' });
      await says('hello');
      await until('the message', () => texts(peer)[0] === 'hello');
      peer.write(`UNSUBSCRIBE\ndestination: ${EVENTS}\nreceipt: u\n\n\0`);
      await peer.awaitFrame('RECEIPT', { 'receipt-id': 'u' });
    });
  });

  describe('reads', () => {
    const conversation = async (): Promise<{ frames: Buffer; peer: RawPeer }> => {
      const passcode = await house.token(bob);
      const frames = Buffer.concat([
        encodeFrame('CONNECT', { 'accept-version': '1.2', 'device-id': 'd1', passcode }, '', '1.2'),
        encodeFrame('SUBSCRIBE', { id: 'e', destination: EVENTS, receipt: 'r1' }, '', '1.2'),
        encodeFrame('SEND', { ...SEND, receipt: 'r2' }, draft('wörld 👋'), '1.2'),
        Buffer.from('\n\r\n\n'),
        encodeFrame('DISCONNECT', { receipt: 'r3' }, '', '1.2'),
      ]);
      return { frames, peer: await house.raw() };
    };
    const answered = async (peer: RawPeer) => {
      expect((await peer.awaitClose()).code).to.equal(1000);
      expect(receipts(peer)).to.deep.equal(['r1', 'r2', 'r3']);
      const seen = await subscribed(bob);
      await until('the message, if not before', () => [...texts(peer), ...texts(seen)].includes('wörld 👋'));
      seen.close();
    };

    it('many frames in one WebSocket message', async () => {
      const { frames, peer } = await conversation();
      peer.socket.send(frames);
      await answered(peer);
    });

    it('each octet in a WebSocket message of its own', async () => {
      const { frames, peer } = await conversation();
      for (const octet of frames) peer.socket.send(Buffer.of(octet));
      await answered(peer);
    });

    it('frames split in two, anywhere', async () => {
      const peer = await connect(bob);
      const frame = encodeFrame('SEND', { ...SEND, receipt: 'r\n:\\' }, draft('ä'), '1.2');
      for (let at = 1; at < frame.length; at++) {
        peer.socket.send(frame.subarray(0, at));
        peer.socket.send(frame.subarray(at));
      }
      await until('all receipts', () => receipts(peer).length === frame.length - 1);
      expect(new Set(receipts(peer))).to.deep.equal(new Set(['r\n:\\']));
    });

    it('text as well as binary messages, and line ends with a carriage return', async () => {
      const { frames, peer } = await conversation();
      peer.write(frames.toString('utf8').replace(/\r?\n/g, '\r\n'));
      await answered(peer);
    });
  });

  describe('gives a receipt', () => {
    it('to every command that asks, in the order of the frames, and to none that does not', async () => {
      const peer = await subscribed(bob);
      await says('one', 'two');
      await until('two', () => arrived(peer).length === 2);
      const [one, two] = arrived(peer).map(({ frame }) => ackOf(frame));
      const sequence: [string, Record<string, string>, string?][] = [
        ['SUBSCRIBE', { id: 'l', destination: '/user/queue/live' }],
        ['ACK', { ...one }],
        ['NACK', { ...two }],
        ['BEGIN', { transaction: 't' }],
        ['COMMIT', { transaction: 't' }],
        ['BEGIN', { transaction: 't' }],
        ['ABORT', { transaction: 't' }],
        ['UNSUBSCRIBE', { id: 'l' }],
        ['UNSUBSCRIBE', { id: 'e' }],
        ['DISCONNECT', {}],
      ];
      for (const [i, [command, headers]] of sequence.entries()) peer.frame(command, { ...headers, receipt: `${i}` });
      await peer.awaitClose();
      expect(receipts(peer)).to.deep.equal(['ready', ...sequence.keys()].map(String));
      const silent = await connect(bob, { 'device-id': 'd2' });
      for (const [command, headers] of sequence.filter(([command]) => !['ACK', 'NACK'].includes(command))) {
        if (headers.id !== 'e') silent.frame(command, headers);
      }
      expect((await silent.awaitClose()).code).to.equal(1000);
      expect(silent.frames.map(({ command }) => command)).to.deep.equal(['CONNECTED']);
    });

    it('to DISCONNECT after those of the SENDs before it', async () => {
      const peer = await connect(alice);
      for (let n = 0; n < 200; n++) peer.frame('SEND', { ...SEND, receipt: `${n}` }, draft(`${n}`));
      peer.frame('DISCONNECT', { receipt: 'bye' });
      peer.frame('SEND', { ...SEND, receipt: 'too late' }, draft('too late'));
      expect((await peer.awaitClose()).code).to.equal(1000);
      expect(receipts(peer).at(-1)).to.equal('bye');
      expect(receipts(peer).length).to.equal(201);
    });
  });

  describe('keeps a transaction', () => {
    it('until COMMIT: then its SENDs and ACKs happen, in their order', async () => {
      const peer = await subscribed(bob);
      await says('one');
      const { frame } = await until('one', () => arrived(peer)[0]);
      peer.frame('BEGIN', { transaction: 't1' });
      peer.frame('SEND', { ...SEND, transaction: 't1', receipt: 's1' }, draft('first'));
      peer.frame('ACK', { ...ackOf(frame), transaction: 't1', receipt: 'a1' });
      peer.frame('SEND', { ...SEND, transaction: 't1' }, draft('second'));
      // what is outside goes its own way
      peer.frame('SEND', { ...SEND, receipt: 'out' }, draft('outside'));
      await until('the one outside', () => texts(peer).includes('outside'));
      expect(texts(peer)).to.deep.equal(['one', 'outside']);
      expect(receipts(peer)).to.deep.equal(['ready', 'out']);
      peer.frame('COMMIT', { transaction: 't1', receipt: 'c1' });
      await peer.awaitFrame('RECEIPT', { 'receipt-id': 'c1' });
      // the receipt of COMMIT comes after the broker has what was in it
      expect(receipts(peer)).to.have.members(['a1', 'c1', 'out', 'ready', 's1']);
      expect(receipts(peer).at(-1)).to.equal('c1');
      await until('both', () => arrived(peer).length === 4);
      expect(texts(peer)).to.deep.equal(['one', 'outside', 'first', 'second']);
      for (const { frame } of arrived(peer).slice(1)) peer.frame('ACK', ackOf(frame));
      await settled(peer);
      // nothing of it comes again
      peer.close();
      const again = await subscribed(bob);
      await says('end');
      await until('the end', () => texts(again).includes('end'));
      expect(texts(again)).to.deep.equal(['end']);
    });

    it('and drops it with ABORT, or with the session', async () => {
      const peer = await subscribed(bob);
      await says('one');
      const { frame } = await until('one', () => arrived(peer)[0]);
      for (const transaction of ['aborted', 'left']) {
        peer.frame('BEGIN', { transaction });
        peer.frame('SEND', { ...SEND, transaction }, draft(transaction));
        peer.frame('ACK', { ...ackOf(frame), transaction });
      }
      peer.frame('ABORT', { transaction: 'aborted' });
      // the name is free again
      peer.frame('BEGIN', { transaction: 'aborted', receipt: 'free' });
      await peer.awaitFrame('RECEIPT', { 'receipt-id': 'free' });
      peer.close();
      const again = await subscribed(bob);
      await says('end');
      await until('the end', () => texts(again).includes('end'));
      expect(texts(again)).to.deep.equal(['one', 'end']);
    });

    it('within bounds', async () => {
      const begin = (peer: RawPeer, transaction: string) => peer.frame('BEGIN', { transaction, receipt: transaction });
      const many = await connect(alice, { 'device-id': 'many' });
      for (const transaction of ['a', 'b', 'c']) begin(many, transaction);
      expect((await many.awaitClose()).code).to.equal(4500);
      expect((await many.awaitFrame('ERROR')).headers.get('receipt-id')).to.equal('c');
      const long = await connect(alice, { 'device-id': 'long' });
      begin(long, 'a');
      for (let n = 0; n < 4; n++) long.frame('SEND', { ...SEND, transaction: 'a', receipt: `${n}` }, draft('x'));
      expect((await long.awaitClose()).code).to.equal(4500);
      expect((await long.awaitFrame('ERROR')).headers.get('receipt-id')).to.equal('3');
      const twice = await connect(alice, { 'device-id': 'twice' });
      begin(twice, 'a');
      begin(twice, 'a');
      expect((await twice.awaitClose()).code).to.equal(4500);
    });
  });

  describe('keeps the events of a subscription', () => {
    it('that ends, for the next one', async () => {
      const peer = await subscribed(bob);
      await says('one');
      await until('one', () => arrived(peer).length === 1);
      peer.frame('UNSUBSCRIBE', { id: 'e', receipt: 'u' });
      await peer.awaitFrame('RECEIPT', { 'receipt-id': 'u' });
      await says('two', 'three');
      await settled(peer);
      expect(texts(peer)).to.deep.equal(['one']);
      peer.frame('SUBSCRIBE', { id: 'f', destination: EVENTS, ack: 'client-individual' });
      await until('all', () => arrived(peer).length === 4);
      // what was not acknowledged comes first
      expect(texts(peer)).to.deep.equal(['one', 'one', 'two', 'three']);
      expect(arrived(peer).at(-1)?.frame.headers.get('subscription')).to.equal('f');
    });

    it('until their ACK; in the mode client it counts for all before it', async () => {
      for (const [ack, left] of [
        ['client', ['four']],
        ['client-individual', ['one', 'two', 'four']],
        ['auto', []],
      ] as const) {
        const peer = await subscribed(bob, { ack });
        // a subscription of another mode changes nothing
        peer.frame('SUBSCRIBE', { id: 'r', destination: '/user/queue/refusals', ack: 'client' });
        await says('one', 'two', 'three', 'four');
        await until('four', () => arrived(peer).length === 4);
        expect(arrived(peer)[2]?.frame.headers.has('ack')).to.equal(ack !== 'auto');
        if (ack !== 'auto') peer.frame('ACK', { ...ackOf(arrived(peer)[2]?.frame), receipt: 'acked' });
        await settled(peer);
        peer.close();
        const again = await subscribed(bob, { ack: 'client' });
        await says('end');
        await until('the end', () => texts(again).includes('end'));
        expect(texts(again), ack).to.deep.equal([...left, 'end']);
        again.frame('ACK', ackOf(arrived(again).at(-1)?.frame));
        await settled(again);
        again.close();
      }
    });

    it('and an ACK that comes late or twice does no more', async () => {
      const peer = await subscribed(bob);
      await says('one', 'two');
      await until('two', () => arrived(peer).length === 2);
      const [one, two] = arrived(peer).map(({ frame }) => ackOf(frame));
      for (const command of ['ACK', 'ACK', 'NACK']) peer.frame(command, { ...one, receipt: command });
      peer.frame('UNSUBSCRIBE', { id: 'e' });
      peer.frame('ACK', { ...two, receipt: 'late' });
      await settled(peer);
      expect(receipts(peer)).to.include.members(['ready', 'ACK', 'NACK', 'late']);
      peer.close();
      const again = await subscribed(bob);
      await says('end');
      await until('the end', () => texts(again).includes('end'));
      expect(texts(again)).to.deep.equal(['two', 'end']);
    });

    it('after a NACK: it comes again, and is put aside after NACK_LIMIT', async () => {
      const peer = await subscribed(bob);
      await says('one', 'two');
      await until('two', () => arrived(peer).length === 2);
      const ones = () => arrived(peer).filter(({ text }) => text === 'one');
      for (let n = 1; n < 3; n++) {
        peer.frame('NACK', ackOf(ones().at(-1)?.frame));
        await until('it again', () => ones().length === n + 1);
      }
      const ids = arrived(peer).map(({ frame }) => frame.headers.get('message-id'));
      expect(new Set(ids).size).to.equal(4);
      peer.frame('NACK', { ...ackOf(ones().at(-1)?.frame), receipt: 'last' });
      await peer.awaitFrame('RECEIPT', { 'receipt-id': 'last' });
      const dead = await deadLetters(house, (body) => body.includes(bob.userId) && body.includes('"one"'));
      expect(dead.length).to.equal(1);
      expect(dead[0]?.reason).to.match(/^NACKed 3 times by device d1/);
      peer.close();
      const again = await subscribed(bob);
      await says('end');
      await until('the end', () => texts(again).includes('end'));
      expect(texts(again)).to.deep.equal(['two', 'end']);
    });

    it('after a NACK in the mode client: it and all before it come again', async () => {
      const peer = await subscribed(bob, { ack: 'client' });
      await says('one', 'two', 'three');
      await until('three', () => arrived(peer).length === 3);
      peer.frame('NACK', ackOf(arrived(peer)[1]?.frame));
      await until('two again', () => arrived(peer).length === 5);
      expect(texts(peer)).to.deep.equal(['one', 'two', 'three', 'one', 'two']);
    });
  });

  it('serves stompjs: transactions, ack modes, receipts and a good-bye', async () => {
    const a = await house.stomp(alice);
    const b = await house.stomp(bob, { acknowledge: false });
    const transaction = a.client.begin();
    const publish = (text: string) =>
      a.client.publish({ ...SEND, body: draft(text), headers: { transaction: transaction.id } });
    publish('one');
    publish('two');
    transaction.commit();
    const dropped = a.client.begin();
    a.client.publish({ ...SEND, body: draft('dropped'), headers: { transaction: dropped.id } });
    dropped.abort();
    await a.say({ user: bob.userId }, 'three');
    await until('three', () => b.messages.length === 3);
    expect(b.messages.map(({ text }) => text)).to.deep.equal(['one', 'two', 'three']);
    b.frames.find(({ body }) => body.includes('"two"'))?.nack();
    await until('two again', () => b.messages.length === 4);
    expect(b.messages[3]?.text).to.equal('two');
    await b.close();
    expect(b.error).to.equal(undefined);
  });
});

/** What is in the dead-letter queue now, left there. */
async function deadLetters(house: House, isIt: (body: string) => boolean): Promise<{ body: string; reason: string }[]> {
  const model = await connectAmqp(house.config.AMQP_URL[0] as string);
  const found: { body: string; reason: string }[] = [];
  const channel = await model.createChannel();
  await channel.consume('parley.dead', (message) => {
    const body = message?.content.toString() ?? '';
    if (isIt(body)) found.push({ body, reason: String(message?.properties.headers?.['x-parley-reason']) });
  });
  await until('the dead letter', () => found.length > 0).finally(() => model.close());
  return found;
}
