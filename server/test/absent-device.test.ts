// Devices that are slow, or absent, for longer than is kept for them: nobody else is held up, what is kept is bounded,
// history has everything, and the device is told that it must read it.
import { type Channel, type ChannelModel, connect as connectAmqp } from 'amqplib';
import { expect } from 'chai';
import { deviceQueue, mailboxQueue, shardOf } from '../broker/topology.ts';
import { encodeMailbox } from '../broker/wire.ts';
import type { MessageEvent } from '../contract/events.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';

const DAY_MS = 86_400_000;
const upTo = (count: number, from = 1) => Array.from({ length: count }, (_, i) => from + i);
const seqs = (peer: StompPeer) => [...new Set(peer.messages.map(({ seq }) => seq))];
const types = (peer: StompPeer) => peer.events.map(({ type }) => type);

describe('a device that is slow or absent', () => {
  const window = 16;
  const most = 50;
  let house: House;
  let model: ChannelModel;
  let channel: Channel;
  let alice: Person;
  let bob: Person;

  before(async () => {
    const bounds = { DEVICE_QUEUE_EVENTS: String(most), LIVE_WINDOW: String(window), SETTLE_MS: '100', SWEEP_MS: '25' };
    house = await House.open({ ...bounds, LIMIT_SENDS: '10000/s,10000' });
    model = await connectAmqp(process.env.AMQP_URL as string);
    channel = await model.createChannel();
  });
  beforeEach(async () => {
    house.aheadMs = 0;
    [alice, bob] = (await house.people(2)) as [Person, Person];
  });
  after(async () => {
    await house.close();
    await model.close();
  });

  const says = async (from: StompPeer, count: number) => {
    const outcomes = await Promise.all(upTo(count).map((n) => from.say({ user: bob.userId }, `${n}`)));
    expect(new Set(outcomes)).to.deep.equal(new Set(['receipt']));
  };
  /** A few at a time, as they would come over days. */
  const saysSlowly = async (from: StompPeer, count: number, seenBy: StompPeer) => {
    for (let said = 0; said < count; said += 10) {
      const before = seqs(seenBy).length;
      await says(from, 10);
      await until('ten more', () => seqs(seenBy).length === before + 10);
    }
  };
  /** A device of bob's that was here, and went. */
  const away = async (device: string) => (await house.stomp(bob, { device })).close();
  const history = async (): Promise<number[]> => {
    const { body } = await house.get(`/api/chat/conversations`, bob);
    const id = (body as { items: { id: string }[] }).items[0]?.id;
    const page = (await house.get(`/api/chat/conversations/${id}/messages?after=0&limit=200`, bob)).body;
    return (page as { items: MessageEvent[] }).items.map(({ seq }) => seq);
  };
  /** How many wait; undefined: there is no queue. */
  const waiting = async (device: string): Promise<number | undefined> => {
    const own = await model.createChannel();
    own.on('error', () => {});
    try {
      const { messageCount } = await own.checkQueue(deviceQueue(bob.userId, device));
      await own.close();
      return messageCount;
    } catch {
      return undefined;
    }
  };
  const missedAt = async (id: string) =>
    (await house.db.device.findUniqueOrThrow({ where: { userId_id: { userId: bob.userId, id } } })).missedAt;
  /** It comes back, is told first, and once; then everything is as ever. */
  const isToldOnce = async (device: string, from: StompPeer) => {
    const back = await house.stomp(bob, { device });
    await until('to be told', () => back.events.length > 0);
    expect(types(back)[0]).to.equal('missed');
    await until('it is noted', async () => (await missedAt(device)) === null);
    const last = (await history()).at(-1) as number;
    await says(from, 2);
    await until('what is new', () => seqs(back).includes(last + 2));
    expect(seqs(back).slice(-2)).to.deep.equal([last + 1, last + 2]);
    await back.close();
    await says(from, 2);
    const again = await house.stomp(bob, { device });
    await until('what waited', () => seqs(again).includes(last + 4));
    expect(again.events.filter(({ type }) => type === 'missed')).to.deep.equal([]);
    expect(seqs(again)).to.deep.equal([last + 3, last + 4]);
  };

  it('and never acknowledges holds up nobody, costs a bounded queue, and must read history', async () => {
    const a = await house.stomp(alice);
    const stuck = await house.stomp(bob, { device: 'stuck', acknowledge: false });
    const other = await house.stomp(bob, { device: 'other' });
    await saysSlowly(a, 150, other);
    expect(seqs(other)).to.deep.equal(upTo(150));
    await until('to be told', () => types(stuck).includes('missed'));
    expect(seqs(stuck)).to.deep.equal(upTo(seqs(stuck).length));
    expect(stuck.frames.length).to.be.at.most(window + types(stuck).filter((type) => type === 'missed').length);
    expect((await waiting('stuck')) ?? 0).to.be.below(most + 20);
    expect(await history()).to.deep.equal(upTo(150));
    await stuck.cut();
    await isToldOnce('stuck', a);
  });

  it('and acknowledges one in a few has, or is told that it has not, every message', async () => {
    const a = await house.stomp(alice);
    const lazy = await house.stomp(bob, { device: 'lazy', acknowledge: false });
    const other = await house.stomp(bob, { device: 'other' });
    for (let n = 0; n < 12; n++) {
      await saysSlowly(a, 10, other);
      lazy.frames.findLast(({ body }) => body.includes('"message"'))?.ack();
    }
    expect(seqs(other)).to.deep.equal(upTo(120));
    await until('to be told', () => types(lazy).includes('missed'));
    await lazy.cut();
    await isToldOnce('lazy', a);
  });

  it('for a day misses nothing', async () => {
    await away('phone');
    const a = await house.stomp(alice);
    await says(a, 20);
    await until('twenty wait', async () => ((await waiting('phone')) ?? 0) >= 20);
    house.aheadMs = DAY_MS;
    // nobody's heart has beaten for a day
    await until('the close', () => a.closeCode);
    await says(await house.stomp(alice), 20);
    const phone = await house.stomp(bob, { device: 'phone' });
    await until('all', () => phone.messages.length === 40);
    expect(types(phone)).to.not.include('missed');
    expect(seqs(phone)).to.deep.equal(upTo(40));
  });

  it('for ever loses its queue, and costs nothing from then on; should it come back, it must read history', async () => {
    await away('phone');
    await says(await house.stomp(alice), 20);
    await until('twenty wait', async () => ((await waiting('phone')) ?? 0) >= 20);
    house.aheadMs = 31 * DAY_MS;
    const a = await house.stomp(alice);
    const other = await house.stomp(bob, { device: 'other' });
    await saysSlowly(a, 10, other);
    await until('no queue', async () => (await waiting('phone')) === undefined);
    expect(await missedAt('phone')).to.not.equal(null);
    await saysSlowly(a, 10, other);
    expect(await waiting('phone')).to.equal(undefined);
    await house.stop();
    await house.start();
    const back = await house.stomp(alice);
    await says(back, 10);
    await until('all in history', async () => (await history()).length === 50);
    expect(await waiting('phone')).to.equal(undefined);
    await isToldOnce('phone', back);
  });

  it('while more comes than is kept is told, also after a restart, until it has acknowledged that', async () => {
    await away('phone');
    const a = await house.stomp(alice);
    const other = await house.stomp(bob, { device: 'other' });
    await saysSlowly(a, 150, other);
    await until('no queue', async () => (await waiting('phone')) === undefined);
    await house.stop();
    await house.start();
    const deaf = await house.stomp(bob, { device: 'phone', acknowledge: false });
    await until('to be told', () => deaf.events.length === 1);
    expect(types(deaf)).to.deep.equal(['missed']);
    await deaf.cut();
    await isToldOnce('phone', await house.stomp(alice));
  });

  for (const restart of [false, true]) {
    it(`and whose queue was lost must read history${restart ? ', also of a Parley that was started since' : ''}`, async () => {
      await away('phone');
      let a = await house.stomp(alice);
      await says(a, 20);
      await until('twenty wait', async () => ((await waiting('phone')) ?? 0) >= 20);
      if (restart) await house.stop();
      await channel.deleteQueue(deviceQueue(bob.userId, 'phone'));
      if (restart) {
        await house.start();
        a = await house.stomp(alice);
        // one more comes before the device does
        await says(a, 1);
        await until('it is noted', () => missedAt('phone'));
      }
      await isToldOnce('phone', a);
    });
  }

  it('has its queue, should there be one of that name that was declared otherwise', async () => {
    await away('phone');
    await channel.assertQueue(deviceQueue(bob.userId, 'phone'), { durable: true, maxLength: 7 });
    const a = await house.stomp(alice);
    await says(a, 20);
    const phone = await house.stomp(bob, { device: 'phone' });
    await until('all', () => phone.messages.length === 20);
    expect(seqs(phone)).to.deep.equal(upTo(20));
  });

  describe('with the default bounds', () => {
    let roomy: House;

    before(async () => {
      await house.stop();
      roomy = await House.open();
    });
    after(async () => {
      await roomy.close();
      await house.start();
    });

    it('and comes back to 10,000 events gets all of them, in order, and holds up nobody', async function () {
      this.timeout(120_000);
      const count = 10_000;
      const [ann, ben] = (await roomy.people(2)) as [Person, Person];
      await (await roomy.stomp(ben, { device: 'phone' })).close();
      // straight into the mailbox, as a worker would put it
      const mailbox = mailboxQueue(shardOf(ben.userId, roomy.config.SHARDS_MAILBOX));
      for (let at = 1; at <= count; at += 500) {
        const entries = upTo(500, at).map((seq) => {
          const id = newId();
          const names = { id, conversation: 'c', seq, sender: ann.userId, device: 'd1', clientMessageId: id };
          const event = { type: 'message', ...names, kind: 'text', text: 'x', sentAt: new Date().toISOString() };
          return encodeMailbox({ to: [ben.userId], key: id }, JSON.stringify(event));
        });
        channel.sendToQueue(mailbox, Buffer.concat(entries), { persistent: true });
      }
      const queue = deviceQueue(ben.userId, 'phone');
      await until('its queue', async () => (await channel.checkQueue(mailbox)).messageCount === 0, {
        timeoutMs: 60_000,
      });
      const options = { durable: true, expires: roomy.config.DEVICE_QUEUE_DAYS * DAY_MS };
      const length = async () => (await channel.assertQueue(queue, options)).messageCount;
      await until('all wait', async () => (await length()) >= count, { timeoutMs: 60_000 });
      const phone = await roomy.stomp(ben, { device: 'phone', ack: 'client', acknowledge: false });
      let acknowledged = 0;
      const timer = setInterval(() => {
        if (phone.frames.length > acknowledged) phone.frames.at(-1)?.ack();
        acknowledged = phone.frames.length;
      }, 1);
      const [a, desk] = [await roomy.stomp(ann), await roomy.stomp(ben, { device: 'desk' })];
      const waits: number[] = [];
      try {
        while (phone.frames.length < count) {
          const before = performance.now();
          const seen = desk.messages.length;
          expect(await a.say({ user: ben.userId }, 'meanwhile')).to.equal('receipt');
          await until('it is at the desk', () => desk.messages.length > seen, { everyMs: 2 });
          waits.push(performance.now() - before);
        }
      } finally {
        clearInterval(timer);
      }
      const drained = phone.messages.filter(({ conversation }) => conversation === 'c').map(({ seq }) => seq);
      expect(drained).to.deep.equal(upTo(count));
      expect(types(phone)).to.not.include('missed');
      expect(waits.toSorted((x, y) => x - y)[Math.floor(waits.length / 2)]).to.be.below(1000);
    });
  });
});
