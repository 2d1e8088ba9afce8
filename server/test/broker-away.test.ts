// RabbitMQ stops and comes back, under Parley with people in it: nobody is thrown out, nothing is silently dropped,
// everything goes on by itself. A node of its own, on the ports next to those of the other tests.
import path from 'node:path';
import { expect } from 'chai';
import { ask } from '../../scripts/services/ports.ts';
import { startBroker, stopBroker } from '../../scripts/services/rabbitmq.ts';
import type { Service } from '../../scripts/services/service.ts';
import { type Config, readConfig } from '../config.ts';
import { directConversationId } from '../contract/conversation-id.ts';
import { sleep, until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { House, type Person } from './house.ts';
import type { Refusal, StompPeer } from './stomp-peer.ts';

const RESUMED_WITHIN_MS = 3000;
const METHOD_FRAME = 1;
/** A minute is promised; the suite takes a part of it (`AWAY_MS=60000` for the whole). */
const AWAY_MS = Number(process.env.AWAY_MS || 4000);
const BUFFER_BYTES = 60_000;

type Outcome = 'receipt' | Refusal;

/** What a device that keeps events once by id has of these texts, in the order of their arrival. */
/** What people wrote, each once: not what a group says of its being made. */
const said = ({ messages }: StompPeer) => [
  ...new Map(messages.filter(({ kind }) => kind === 'text').map((event) => [event.id, event])).values(),
];
const texts = (peer: StompPeer) => said(peer).map(({ text }) => text);

describe('while the broker is away', function () {
  this.timeout(180_000);
  let broker: Service;
  let config: Config;
  let house: House;
  let alice: Person;
  let bob: Person;
  let carol: Person;

  before(async () => {
    const base = readConfig(process.env);
    config = readConfig({
      ...process.env,
      DATA_DIR: path.join(base.DATA_DIR, 'away'),
      BROKER_PORT: String(base.BROKER_PORT + 1),
      BROKER_STOMP_PORT: String(base.BROKER_STOMP_PORT + 1),
      // one for the node, one for its port mapper
      BROKER_DIST_PORT: String(base.BROKER_DIST_PORT + 2),
    });
    broker = await startBroker(config);
  });
  after(() => stopBroker(config));

  beforeEach(async () => {
    const settings = { AMQP_URL: broker.url, INBOUND_BUFFER_BYTES: String(BUFFER_BYTES), LIMIT_SENDS: '1000/s,10000' };
    house = await House.open(settings);
    [alice, bob, carol] = (await house.people(3)) as [Person, Person, Person];
  });
  afterEach(() => house.close());

  /** Starts the node; gives when its AMQP port answered, in milliseconds since the epoch. */
  const start = async (): Promise<number> => {
    const answered = until(
      'the AMQP port',
      async () => {
        const answer = await ask(config.BROKER_PORT, Buffer.from('AMQP\x00\x00\x09\x01', 'latin1'));
        return answer?.[0] === METHOD_FRAME && Date.now();
      },
      { timeoutMs: 120_000 },
    );
    [broker] = await Promise.all([startBroker(config), answered]);
    return answered;
  };

  const ready = async () => (await fetch(`${house.url}/health/ready`)).status;

  const post = async (route: string, person: Person, body: unknown) => {
    const headers = { authorization: `Bearer ${await house.token(person)}`, 'content-type': 'application/json' };
    return fetch(house.url + route, { method: 'POST', headers, body: JSON.stringify(body) });
  };

  it('nobody is closed, SENDs wait or are refused, CONNECT, SUBSCRIBE and REST answer; then all goes on', async () => {
    const [a, b] = [await house.stomp(alice), await house.stomp(bob)];
    await (await house.stomp(carol, { device: 'old' })).close();
    // known, away, with something in its queue
    await (await house.stomp(carol)).close();
    expect(await a.say({ user: carol.userId }, 'before')).to.equal('receipt');
    expect(await a.say({ user: bob.userId }, '0')).to.equal('receipt');
    await until('the first at bob', () => b.messages.length === 1);

    await stopBroker(config);
    const stoppedAt = Date.now();
    await until('health to say so', async () => (await ready()) === 503);

    // what fits waits, without a word
    const outcomes: Outcome[] = [];
    const say = (text: string) => a.say({ user: bob.userId }, text).then((outcome) => outcomes.push(outcome));
    const waiting = Array.from({ length: 50 }, (_, i) => say(`${i + 1}`));
    await sleep(500);
    expect(outcomes).to.deep.equal([]);

    // whoever comes now gets in
    const c = await house.stomp(carol);
    expect(Date.now() - stoppedAt).to.be.below(10_000);
    const cSaid = c.say({ user: alice.userId }, 'from carol');

    // REST says yes, since the database has it
    const asked = Date.now();
    const made = await post('/api/chat/conversations', alice, { kind: 'group', title: 'g', members: [bob.userId] });
    expect(made.status).to.equal(201);
    expect(Date.now() - asked, 'milliseconds for a REST call').to.be.below(7000);
    const gone = Date.now();
    const authorization = `Bearer ${await house.token(carol)}`;
    const removed = await fetch(`${house.url}/api/chat/devices/old`, { method: 'DELETE', headers: { authorization } });
    expect(removed.status).to.equal(204);
    expect(Date.now() - gone, 'milliseconds for removing a device').to.be.below(7000);
    const { id: group } = (await made.json()) as { id: string };

    // beyond the bound there is a no, at once, for each
    const long = 'x'.repeat(8000);
    const results = Array.from({ length: 20 }, (_, i) => ({
      text: `${i} ${long}`,
      outcome: undefined as Outcome | undefined,
    }));
    const longSaid = results.map(async (result) => {
      result.outcome = await a.say({ user: bob.userId }, result.text);
    });
    await until('a refusal', () => results.some(({ outcome }) => outcome !== undefined));
    await sleep(200);
    const refused = results.filter(({ outcome }) => outcome !== undefined);
    for (const { outcome } of refused) expect(outcome).to.include({ code: 'busy' });
    expect(refused.length).to.be.within(20 - BUFFER_BYTES / 8000, 19);
    expect(outcomes).to.deep.equal([]);

    await sleep(Math.max(0, AWAY_MS - (Date.now() - stoppedAt)));
    for (const peer of [a, b, c]) expect([peer.client.connected, peer.closeCode]).to.deep.equal([true, undefined]);

    const firstReceipt = Promise.race(waiting).then(() => Date.now());
    const answeredAt = await start();
    const took = (await firstReceipt) - answeredAt;
    console.log(`      away ${answeredAt - stoppedAt} ms; first receipt ${took} ms after the AMQP port answered`);
    expect(took).to.be.below(RESUMED_WITHIN_MS);
    await Promise.all([...waiting, ...longSaid, cSaid]);
    const allReceipted = Date.now() - answeredAt;
    expect(new Set(outcomes)).to.deep.equal(new Set(['receipt']));
    expect(await cSaid).to.equal('receipt');

    // what was receipted is there, in order; what was refused is not; and so is what REST told
    const taken = results.filter(({ outcome }) => outcome === 'receipt').map(({ text }) => text);
    const expected = [...Array.from({ length: 51 }, (_, i) => `${i}`), ...taken];
    await until('all at bob', () => texts(b).length >= expected.length);
    const allThere = Date.now() - answeredAt;
    console.log(`      all receipts after ${allReceipted} ms, all delivered after ${allThere} ms`);
    expect(texts(b)).to.deep.equal(expected);
    expect(
      said(b)
        .map(({ seq }) => seq)
        .toSorted((x, y) => x - y),
    ).to.deep.equal(expected.map((_, i) => i + 1));
    await until('what REST told', () => b.events.some((one) => 'conversation' in one && one.conversation === group));
    await until("what waited in carol's queue", () => texts(c).includes('before'));
    await until('health again', async () => (await ready()) === 200);
    for (const peer of [a, b, c]) expect(peer.closeCode).to.equal(undefined);
    expect(await a.say({ user: bob.userId }, 'after')).to.equal('receipt');
    await until('the last', () => texts(b).at(-1) === 'after');
  });

  it('after a kill in the midst of messages: every receipted one arrives, once, in order', async () => {
    const [a, b] = [await house.stomp(alice), await house.stomp(bob)];
    const stop = new AbortController();
    const receipted: string[] = [];
    const outcomes: Promise<void>[] = [];
    const saying = (async () => {
      for (let n = 1; !stop.signal.aborted; n++) {
        const text = `${n}`;
        outcomes.push(
          a.say({ user: bob.userId }, text).then((outcome) => {
            expect(outcome).to.equal('receipt');
            receipted.push(text);
          }),
        );
        await sleep(5);
      }
    })();
    await until('some receipts', () => receipted.length > 100);
    process.kill(broker.pid as number, 'SIGKILL');
    const before = receipted.length;
    await sleep(1000);
    stop.abort();
    await saying;
    const firstReceipt = until('a receipt', () => receipted.length > before + 2 && Date.now(), {
      timeoutMs: 120_000,
      everyMs: 5,
    });
    const answeredAt = await start();
    const took = (await firstReceipt) - answeredAt;
    console.log(`      killed: first receipt ${took} ms after the AMQP port answered`);
    expect(took).to.be.below(RESUMED_WITHIN_MS);
    await Promise.all(outcomes);
    await until('all at bob', () => texts(b).length === outcomes.length, { timeoutMs: 20_000 });
    expect(texts(b)).to.deep.equal(outcomes.map((_, i) => `${i + 1}`));
    expect([a.closeCode, b.closeCode]).to.deep.equal([undefined, undefined]);
  });

  it('though it is only frozen: what was sent meanwhile is receipted when it goes on', async () => {
    const [a, b] = [await house.stomp(alice), await house.stomp(bob)];
    process.kill(broker.pid as number, 'SIGSTOP');
    let outcome: Outcome | undefined;
    try {
      void a.say({ user: bob.userId }, 'into the cold').then((said) => (outcome = said));
      await sleep(1500);
      expect(outcome).to.equal(undefined);
    } finally {
      process.kill(broker.pid as number, 'SIGCONT');
    }
    await until('the receipt', () => outcome === 'receipt', { timeoutMs: RESUMED_WITHIN_MS });
    await until('the message', () => texts(b).length === 1);
  });

  it('a stop of Parley takes no longer than it may, and drops no receipted message', async () => {
    const a = await house.stomp(alice);
    const texts: string[] = [];
    for (let i = 0; i < 20; i++) if ((await a.say({ user: bob.userId }, `${i}`)) === 'receipt') texts.push(`${i}`);
    await stopBroker(config);
    const late = a.say({ user: bob.userId }, `never receipted ${newId()}`);
    await sleep(200);
    const began = Date.now();
    await house.stop();
    console.log(`      stopped after ${Date.now() - began} ms`);
    expect(Date.now() - began, 'milliseconds to stop').to.be.below(house.config.STOP_MS + 2000);
    expect(await late).to.include({ code: 'gone' });
    await start();
    await house.start();
    const conversation = directConversationId(alice.userId, bob.userId);
    const path = `/api/chat/conversations/${conversation}/messages?limit=200`;
    await until('the history', async () => {
      const { items = [] } = (await house.get(path, bob)).body as { items?: { text: string }[] };
      return texts.every((text) => items.some((item) => item.text === text));
    });
  });
});
