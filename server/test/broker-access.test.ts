// Who may use which broker destination, and both legs (RabbitMQ's and our own) in one session.
import { expect } from 'chai';
import { inboundQueue, mailboxQueue } from '../broker/topology.ts';
import { stompAddresses } from '../broker/stomp-address.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { takeRole } from '../people/roles.ts';
import { Peer } from './behaviours/world.ts';
import { House, type Person } from './house.ts';
import { permit } from './permit.ts';
import type { RawPeer } from './raw-peer.ts';
import { StompTcpPeer } from './stomp-tcp-peer.ts';

describe('broker destinations through /stomp', function () {
  this.timeout(60_000);
  let house: House;
  let alice: Person;
  let bob: Person;
  let admin: Person;

  before(async () => {
    house = await House.open({ BROKER_SESSIONS: '4', SWEEP_MS: '50', LIMIT_DEVICES_PER_USER: '500' });
    [alice, bob, admin] = (await house.people(3)) as [Person, Person, Person];
    await permit(house, admin, '*');
  });
  after(() => house.close());

  let devices = 0;
  const opened: RawPeer[] = [];
  afterEach(() => {
    for (const raw of opened.splice(0)) raw.close();
  });
  const connect = async (person: Person): Promise<{ peer: Peer; raw: RawPeer }> => {
    const raw = await house.raw();
    opened.push(raw);
    raw.frame('CONNECT', {
      'accept-version': '1.2',
      passcode: await house.token(person),
      'device-id': `b${++devices}`,
    });
    await raw.awaitFrame('CONNECTED');
    const peer = new Peer(raw);
    await peer.subscribe('/user/queue/refusals', { id: 'refusals' });
    return { peer, raw };
  };
  const refusalOf = (peer: Peer): { code: string; receipt?: string } | undefined => {
    const last = peer.messages.findLast(({ headers }) => headers.get('subscription') === 'refusals');
    return last && (JSON.parse(last.body.toString('utf8')) as { code: string });
  };

  it('are denied to who has no permission: SEND is refused, SUBSCRIBE closes with 4507', async () => {
    const { peer, raw } = await connect(bob);
    for (const destination of ['/topic/a', '/queue/a', '/exchange/amq.fanout', '/amq/queue/a', '/reply-queue/a']) {
      expect(await peer.send(destination)).to.equal('refusal');
      expect(refusalOf(peer)?.code).to.equal('not-allowed');
    }
    peer.say('SUBSCRIBE', { id: 'a', destination: '/topic/a', receipt: 'sub' });
    const { headers } = await raw.awaitFrame('ERROR');
    expect(headers.get('code')).to.equal('subscription-denied');
    expect(headers.get('receipt-id')).to.equal('sub');
    expect((await raw.awaitClose()).code).to.equal(4507);
  });

  it('are open to who has the permission, exactly so far', async () => {
    const mine = newId();
    await permit(house, alice, `stomp:send:/topic/${mine}.*`, `stomp:subscribe:/topic/${mine}.**`);
    const { peer } = await connect(alice);
    expect(await peer.subscribe(`/topic/${mine}.#`)).to.equal('RECEIPT');
    expect(await peer.send(`/topic/${mine}.a`, 'yes')).to.equal('RECEIPT');
    expect(await peer.send(`/exchange/amq.topic/${mine}.b`, 'yes')).to.equal('RECEIPT');
    for (const destination of [`/topic/${mine}`, `/topic/${mine}.a.b`, `/queue/${mine}.a`, '/exchange/amq.topic'])
      expect(await peer.send(destination), destination).to.equal('refusal');
    await until('both', () => peer.bodies.filter((body) => body === 'yes').length === 2);
    const [message] = peer.messages.filter(({ body }) => body.toString('utf8') === 'yes');
    expect(message?.headers.get('x-parley-user')).to.equal(alice.userId);
  });

  it('end when the role is taken', async () => {
    const [carol] = (await house.people(1)) as [Person];
    const queue = `/queue/${newId()}`;
    const role = await permit(house, carol, `stomp:subscribe:${queue}`, `stomp:send:${queue}`);
    const { peer, raw } = await connect(carol);
    await peer.subscribe(queue);
    expect(await peer.send(queue, 'still')).to.equal('RECEIPT');
    await takeRole(house, carol.userId, role);
    // what roles grant is kept for ten seconds in processes that are not told (people/permissions.ts)
    const { code } = await until('the close', () => raw.closed, { timeoutMs: 15_000 });
    expect(code).to.equal(4507);
  });

  it('do not lead to our own queues, not even for the administrator', async () => {
    const own = [inboundQueue(0), mailboxQueue(0), `device.${alice.userId}.b1`, 'parley.dead'];
    const { peer } = await connect(admin);
    for (const name of own)
      for (const destination of [
        `/queue/${name}`,
        `/amq/queue/${name}`,
        `/reply-queue/${name}`,
        `/exchange/${name}/x`,
      ]) {
        expect(await peer.send(destination), destination).to.equal('refusal');
        expect(refusalOf(peer)?.code).to.equal('not-allowed');
      }
    for (const name of own.slice(0, 3)) {
      const { peer: reader, raw } = await connect(admin);
      reader.say('SUBSCRIBE', { id: 'x', destination: `/amq/queue/${name}` });
      expect((await raw.awaitClose()).code).to.equal(4507);
    }
    expect(await peer.subscribe('/amq/queue/parley.dead', { ack: 'client-individual' })).to.equal('RECEIPT');
  });

  it("keep one user's durable subscription from another's, whatever its id", async () => {
    const topic = `/topic/${newId()}`;
    const [carol, dave] = (await house.people(2)) as [Person, Person];
    const headers = { id: 'same', durable: 'true' };
    for (const person of [carol, dave]) {
      await permit(house, person, '*');
      const { peer } = await connect(person);
      await peer.subscribe(topic, headers);
      await peer.ask('DISCONNECT');
    }
    const { peer: sender } = await connect(admin);
    await sender.send(topic, 'for both', { persistent: 'true' });
    for (const person of [carol, dave]) {
      const { peer } = await connect(person);
      await peer.subscribe(topic, headers);
      await until('the message', () => peer.bodies.includes('for both'));
      await peer.ask('UNSUBSCRIBE', headers);
      await peer.ask('DISCONNECT');
    }
  });

  it('are bounded in sessions', async () => {
    const queue = `/queue/${newId()}`;
    const all = [];
    for (let i = 0; i < 4; i++) all.push(await connect(admin));
    for (const { peer } of all) expect(await peer.send(queue)).to.equal('RECEIPT');
    const { peer: late } = await connect(admin);
    expect(await late.send(queue)).to.equal('refusal');
    expect(refusalOf(late)?.code).to.equal('busy');
    expect(await late.subscribe(queue)).to.equal('refusal');
    await all[0]?.peer.ask('DISCONNECT');
    await until('a place', async () => (await late.send(queue)) === 'RECEIPT');
  });

  it('pass what any AMQP publisher may send, or say why not', async () => {
    const [address] = stompAddresses(house.config);
    const publisher = new StompTcpPeer(address as NonNullable<typeof address>);
    const queue = `/queue/${newId()}`;
    const { peer, raw } = await connect(admin);
    await peer.subscribe(queue, { ack: 'client-individual' });
    const hostile = {
      hasOwnProperty: '1',
      __proto__: '2',
      subscription: 'refusals',
      ack: 'x',
      'message-id': 'e-1',
      long: 'x'.repeat(5000),
    };
    const { 'message-id': _, ...sendable } = hostile;
    publisher.frame('SEND', { destination: queue, ...sendable }, 'hostile');
    await until('the message', () => peer.bodies.includes('hostile'));
    const message = peer.messages.find(({ body }) => body.toString('utf8') === 'hostile');
    expect(message?.headers.has('hasOwnProperty')).to.equal(false);
    expect(message?.headers.get('subscription')).to.not.equal('refusals');
    expect(message?.headers.get('long')).to.have.length(5000);
    expect(message?.headers.get('ack')).to.match(/^b-/);
    publisher.frame('SEND', { destination: queue }, 'x'.repeat(600_000));
    const error = await raw.awaitFrame('ERROR');
    expect(error.headers.get('code')).to.equal('broker-refused');
    publisher.close();
  });

  it('wait for a slow reader, who misses nothing', async () => {
    const queue = `/queue/${newId()}`;
    const [{ peer: reader, raw }, { peer: sender }] = [await connect(admin), await connect(admin)];
    await reader.subscribe(queue, { id: 'slow' });
    raw.socket.pause();
    const count = 150;
    for (let i = 0; i < count; i++) expect(await sender.send(queue, `${i}`.padEnd(100_000))).to.equal('RECEIPT');
    raw.socket.resume();
    await until('all', () => reader.messages.length === count);
    expect(reader.bodies.map(Number)).to.deep.equal(Array.from({ length: count }, (_, i) => i));
  });

  describe('in one session with our own', () => {
    const draft = (text: string) =>
      JSON.stringify({ clientMessageId: newId(), to: { user: bob.userId }, kind: 'text', text });
    const textsOf = (peer: Peer) =>
      peer.messages
        .filter(({ headers }) => headers.get('subscription') === 'events')
        .map(({ body }) => JSON.parse(body.toString('utf8')) as { type: string; text: string })
        .filter(({ type }) => type === 'message')
        .map(({ text }) => text);

    const both = async () => {
      const queue = `/queue/${newId()}`;
      const { peer, raw } = await connect(admin);
      await peer.subscribe('/user/queue/events', { id: 'events', ack: 'client-individual' });
      await peer.subscribe(queue, { id: 'queue', ack: 'client-individual' });
      const queued = () => peer.messages.filter(({ headers }) => headers.get('subscription') === 'queue');
      return { queue, peer, raw, queued };
    };

    it('receipts and acknowledgements do not care which leg they are of', async () => {
      const { queue, peer, queued } = await both();
      const answers = await Promise.all([
        peer.send('/app/messages', draft('one')),
        peer.send(queue, 'two'),
        peer.send('/app/messages', draft('three')),
        peer.send(queue, 'four'),
      ]);
      expect(new Set(answers)).to.deep.equal(new Set(['RECEIPT']));
      await until('all', () => textsOf(peer).length === 2 && queued().length === 2);
      const ids = peer.messages.flatMap(({ headers }) => headers.get('ack') ?? []);
      expect(new Set(ids).size).to.equal(ids.length);
      for (const id of ids) expect(await peer.ask('ACK', { id }), id).to.equal('RECEIPT');
      expect(await peer.ask('DISCONNECT')).to.equal('RECEIPT');
    });

    it('a transaction over both is done with COMMIT, and not before', async () => {
      const { queue, peer, queued } = await both();
      await peer.send(queue, 'before');
      const [message] = await until('it', () => queued().length === 1 && queued());
      await peer.ask('BEGIN', { transaction: 't' });
      peer.say('SEND', { destination: '/app/messages', transaction: 't', receipt: 'app' }, draft('in it'));
      peer.say('SEND', { destination: queue, transaction: 't', receipt: 'broker' }, 'in it');
      peer.say('ACK', { id: message?.headers.get('ack') ?? '', transaction: 't', receipt: 'ack' });
      await peer.send('/app/messages', draft('outside'));
      await peer.send(queue, 'outside');
      await until('what is outside', () => textsOf(peer).includes('outside') && queued().length === 2);
      const receipts = () =>
        peer.talker.frames.flatMap(({ command, headers }) =>
          command === 'RECEIPT' ? (headers.get('receipt-id') ?? '') : [],
        );
      expect(receipts()).to.not.include.members(['app']);
      peer.say('COMMIT', { transaction: 't', receipt: 'commit' });
      await until('all', () => textsOf(peer).includes('in it') && queued().length === 3);
      await until('COMMIT', () => receipts().includes('commit'));
      expect(receipts().slice(-4)).to.have.members(['app', 'broker', 'ack', 'commit']);
      expect(receipts().at(-1)).to.equal('commit');
      expect(queued().map(({ body }) => body.toString('utf8'))).to.deep.equal(['before', 'outside', 'in it']);
    });

    it('a transaction with a frame that is not permitted is refused as a whole', async () => {
      const { queue, peer, queued } = await both();
      await peer.ask('BEGIN', { transaction: 't' });
      peer.say('SEND', { destination: '/app/messages', transaction: 't', receipt: 'app' }, draft('never'));
      peer.say('SEND', { destination: queue, transaction: 't', receipt: 'broker' }, 'never');
      peer.say('SEND', { destination: '/queue/parley.inbound.0', transaction: 't' }, 'never');
      expect(await peer.ask('COMMIT', { transaction: 't' })).to.equal('refusal');
      for (const receipt of ['app', 'broker']) expect(peer.refusal(receipt)?.code, receipt).to.equal('not-allowed');
      await peer.send('/app/messages', draft('after'));
      await peer.send(queue, 'after');
      await until('both', () => textsOf(peer).includes('after') && queued().length > 0);
      expect(textsOf(peer)).to.not.include('never');
      expect(queued().map(({ body }) => body.toString('utf8'))).to.deep.equal(['after']);
    });
  });
});
