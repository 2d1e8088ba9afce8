// Peers that mean ill, or cannot keep up, and what they cost the others. Beside each attack two healthy people go on
// talking: all they say must arrive; how long it takes is printed, with and without the attack, and judged by nobody,
// since the machine has other things to do. The 5,000 half-open sockets of a real attack: `HALF_OPEN=5000`.
import v8 from 'node:v8';
import vm from 'node:vm';
import { expect } from 'chai';
import { codes, type Code } from '../contract/errors.ts';
import { sleep, until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { Attacker } from './hostile/attack.ts';
import { House, type Person } from './house.ts';
import type { RawPeer } from './raw-peer.ts';
import type { StompPeer } from './stomp-peer.ts';

const HALF_OPEN = Number(process.env.HALF_OPEN || 500);
const SAY_EVERY_MS = 10;
const MB = 1_048_576;

v8.setFlagsFromString('--expose_gc');
const gc = vm.runInNewContext('gc') as () => void;

/** What was held for a while is given back. */
const settles = (before: number): Promise<true> =>
  until('memory to be what it was, and 20 MB at most', () => memory() - before < 20 * MB, { everyMs: 200 });

/** What the server (and the healthy peers, who are in this process) hold. */
const memory = (): number => {
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

describe('hostile and slow peers', function () {
  this.timeout(120_000);
  let house: House;
  let attacker: Attacker;
  let alice: StompPeer;
  let bob: StompPeer;
  let bobId: string;
  let eve: Person;
  let without: string;
  let address = 0;

  before(async () => {
    house = await House.open({
      // so that each attack has an address of its own
      TRUST_PROXY: '1',
      HTTP_HEADERS_MS: '2000',
      CONNECT_MS: '1500',
      SWEEP_MS: '50',
      STOMP_HEADERS: '20',
      STOMP_HEADER_BYTES: '4096',
      STOMP_HEADER_LINE: '2000',
      STOMP_BODY_BYTES: '65536',
      STOMP_SUBSCRIPTIONS: '2',
      HEART_BEAT_MS: '3000',
      STOMP_TRANSACTIONS: '3',
      STOMP_TRANSACTION_FRAMES: '50',
      STOMP_TRANSACTION_BYTES: '20000',
      CONNECT_BYTES: '8192',
      SESSION_FRAMES: '100',
      SESSION_BYTES: '65536',
      SOCKET_BUFFER_BYTES: '1048576',
      SLOW_READER_MS: '2000',
      WEBSOCKET_FRAGMENTS: '64',
      WEBSOCKET_CHUNKS: '64',
      LIMIT_FRAMES: '5000/s,4000',
      LIMIT_SENDS: '500/s,1000',
      LIMIT_SENDS_REFUSALS: '20',
      LIMIT_CONNECTS: '1000/s,100',
      LIMIT_SESSIONS_PER_ADDRESS: '40',
      LIMIT_SESSIONS_PER_USER: '6',
      LIMIT_DEVICES_PER_USER: '8',
      ALLOWED_ORIGINS: 'https://friend.example:8443',
    });
    attacker = Attacker.open();
    const [a, b] = (await house.people(2)) as [Person, Person];
    bobId = b.userId;
    [alice, bob] = [await house.stomp(a), await house.stomp(b)];
    await healthy(Promise.resolve(), 1000);
    without = (await healthy(Promise.resolve(), 2000)).text;
  });
  after(async () => {
    await attacker?.close();
    await house?.close();
  });
  beforeEach(async () => {
    [eve] = (await house.people(1)) as [Person];
    address += 1;
  });

  const target = () => ({ port: house.config.PORT, address: `10.0.0.${address}` });
  const withToken = async (person: Person = eve) => ({ ...target(), token: await house.token(person) });

  /** Alice and Bob talk, for so long and until `attack` is over; everything arrives, once and in order. */
  async function healthy<T>(attack: Promise<T>, atLeastMs = 1000): Promise<{ result: T; text: string }> {
    const saidAt = new Map<string, number>();
    const tookMs: number[] = [];
    const from = bob.messages.length;
    const over = new AbortController();
    const ended = Promise.allSettled([attack, sleep(atLeastMs)]).then(() => over.abort());
    const receipts: Promise<unknown>[] = [];
    let seen = from;
    const look = () => {
      const { messages } = bob;
      for (; seen < messages.length; seen++) {
        const at = saidAt.get(messages[seen]?.text as string);
        if (at !== undefined) tookMs.push(performance.now() - at);
      }
    };
    const looking = setInterval(look, 1);
    while (!over.signal.aborted) {
      const text = newId();
      saidAt.set(text, performance.now());
      receipts.push(alice.say({ user: bobId }, text));
      await sleep(SAY_EVERY_MS);
    }
    await ended;
    expect(new Set(await Promise.all(receipts))).to.deep.equal(new Set(['receipt']));
    await until('what alice said at bob', () => bob.messages.length >= from + saidAt.size);
    look();
    clearInterval(looking);
    expect(bob.messages.slice(from).map(({ text }) => text)).to.deep.equal([...saidAt.keys()]);
    expect([alice.closeCode, bob.closeCode]).to.deep.equal([undefined, undefined]);
    tookMs.sort((x, y) => x - y);
    const at = (share: number) =>
      (tookMs[Math.min(tookMs.length - 1, Math.floor(tookMs.length * share))] ?? 0).toFixed(0);
    return { result: await attack, text: `p50 ${at(0.5)}, p99 ${at(0.99)}, worst ${at(1)} ms` };
  }

  /** The attack, with healthy people beside it. */
  async function beside<T>(attack: Promise<T>): Promise<T> {
    const { result, text } = await healthy(attack);
    console.log(`      healthy peers: ${text} (without: ${without})`);
    return result;
  }

  const raw = (headers: Record<string, string> = {}) =>
    house.raw({ headers: { 'x-forwarded-for': target().address, ...headers } });

  const connect = async (headers: Record<string, string> = {}): Promise<RawPeer> => {
    const peer = await raw();
    const passcode = await house.token(eve);
    peer.frame('CONNECT', { 'accept-version': '1.2', 'device-id': 'd1', passcode, ...headers });
    return peer;
  };

  const connected = async (headers: Record<string, string> = {}): Promise<RawPeer> => {
    const peer = await connect(headers);
    await peer.awaitFrame('CONNECTED');
    return peer;
  };

  const faulted = async (peer: RawPeer, code: Code): Promise<void> => {
    expect((await peer.awaitFrame('ERROR')).headers.get('code')).to.equal(code);
    expect((await peer.awaitClose()).code).to.equal(codes[code].close);
  };

  describe('that do not come in', () => {
    it(`${HALF_OPEN} half-open sockets are closed in time`, async () => {
      const before = memory();
      const options = { sockets: HALF_OPEN, ms: 15_000 };
      expect(await beside(attacker.run('halfOpen', target(), options))).to.deep.equal({ left: 0 });
      await settles(before);
    });

    it('handshakes that never end are closed in time', async () => {
      const options = { sockets: 200, ms: 15_000 };
      expect(await beside(attacker.run('slowHandshake', target(), options))).to.deep.equal({ left: 0 });
    });

    it('refused handshakes that are reset in the middle leave nothing', async () => {
      await beside(attacker.run('refusedAndReset', target(), { sockets: 200 }));
    });

    it('as many as one address may have get in, without CONNECT not for long', async () => {
      const most = house.config.LIMIT_SESSIONS_PER_ADDRESS;
      const { ends } = await beside(attacker.run('silent', target(), { sockets: most + 10, ms: 5000 }));
      const refused = Object.entries(ends).filter(([end]) => end.includes('429'));
      expect(ends[String(codes['connect-too-late'].close)]).to.equal(most);
      expect(refused.map(([, count]) => count)).to.deep.equal([10]);
    });

    it('who connects too often is refused', async () => {
      const { burst } = house.config.LIMIT_CONNECTS;
      const refused: string[] = [];
      for (let i = 0; i < burst * 3; i++) {
        await raw().then(
          (peer) => peer.close(),
          (error: Error) => refused.push(error.message),
        );
      }
      // 1,000 a second is more than one after the other can be; so it is made of many at once
      const many = await Promise.allSettled(
        Array.from({ length: burst * 3 }, () => raw({ 'x-forwarded-for': '10.9.9.9' })),
      );
      for (const one of many) if (one.status === 'fulfilled') one.value.close();
      const no = many.filter((one) => one.status === 'rejected');
      expect(no.length).to.be.at.least(burst);
    });

    for (const [origin, allowed] of [
      ['https://friend.example:8443', true],
      ['https://friend.example', false],
      ['http://friend.example:8443', false],
      ['https://friend.example:84433', false],
      ['https://a.friend.example:8443', false],
      ['https://friend.example:8443.evil.example', false],
      ['https://friend.example:8443/', false],
      ['HTTPS://FRIEND.EXAMPLE:8443', false],
      ['https://friend.example:8443, https://evil.example', false],
      ['null', false],
      ['', false],
    ] as const) {
      it(`a page of "${origin}" ${allowed ? 'gets in' : 'stays out'}`, async () => {
        const outcome = await raw({ origin }).then(
          () => 'in',
          (error: Error) => error.message,
        );
        expect(outcome).to.equal(allowed ? 'in' : 'HTTP 403');
      });
    }
  });

  describe('that are not known yet', () => {
    it('a CONNECT of one octet a second comes too late', async () => {
      const options = { everyMs: 1000, ms: 5000 };
      const { end } = await beside(attacker.run('drip', await withToken(), options));
      expect(end).to.equal(String(codes['connect-too-late'].close));
    });

    for (const what of ['frame', 'pings', 'line ends'] as const) {
      it(`more ${what} than may come before CONNECTED close the session`, async () => {
        const bytes = house.config.CONNECT_BYTES * 2;
        const { end } = await beside(attacker.run('beforeConnect', target(), { what, bytes }));
        // pings that come faster than their pongs leave are ended by ws already
        expect(end).to.be.oneOf([String(codes['frame-too-large'].close), ...(what === 'pings' ? ['cut'] : [])]);
      });
    }

    it('any other frame before CONNECT ends it', async () => {
      const peer = await raw();
      peer.frame('SEND', { destination: '/app/messages' }, '{}');
      await faulted(peer, 'protocol-error');
    });

    it('too many frames behind CONNECT, before it is answered, end it', async () => {
      const peer = await raw();
      const passcode = await house.token(eve);
      peer.frame('CONNECT', { 'accept-version': '1.2', passcode });
      for (let i = 0; i < 50; i++) peer.frame('SEND', { destination: '/app/messages' }, 'x'.repeat(1000));
      expect((await peer.awaitClose()).code).to.equal(codes['frame-too-large'].close);
    });
  });

  describe('whose frames are too large, too many or too nested', () => {
    for (const [what, code, frame] of [
      ['too many headers', 'frame-too-large', `SEND\n${'a:b\n'.repeat(21)}\n\0`],
      ['a header line too long', 'frame-too-large', `SEND\na:${'b'.repeat(2000)}\n\n\0`],
      ['headers too long', 'frame-too-large', `SEND\n${`a:${'b'.repeat(1000)}\n`.repeat(5)}\n\0`],
      ['headers that never end', 'frame-too-large', `SEND\n${`a:${'b'.repeat(1000)}\n`.repeat(5)}`],
      ['a body too long', 'frame-too-large', `SEND\ndestination:/app/messages\n\n${'x'.repeat(65_537)}\0`],
      ['a body that never ends', 'frame-too-large', `SEND\ndestination:/app/messages\n\n${'x'.repeat(65_537)}`],
      ['a content-length too large', 'frame-too-large', 'SEND\ndestination:/app/messages\ncontent-length:65537\n\n'],
      ['too many transactions', 'protocol-error', [1, 2, 3, 4].map((n) => `BEGIN\ntransaction:${n}\n\n\0`).join('')],
      [
        'a transaction of too many frames',
        'protocol-error',
        `BEGIN\ntransaction:t\n\n\0${'SEND\ndestination:/app/messages\ntransaction:t\n\n{}\0'.repeat(51)}`,
      ],
      [
        'transactions of too many bytes',
        'protocol-error',
        `BEGIN\ntransaction:t\n\n\0BEGIN\ntransaction:u\n\n\0${['t', 'u', 't']
          .map((name) => `SEND\ndestination:/app/messages\ntransaction:${name}\n\n${'x'.repeat(8000)}\0`)
          .join('')}`,
      ],
    ] as const) {
      it(`${what}: ${code}`, async () => {
        const peer = await connected();
        peer.write(frame);
        await faulted(peer, code);
      });
    }

    it('too many subscriptions: too-many-subscriptions', async () => {
      const peer = await connected();
      for (const name of ['refusals', 'live', 'events']) {
        peer.frame('SUBSCRIBE', { id: name, destination: `/user/queue/${name}` });
      }
      await faulted(peer, 'too-many-subscriptions');
    });

    it('bytes of transactions are given back', async () => {
      const peer = await connected();
      for (let i = 0; i < 5; i++) {
        peer.frame('BEGIN', { transaction: 't' });
        peer.frame('SEND', { destination: '/app/messages', transaction: 't' }, 'x'.repeat(15_000));
        peer.frame('ABORT', { transaction: 't', receipt: `${i}` });
      }
      await peer.awaitFrame('RECEIPT', { 'receipt-id': '4' });
    });

    it('one message in too many fragments closes the WebSocket', async () => {
      expect(await beside(attacker.run('fragments', await withToken(), { fragments: 100 }))).to.deep.equal({
        end: '1008',
      });
    });

    it('one frame in too many pieces closes the WebSocket', async () => {
      const { end } = await beside(attacker.run('chunks', await withToken(), { chunks: 3000 }));
      expect(end).to.equal('1008');
    });

    it('a message announced as larger than any may be closes the WebSocket', async () => {
      expect(await attacker.run('giant', target())).to.deep.equal({ end: '1009' });
    });

    it('compression is not accepted; what is compressed all the same closes the WebSocket', async () => {
      expect(await beside(attacker.run('bomb', target()))).to.deep.equal({ extensions: '', end: '1002' });
    });
  });

  describe('that come in great numbers', () => {
    it('a user has as many sessions as she may', async () => {
      const most = house.config.LIMIT_SESSIONS_PER_USER;
      for (let i = 0; i < most; i++) await connected({ 'device-id': `s${i}` });
      await faulted(await connect({ 'device-id': `s${most}` }), 'too-many-sessions');
    });

    it('and as many devices, even when they come at once', async () => {
      const most = house.config.LIMIT_DEVICES_PER_USER;
      const peers = await Promise.all(Array.from({ length: most * 3 }, (_, i) => connect({ 'device-id': `x${i}` })));
      await Promise.all(peers.map((peer) => until('an answer', () => peer.frames[0] ?? false)));
      for (const peer of peers) peer.close();
      const made = await house.db.device.count({ where: { userId: eve.userId } });
      expect(made).to.be.within(1, most);
      const refused = peers.filter(({ frames }) => frames[0]?.headers.get('code') === 'too-many-devices');
      expect(refused.length).to.be.at.least(most * 3 - made);
      // those that are known come in as before
      const [known] = await house.db.device.findMany({ where: { userId: eve.userId }, take: 1 });
      await connected({ 'device-id': known?.id as string });
    });

    it('sessions that come and go', async () => {
      const { sessions } = await beside(attacker.run('churn', await withToken(), { ms: 2000 }));
      expect(sessions).to.be.above(10);
    });

    it('more SENDs than allowed are refused, then end the session', async () => {
      const { end, refusals } = await beside(attacker.run('sends', await withToken(), { to: eve.userId }));
      expect(end).to.equal(String(codes['sends-abused'].close));
      expect(refusals).to.be.at.least(house.config.LIMIT_SENDS_REFUSALS);
    });

    /** How long what is read at its rate takes at least: what one read of the socket brings is done at once. */
    const atLeastMs = (frames: number, bytesEach: number): number => {
      const { perSecond, burst } = house.config.LIMIT_FRAMES;
      const atOnce = 65_536 / bytesEach;
      return ((frames - burst - atOnce) / perSecond) * 1000;
    };

    it('heart-beats without end are read at their rate, and what is behind them all the same', async () => {
      const messages = 30_000;
      const before = memory();
      const { outcome, tookMs } = await beside(attacker.run('heartBeats', await withToken(), { messages }));
      expect(outcome).to.equal('receipt');
      expect(tookMs).to.be.above(atLeastMs(messages, 7));
      await settles(before);
    });

    it('small frames without end, too', async () => {
      const before = memory();
      const options = { pairs: 500, messages: 25 };
      const { outcome, tookMs } = await beside(attacker.run('tinyFrames', await withToken(), options));
      expect(outcome).to.equal('receipt');
      // a message is done at once, too
      expect(tookMs).to.be.above(atLeastMs(24_000, 23));
      await settles(before);
    });

    for (const reads of [true, false]) {
      it(`who pings without end and reads ${reads ? 'the pongs' : 'no pong'} is cut`, async () => {
        const before = memory();
        const { end, pings } = await beside(attacker.run('pings', await withToken(), { ms: 5000, reads }));
        expect(end).to.equal('cut');
        console.log(`      cut after ${pings} pings at most`);
        await settles(before);
      });
    }

    it('frames behind one that waits are kept within a bound, and all are done in their order', async () => {
      const [friend] = (await house.people(1)) as [Person];
      await house.db.contact.create({ data: { fromId: eve.userId, toId: friend.userId, state: 'accepted' } });
      const there = await house.stomp(friend);
      const peer = await connected();
      const before = memory();
      // the first asks the database whether she may
      for (let i = 0; i < 400; i++) {
        const body = JSON.stringify({
          clientMessageId: `m${i}`,
          to: { user: friend.userId },
          kind: 'text',
          text: `${i} ${'x'.repeat(2000)}`,
        });
        peer.frame('SEND', { destination: '/app/messages', receipt: `m${i}` }, body);
      }
      await peer.awaitFrame('RECEIPT', { 'receipt-id': 'm399' });
      await until('all of them', () => there.messages.length === 400);
      expect(there.messages.map(({ text }) => text?.split(' ')[0])).to.deep.equal(
        Array.from({ length: 400 }, (_, i) => `${i}`),
      );
      await settles(before);
    });
  });

  describe('that read slowly, or not at all', () => {
    it('a frame that never ends keeps nobody from noticing that its sender is gone', async () => {
      const options = { ms: 20_000, everyMs: 200, heartBeat: '1000,0' };
      const { end } = await beside(attacker.run('dripFrame', await withToken(), options));
      expect(end).to.equal(String(codes['heart-beat-missed'].close));
    });

    for (const ack of ['client-individual', 'auto']) {
      it(`who never reads (ack ${ack}) is cut, costs little memory, and loses nothing`, async () => {
        const [friend] = (await house.people(1)) as [Person];
        await house.db.contact.create({ data: { fromId: friend.userId, toId: eve.userId, state: 'accepted' } });
        // who keeps nothing, so that what grows is the server
        const sender = await house.stomp(friend, { subscribe: false });
        const before = memory();
        const ready = attacker.ready();
        const attack = attacker.run('neverReads', await withToken(), { ms: 20_000, ack });
        await ready;
        let peak = 0;
        const watching = setInterval(() => {
          const { heapUsed, external } = process.memoryUsage();
          peak = Math.max(peak, heapUsed + external);
        }, 50);
        let said = 0;
        const over = new AbortController();
        const long = 'x'.repeat(20_000);
        const saying = (async () => {
          while (!over.signal.aborted && said < 1000)
            expect(await sender.say({ user: eve.userId }, `${++said} ${long}`)).to.equal('receipt');
        })();
        const { cut, afterMs } = await beside(attack);
        over.abort();
        await saying;
        clearInterval(watching);
        console.log(
          `      cut after ${afterMs} ms; ${said} messages of 20 kB, ${Math.round((peak - before) / MB)} MB at the peak`,
        );
        expect(cut).to.equal(true);
        await settles(before);
        const again = await house.stomp(eve);
        const numbers = () => [...new Set(again.messages.map(({ text }) => Number(text?.split(' ')[0])))];
        await until('the last', () => numbers().at(-1) === said, { timeoutMs: 30_000 });
        // what the kernel had taken for her counts as sent where she acknowledges nothing (STOMP 1.2 "SUBSCRIBE")
        const first = ack === 'auto' ? (numbers()[0] as number) : 1;
        expect(numbers()).to.deep.equal(Array.from({ length: said - first + 1 }, (_, i) => first + i));
        await again.close();
        await sender.close();
      });
    }
  });
});
