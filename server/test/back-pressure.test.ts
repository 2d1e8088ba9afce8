// From a slow database back to who sends: the workers wait, the inbound queues grow to a bound, the relay's buffer to
// another, and then SENDs are refused. What was receipted is stored and delivered when the database is well again.
import { expect } from 'chai';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { inboundQueue } from '../broker/topology.ts';
import { connect } from 'amqplib';
import { House, type Person } from './house.ts';
import type { Refusal } from './stomp-peer.ts';

const TEXT = 'x'.repeat(2000);

describe('with a database that does not answer', () => {
  let house: House;
  let alice: Person;
  let bob: Person;

  before(async () => {
    house = await House.open({
      SHARDS_INBOUND: '1',
      WORKER_PREFETCH: '1',
      BATCH_MESSAGES: '2',
      INBOUND_QUEUE_BATCHES: '10',
      INBOUND_BUFFER_BYTES: '100000',
      LIMIT_SENDS: '100000/s,100000',
    });
    [alice, bob] = (await house.people(2)) as [Person, Person];
  });
  after(() => house.close());

  /** Holds up whoever stores a message until the returned function is called. */
  async function lock(): Promise<() => Promise<void>> {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let locked = () => {};
    const isLocked = new Promise<void>((resolve) => (locked = resolve));
    const done = house.db.$transaction(
      async (tx) => {
        await tx.$executeRawUnsafe('LOCK TABLE message IN ACCESS EXCLUSIVE MODE');
        locked();
        await held;
      },
      { timeout: 60_000 },
    );
    await isLocked;
    return () => {
      release();
      return done;
    };
  }

  async function depth(): Promise<number> {
    const connection = await connect(house.config.AMQP_URL[0] as string);
    const channel = await connection.createChannel();
    const { messageCount } = await channel.checkQueue(inboundQueue(0));
    await connection.close();
    return messageCount;
  }

  it('senders wait, then are refused; nothing receipted is lost, and everything goes on by itself', async () => {
    const [a, b] = await Promise.all([house.stomp(alice), house.stomp(bob)]);
    await a.say({ user: bob.userId }, 'before');
    await until('the first', () => b.messages.length === 1);
    const unlock = await lock();
    const outcomes = new Map<string, 'receipt' | Refusal | 'waits'>();
    try {
      // one after the other, slower than the depth is asked for
      await until(
        'a refusal',
        () => {
          for (let i = 0; i < 4; i++) {
            const id = newId();
            outcomes.set(id, 'waits');
            void a.say({ user: bob.userId }, TEXT, id).then((outcome) => outcomes.set(id, outcome));
          }
          return a.refusals.length > 0;
        },
        { timeoutMs: 30_000, everyMs: 20 },
      );
      expect(a.refusals[0]?.code).to.equal('busy');
      const states = [...outcomes.values()];
      expect(states.filter((state) => state === 'receipt').length).to.be.at.least(10);
      // so much waits in the relay, without a receipt
      const waiting = states.filter((state) => state === 'waits').length * TEXT.length;
      expect(waiting).to.be.within(60_000, 110_000);
      // a bound, and what came between two questions
      expect(await depth()).to.be.within(10, 60);
    } finally {
      await unlock();
    }
    await until('an answer to each', () => [...outcomes.values()].every((state) => state !== 'waits'));
    const receipted = [...outcomes].filter(([, outcome]) => outcome === 'receipt').map(([id]) => id);
    const arrived = () => new Set(b.messages.map(({ clientMessageId }) => clientMessageId));
    await until('all that were receipted', () => receipted.every((id) => arrived().has(id)));
    await a.say({ user: bob.userId }, 'after');
    await until('the last', () => b.messages.at(-1)?.text === 'after');
    expect(arrived().size).to.equal(receipted.length + 2);
    expect(b.messages.map(({ seq }) => seq)).to.deep.equal(
      Array.from({ length: receipted.length + 2 }, (_, i) => i + 1),
    );
  });

  it("one who sends much makes nobody else's messages wait for all of hers", async () => {
    const [carol, dave] = (await house.people(2)) as [Person, Person];
    const [a, b, c, d] = await Promise.all([alice, bob, carol, dave].map((person) => house.stomp(person)));
    const unlock = await lock();
    try {
      const before = b!.messages.length;
      const receipts: string[] = [];
      let sent = 0;
      await until(
        'a batch that waits',
        async () => {
          for (let i = 0; i < 3; i++)
            void a!.say({ user: bob.userId }, TEXT, `a${sent++}`).then(() => receipts.push('a'));
          return sent - receipts.length >= 20;
        },
        { timeoutMs: 30_000, everyMs: 50 },
      );
      const hers = c!.say({ user: dave.userId }, 'one').then(() => receipts.push('c'));
      const left = sent - receipts.length;
      await unlock();
      await hers;
      await until('the one', () => d!.messages.length === 1);
      // by her turn: long before the rest of those that waited
      expect(receipts.indexOf('c')).to.be.below(sent - left / 2);
      await until('the others', () => b!.messages.length === before + sent);
    } finally {
      await unlock();
    }
  });
});
