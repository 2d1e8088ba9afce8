// How a session begins and what ends it: the door, CONNECT, versions, tokens, heart-beats, limits and faults.
import { expect } from 'chai';
import { codes, type Code } from '../contract/errors.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { signAccessToken } from '../people/access-token.ts';
import { SERVER } from '../relay/version.ts';
import { House, type Person } from './house.ts';
import type { RawPeer } from './raw-peer.ts';

const EVENTS = '/user/queue/events';

describe('a session', () => {
  let house: House;
  let alice: Person;
  let bob: Person;

  before(async () => {
    house = await House.open({
      HEART_BEAT_MS: '150',
      SWEEP_MS: '20',
      CONNECT_MS: '1000',
      STOMP_HEADERS: '20',
      STOMP_HEADER_BYTES: '4096',
      STOMP_BODY_BYTES: '100000',
      STOMP_SUBSCRIPTIONS: '2',
      LIMIT_SESSIONS_PER_USER: '3',
      LIMIT_SENDS: '10/s,50',
      LIMIT_SENDS_REFUSALS: '20',
      ALLOWED_ORIGINS: 'https://friend.example',
    });
  });
  beforeEach(async () => {
    [alice, bob] = (await house.people(2)) as [Person, Person];
  });
  after(() => house.close());

  /** Opens, says CONNECT with these headers besides the usual ones, and waits for the answer. */
  const connect = async (person: Person, headers: Record<string, string> = {}): Promise<RawPeer> => {
    const peer = await house.raw();
    const passcode = await house.token(person);
    peer.frame('CONNECT', { 'accept-version': '1.2', 'device-id': 'd1', passcode, ...headers });
    await peer.awaitFrame('CONNECTED');
    return peer;
  };

  /** The peer gets an ERROR with this code, and then the close code of the table. */
  const faulted = async (peer: RawPeer, code: Code, receipt?: string): Promise<void> => {
    expect((await peer.awaitClose()).code).to.equal(codes[code].close);
    const error = await peer.awaitFrame('ERROR');
    expect(error.headers.get('code')).to.equal(code);
    expect(error.headers.get('message')).to.match(/../);
    expect(error.headers.get('receipt-id')).to.equal(receipt);
    expect(peer.frames.at(-1)).to.equal(error);
  };

  /** It answers still. */
  const lives = async (peer: RawPeer): Promise<void> => {
    const receipt = newId();
    peer.frame('BEGIN', { transaction: receipt, receipt });
    await peer.awaitFrame('RECEIPT', { 'receipt-id': receipt });
    peer.frame('ABORT', { transaction: receipt });
  };

  describe('at the door', () => {
    it('is refused to pages of other origins, and open to ours, to those allowed, and to programs', async () => {
      for (const origin of ['https://evil.example', 'null', `http://127.0.0.1.evil.example:${house.config.PORT}`]) {
        const refused = await house.raw({ origin }).catch((error: Error) => error.message);
        expect(refused, origin).to.equal('HTTP 403');
      }
      for (const origin of [house.url, `http://localhost:${house.config.PORT}`, 'https://friend.example', undefined]) {
        const peer = await house.raw(origin === undefined ? {} : { origin });
        expect(peer.socket.readyState, origin).to.equal(peer.socket.OPEN);
        peer.close();
      }
    });

    it('takes the best of the subprotocols offered', async () => {
      const offers: [string[], string][] = [
        [['v10.stomp', 'v11.stomp', 'v12.stomp'], 'v12.stomp'],
        [['v10.stomp', 'v11.stomp'], 'v11.stomp'],
        [['soap', 'v10.stomp'], 'v10.stomp'],
        [[], ''],
      ];
      for (const [protocols, chosen] of offers) {
        const peer = await house.raw({ protocols });
        expect(peer.socket.protocol).to.equal(chosen);
        peer.close();
      }
    });

    it('is closed where no CONNECT comes in time', async () => {
      await faulted(await house.raw(), 'connect-too-late');
    });
  });

  describe('with CONNECT', () => {
    it('says who one is, from which device, and what speaks here', async () => {
      const peer = await connect(alice, { 'device-id': 'phone', 'device-name': 'My phone', 'heart-beat': '0,0' });
      const { headers } = await peer.awaitFrame('CONNECTED');
      expect(headers.get('user-name')).to.equal(alice.userId);
      expect(headers.get('device-id')).to.equal('phone');
      expect(headers.get('server')).to.equal(SERVER);
      expect(SERVER).to.match(/^parley\/\d+\.\d+\.\d+/);
      expect(headers.get('version')).to.equal('1.2');
      expect(headers.get('heart-beat')).to.equal('150,150');
      const { headers: others } = await (await connect(alice, { 'device-id': 'desk' })).awaitFrame('CONNECTED');
      expect(headers.get('session')).to.match(/^[a-z0-9]{26}$/);
      expect(others.get('session')).to.not.equal(headers.get('session'));
      const { body } = await house.get('/api/chat/devices', alice);
      expect(
        (body as { items: { id: string; name: string }[] }).items.map(({ id, name }) => [id, name]),
      ).to.deep.include(['phone', 'My phone']);
    });

    it('takes the token as a bearer too, and the command STOMP', async () => {
      const token = await house.token(alice);
      for (const [command, name] of [
        ['CONNECT', 'Authorization'],
        ['STOMP', 'authorization'],
      ] as const) {
        const peer = await house.raw();
        peer.frame(command, { 'accept-version': '1.2', 'device-id': 'd1', [name]: `Bearer ${token}` });
        expect((await peer.awaitFrame('CONNECTED')).headers.get('user-name')).to.equal(alice.userId);
        peer.close();
      }
    });

    it('refuses no token, a wrong one, one of another issuer, one that has expired, and one of nobody', async () => {
      const good = await house.token(alice);
      const foreign = { ...house.config, PUBLIC_URL: 'https://elsewhere.example' };
      const grant = { userId: alice.userId, clientId: 'test', ttlSeconds: 60 };
      const tokens: [string | undefined, Code][] = [
        [undefined, 'token-invalid'],
        ['nonsense', 'token-invalid'],
        [`${good.slice(0, -6)}AAAAAA`, 'token-invalid'],
        [await signAccessToken({ config: foreign, keys: house.keys }, grant), 'token-invalid'],
        [await house.token(alice, -1), 'token-expired'],
        [await house.token({ userId: newId() }), 'token-invalid'],
      ];
      for (const [passcode, code] of tokens) {
        const peer = await house.raw();
        peer.frame('CONNECT', { 'accept-version': '1.2', 'device-id': 'd1', ...(passcode ? { passcode } : {}) });
        await faulted(peer, code);
      }
    });

    it('refuses a version and a device-id it cannot use', async () => {
      const passcode = await house.token(alice);
      let peer = await house.raw();
      peer.frame('CONNECT', { 'accept-version': '2.0,3.0', 'device-id': 'd1', passcode });
      await faulted(peer, 'version-not-supported');
      expect((await peer.awaitFrame('ERROR')).headers.get('version')).to.equal('1.0,1.1,1.2');
      for (const deviceId of ['', 'a b', 'x'.repeat(65), 'ä', '*', '#']) {
        peer = await house.raw();
        peer.frame('CONNECT', { 'accept-version': '1.2', 'device-id': deviceId, passcode });
        await faulted(peer, 'device-invalid');
      }
    });

    it('is said once, and first', async () => {
      const peer = await connect(alice);
      peer.frame('CONNECT', { 'accept-version': '1.2', passcode: await house.token(alice) });
      await faulted(peer, 'protocol-error');
      const early = await house.raw();
      early.frame('SUBSCRIBE', { id: '1', destination: EVENTS, receipt: 'r1' });
      await faulted(early, 'protocol-error', 'r1');
    });

    it('replaces the older session of the same device, and no other', async () => {
      const older = await connect(alice, { 'device-id': 'phone' });
      const desk = await connect(alice, { 'device-id': 'desk' });
      const namesake = await connect(bob, { 'device-id': 'phone' });
      const newer = await connect(alice, { 'device-id': 'phone' });
      await faulted(older, 'session-replaced');
      for (const peer of [desk, namesake, newer]) await lives(peer);
    });

    it('is refused beyond the sessions a user may have', async () => {
      const inside = await Promise.all(['a', 'b', 'c'].map((id) => connect(alice, { 'device-id': id })));
      const peer = await house.raw();
      peer.frame('CONNECT', { 'accept-version': '1.2', 'device-id': 'd', passcode: await house.token(alice) });
      await faulted(peer, 'too-many-sessions');
      for (const one of inside) await lives(one);
      // one that comes back in the place of its older session is no further one
      await lives(await connect(alice, { 'device-id': 'b' }));
    });
  });

  describe('and its token', () => {
    it('end together, within a second', async () => {
      const peer = await house.raw();
      const passcode = await house.token(alice, 1);
      const startedAt = Date.now();
      peer.frame('CONNECT', { 'accept-version': '1.2', 'device-id': 'd1', passcode });
      await peer.awaitFrame('CONNECTED');
      await faulted(peer, 'token-expired');
      expect(Date.now() - startedAt).to.be.below(2500);
    });

    it('may be renewed in place, by the same user only', async () => {
      const peer = await house.raw();
      peer.frame('CONNECT', { 'accept-version': '1.2', 'device-id': 'd1', passcode: await house.token(alice, 2) });
      peer.frame('SUBSCRIBE', { id: 'r', destination: '/user/queue/refusals' });
      await peer.awaitFrame('CONNECTED');
      const expiresAt = Date.now() + 2000;
      const renew = (accessToken: unknown, receipt: string) =>
        peer.frame('SEND', { destination: '/app/session/token', receipt }, JSON.stringify({ accessToken }));
      const refusals: [unknown, Code][] = [
        [await house.token(bob), 'not-the-same-user'],
        ['nonsense', 'token-invalid'],
        [await house.token(alice, -5), 'token-invalid'],
        [7, 'draft-invalid'],
      ];
      for (const [i, [token, code]] of refusals.entries()) {
        renew(token, `no-${i}`);
        const refusal = await until('the refusal', () => peer.frames.filter((f) => f.command === 'MESSAGE')[i]);
        expect(JSON.parse(refusal.body.toString())).to.include({ code, receipt: `no-${i}` });
      }
      renew(await house.token(alice, 60), 'yes');
      await peer.awaitFrame('RECEIPT', { 'receipt-id': 'yes' });
      await until('the first token has expired', () => Date.now() > expiresAt + 1100);
      await lives(peer);
      expect(peer.frames.filter(({ command }) => command === 'RECEIPT').length).to.equal(2);
    });
  });

  describe('and heart-beats', () => {
    it('gets line ends while nothing else is sent, as often as agreed', async () => {
      const peer = await connect(alice, { 'heart-beat': '0,100' });
      const beats = () => peer.received.filter(({ data }) => data.equals(Buffer.from('\n'))).length;
      const startedAt = Date.now();
      await until('five beats', () => beats() >= 5);
      // MAX(150, 100) each
      expect(Date.now() - startedAt).to.be.within(400, 1500);
      expect(peer.closed).to.equal(undefined);
    });

    it('is closed when the peer that promised them is silent, and only then', async () => {
      const silent = await connect(alice, { 'heart-beat': '100,0' });
      const beating = await connect(bob, { 'heart-beat': '100,0' });
      const timer = setInterval(() => beating.write('\n'), 50);
      await faulted(silent, 'heart-beat-missed');
      clearInterval(timer);
      await lives(beating);
    });

    it('stays open in silence where none were agreed', async () => {
      const peer = await connect(alice, { 'heart-beat': '0,0' });
      const other = await connect(bob, { 'heart-beat': '100,0' });
      await faulted(other, 'heart-beat-missed');
      await lives(peer);
      expect(peer.received.filter(({ data }) => data.equals(Buffer.from('\n')))).to.deep.equal([]);
    });
  });

  describe('ends with ERROR and a close', () => {
    const wrongs: [string, (peer: RawPeer) => unknown, Code, string?][] = [
      ['an unknown command', (p) => p.frame('JUMP', { receipt: 'x' }), 'protocol-error', 'x'],
      ['a server command', (p) => p.frame('MESSAGE', { receipt: 'x' }), 'protocol-error', 'x'],
      ['a missing header', (p) => p.frame('SUBSCRIBE', { id: '1', receipt: 'x' }), 'protocol-error', 'x'],
      ['a missing destination', (p) => p.frame('SEND', { receipt: 'x' }, '{}'), 'protocol-error', 'x'],
      ['garbage', (p) => p.write('\u0001\u0002 this is no frame\n\n\0'), 'protocol-error'],
      ['a line without a colon', (p) => p.write('SEND\nreceipt:x\nnonsense\n\n\0'), 'protocol-error', 'x'],
      ['an unknown escape', (p) => p.write('SEND\nreceipt:x\ndestination:\\t\n\n\0'), 'protocol-error', 'x'],
      [
        'a body where none may be',
        (p) => p.frame('BEGIN', { transaction: 't', receipt: 'x' }, 'b'),
        'protocol-error',
        'x',
      ],
      [
        'a wrong content-length',
        (p) => p.write('SEND\nreceipt:x\ndestination:/app/messages\ncontent-length:1\n\nabc\0'),
        'protocol-error',
        'x',
      ],
      [
        'an unknown ack mode',
        (p) => p.frame('SUBSCRIBE', { id: '1', destination: EVENTS, ack: 'perhaps', receipt: 'x' }),
        'protocol-error',
        'x',
      ],
      [
        'too many headers',
        (p) => p.frame('SEND', Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`h${i}`, '']))),
        'frame-too-large',
      ],
      [
        'a header that is too long',
        (p) => p.frame('SEND', { receipt: 'x', destination: 'x'.repeat(5000) }),
        'frame-too-large',
      ],
      [
        'a body that is too long',
        (p) => p.frame('SEND', { receipt: 'x', destination: '/app/messages' }, 'x'.repeat(100_001)),
        'frame-too-large',
        'x',
      ],
      [
        'a body without an end',
        (p) => p.write(`SEND\nreceipt:x\ndestination:/app/messages\n\n${'x'.repeat(100_001)}`),
        'frame-too-large',
        'x',
      ],
      ['the ACK of nothing', (p) => p.frame('ACK', { id: 'e-1', receipt: 'x' }), 'protocol-error', 'x'],
      ['the NACK of nonsense', (p) => p.frame('NACK', { id: 'r-1', receipt: 'x' }), 'protocol-error', 'x'],
      ['the end of no subscription', (p) => p.frame('UNSUBSCRIBE', { id: '9', receipt: 'x' }), 'protocol-error', 'x'],
      [
        'the COMMIT of no transaction',
        (p) => p.frame('COMMIT', { transaction: 't', receipt: 'x' }),
        'protocol-error',
        'x',
      ],
      [
        'a SEND in no transaction',
        (p) => p.frame('SEND', { destination: '/app/messages', transaction: 't', receipt: 'x' }, '{}'),
        'protocol-error',
        'x',
      ],
      [
        'a subscription to the broker',
        (p) => p.frame('SUBSCRIBE', { id: '1', destination: '/queue/parley.inbound.0', receipt: 'x' }),
        'subscription-denied',
        'x',
      ],
    ];
    let bystander: RawPeer;
    before(async () => {
      bystander = await connect((await house.people(1))[0] as Person);
    });

    for (const [what, does, code, receipt] of wrongs) {
      it(what, async () => {
        const peer = await connect(alice);
        does(peer);
        await faulted(peer, code, receipt);
        expect(peer.frames.filter(({ command }) => command === 'RECEIPT')).to.deep.equal([]);
        await lives(bystander);
      });
    }

    it('a subscription to anything that is not its own', async () => {
      const foreign = [
        '/topic/a',
        '/exchange/x',
        '/amq/queue/a',
        '/exchange/x/key',
        '/app/messages',
        '/user/queue',
        '__proto__',
      ];
      for (const destination of [...foreign, `/user/${bob.userId}/queue/events`, `device.${bob.userId}.d1`]) {
        const peer = await connect(alice);
        peer.frame('SUBSCRIBE', { id: '1', destination });
        await faulted(peer, 'subscription-denied');
      }
    });

    it('more subscriptions than there may be', async () => {
      const peer = await connect(alice);
      peer.frame('SUBSCRIBE', { id: '1', destination: EVENTS });
      peer.frame('SUBSCRIBE', { id: '2', destination: '/user/queue/refusals' });
      peer.frame('SUBSCRIBE', { id: '3', destination: '/user/queue/live', receipt: 'x' });
      await faulted(peer, 'too-many-subscriptions', 'x');
    });

    it('a second subscription of the same id', async () => {
      const peer = await connect(alice);
      peer.frame('SUBSCRIBE', { id: '1', destination: EVENTS });
      peer.frame('SUBSCRIBE', { id: '1', destination: '/user/queue/refusals', receipt: 'x' });
      await faulted(peer, 'protocol-error', 'x');
    });

    it('sending on and on faster than allowed; first come refusals, and what was receipted counts', async () => {
      const peer = await connect(alice);
      peer.frame('SUBSCRIBE', { id: 'r', destination: '/user/queue/refusals' });
      const say = (n: number) => {
        const draft = { clientMessageId: `${n}`, to: { user: bob.userId }, kind: 'text', text: `${n}` };
        peer.frame('SEND', { destination: '/app/messages', receipt: `${n}` }, JSON.stringify(draft));
      };
      for (let n = 0; n < 60; n++) say(n);
      const refused = () => peer.frames.filter(({ command }) => command === 'MESSAGE');
      const receipted = () => peer.frames.filter(({ command }) => command === 'RECEIPT');
      await until('all answered', () => refused().length + receipted().length === 60);
      expect(receipted().length).to.be.within(50, 55);
      for (const { body } of refused()) expect(JSON.parse(body.toString())).to.include({ code: 'too-many-sends' });
      // it goes on as soon as the rate allows
      const before = receipted().length;
      let n = 100;
      await until(
        'one is taken',
        () => {
          if (receipted().length > before) return true;
          say(n++);
          return false;
        },
        { everyMs: 150 },
      );
      expect(peer.closed).to.equal(undefined);
      // four times the rate, though one in four is taken
      const timer = setInterval(() => peer.closed ?? say(n++), 25);
      await faulted(peer, 'sends-abused', (await peer.awaitFrame('ERROR')).headers.get('receipt-id')).finally(() =>
        clearInterval(timer),
      );
    });
  });
});
