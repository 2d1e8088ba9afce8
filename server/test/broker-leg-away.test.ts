// The connections to RabbitMQ's STOMP port: when there are any, and broker destinations while it is out of reach and when
// it comes back: nobody is closed, nothing is silently dropped.
import { expect } from 'chai';
import { stompUrlOf } from '../broker/stomp-address.ts';
import { readConfig } from '../config.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { Peer } from './behaviours/world.ts';
import { House, type Person } from './house.ts';
import { permit } from './permit.ts';
import type { RawPeer } from './raw-peer.ts';
import { TcpProxy } from './tcp-proxy.ts';

const BACK_WITHIN_MS = 3000;
const draftFor = ({ userId }: Person) =>
  JSON.stringify({ clientMessageId: newId(), to: { user: userId }, kind: 'text', text: 'x' });

describe('broker destinations while the broker is away', function () {
  this.timeout(60_000);
  let house: House;
  let proxy: TcpProxy;
  let admin: Person;
  let raw: RawPeer;
  let peer: Peer;

  const open = async (settings: Record<string, string> = {}) => {
    const config = readConfig(process.env);
    const url = config.BROKER_STOMP_URL[0] ?? stompUrlOf(config.AMQP_URL[0] as string, config.BROKER_STOMP_PORT);
    proxy = await TcpProxy.open(url);
    house = await House.open({ BROKER_STOMP_URL: proxy.through(url), BROKER_SESSION_BYTES: '20000', ...settings });
    [admin] = (await house.people(1)) as [Person];
    await permit(house, admin, '*');
    raw = await house.raw();
    raw.frame('CONNECT', { 'accept-version': '1.2', passcode: await house.token(admin) });
    await raw.awaitFrame('CONNECTED');
    peer = new Peer(raw);
    await peer.subscribe('/user/queue/refusals', { id: 'refusals' });
  };
  afterEach(async () => {
    await house.close();
    await proxy.close();
  });

  const away = () => {
    proxy.up = false;
    proxy.cut();
  };
  const of = (id: string) => peer.messages.filter(({ headers }) => headers.get('subscription') === id);
  const bodiesOf = (id: string) => of(id).map(({ body }) => body.toString('utf8'));
  const codes = () => of('refusals').map(({ body }) => (JSON.parse(body.toString('utf8')) as { code: string }).code);

  it('are not asked for: a connection is opened with the first frame that needs it, and goes with its session', async () => {
    await open();
    expect(await peer.send('/app/messages', draftFor(admin))).to.equal('RECEIPT');
    expect(proxy.size).to.equal(0);
    const queue = `/queue/${newId()}`;
    await peer.send(queue, 'x', { 'x-expires': '60000' });
    await peer.subscribe(queue, { 'x-expires': '60000' });
    expect(proxy.size).to.equal(1);
    expect(await peer.ask('DISCONNECT')).to.equal('RECEIPT');
    await until('its end', () => proxy.size === 0);
  });

  it('SENDs wait, subscriptions stand again, what was not acknowledged comes again, and it is said', async () => {
    await open();
    const [queue, topic] = [`/queue/${newId()}`, `/topic/${newId()}`];
    await peer.subscribe(queue, { id: 'queue', ack: 'client-individual' });
    await peer.subscribe(topic, { id: 'topic' });
    await peer.send(queue, 'unacknowledged');
    const [first] = await until('it', () => of('queue').length > 0 && of('queue'));
    away();
    const waiting = ['a', 'b', 'c'].map((body) => peer.send(queue, body, { persistent: 'true' }));
    const live = peer.send(topic, 'live');
    // its era is over as soon as the loss is known
    const late = until('the refusal', async () => {
      const answer = await peer.ask('ACK', { id: first?.headers.get('ack') ?? '' });
      return answer === 'refusal';
    });
    await late;
    expect(codes()).to.include('broker-lost');
    expect(bodiesOf('queue')).to.deep.equal(['unacknowledged']);
    expect(raw.closed).to.equal(undefined);
    proxy.up = true;
    const from = Date.now();
    expect(await Promise.all([...waiting, live])).to.deep.equal(Array.from({ length: 4 }, () => 'RECEIPT'));
    await until('all', () => new Set(bodiesOf('queue')).size === 4 && bodiesOf('queue').length >= 5);
    await until('the topic', () => bodiesOf('topic').includes('live'));
    await until('the notice', () => codes().includes('broker-back'));
    expect(Date.now() - from).to.be.below(BACK_WITHIN_MS);
    const again = of('queue').filter(({ body }) => body.toString('utf8') === 'unacknowledged');
    expect(again.map(({ headers }) => headers.get('redelivered'))).to.deep.equal(['false', 'true']);
    expect(again[1]?.headers.get('ack')).to.not.equal(first?.headers.get('ack'));
    expect(await peer.acknowledge(again[1] as NonNullable<typeof first>)).to.equal('RECEIPT');
  });

  it('a durable subscription misses nothing, UNSUBSCRIBE and transactions wait too', async () => {
    await open();
    const [queue, topic] = [`/queue/${newId()}`, `/topic/${newId()}`];
    await peer.subscribe(topic, { id: 'kept', durable: 'true' });
    await peer.subscribe(queue, { id: 'queue' });
    await peer.send(topic, 'before');
    await until('it', () => bodiesOf('kept').includes('before'));
    away();
    await peer.ask('BEGIN', { transaction: 't' });
    peer.say('SEND', { destination: queue, transaction: 't' }, 'one');
    peer.say('SEND', { destination: topic, transaction: 't' }, 'two');
    const committed = peer.ask('COMMIT', { transaction: 't' });
    proxy.up = true;
    expect(await committed).to.equal('RECEIPT');
    await until('both', () => bodiesOf('queue').includes('one') && bodiesOf('kept').includes('two'));
    away();
    const ended = peer.ask('UNSUBSCRIBE', { id: 'kept', durable: 'true' });
    proxy.up = true;
    expect(await ended).to.equal('RECEIPT');
    await peer.send(topic, 'after');
    expect(await peer.subscribe(topic, { id: 'new' })).to.equal('RECEIPT');
    await peer.send(topic, 'now');
    await until('now', () => bodiesOf('new').includes('now'));
    expect([...bodiesOf('kept'), ...bodiesOf('new')]).to.not.include('after');
  });

  it('more than may wait is refused as busy, and what waits is not lost', async () => {
    await open();
    const queue = `/queue/${newId()}`;
    expect(await peer.send(queue, 'opened')).to.equal('RECEIPT');
    away();
    const said = Array.from({ length: 10 }, (_, i) => peer.send(queue, `${i}`.padEnd(5000)));
    await until('a refusal', () => codes().includes('busy'));
    proxy.up = true;
    const answers = await Promise.all(said);
    const taken = answers.flatMap((answer, i) => (answer === 'RECEIPT' ? [i] : []));
    expect(taken.length).to.be.within(1, 4);
    await peer.subscribe(queue, { id: 'queue' });
    await until('them', () => taken.every((i) => bodiesOf('queue').some((body) => body.trim() === `${i}`)));
    expect(await peer.send(queue, 'room again')).to.equal('RECEIPT');
  });

  it('from the start: the first SEND and SUBSCRIBE wait as well', async () => {
    await open();
    away();
    const queue = `/queue/${newId()}`;
    const waiting = [peer.subscribe(queue, { id: 'queue' }), peer.send(queue, 'first')];
    await peer.settle();
    proxy.up = true;
    expect(await Promise.all(waiting)).to.deep.equal(['RECEIPT', 'RECEIPT']);
    await until('it', () => bodiesOf('queue').includes('first'));
    expect(codes()).to.not.include('broker-back');
  });

  it('though RabbitMQ itself is there: after BROKER_STOMP_MS the session is closed as broker-away', async () => {
    await open({ BROKER_STOMP_MS: '300' });
    away();
    peer.say('SEND', { destination: `/queue/${newId()}`, receipt: 'r' }, 'x');
    expect((await raw.awaitFrame('ERROR')).headers.get('code')).to.equal('broker-away');
    expect((await raw.awaitClose()).code).to.equal(4008);
  });

  it('what was sent before a good-bye is still brought to the broker', async () => {
    await open();
    const queue = `/queue/${newId()}`;
    expect(await peer.send(queue, 'opened')).to.equal('RECEIPT');
    away();
    peer.say('SEND', { destination: queue }, 'no receipt asked');
    const bye = peer.ask('DISCONNECT');
    proxy.up = true;
    expect(await bye).to.equal('RECEIPT');
    raw = await house.raw();
    raw.frame('CONNECT', { 'accept-version': '1.2', passcode: await house.token(admin) });
    await raw.awaitFrame('CONNECTED');
    peer = new Peer(raw);
    await peer.subscribe(queue, { id: 'queue' });
    await until('both', () => bodiesOf('queue').length >= 2);
    expect(bodiesOf('queue')).to.include.members(['opened', 'no receipt asked']);
  });
});
