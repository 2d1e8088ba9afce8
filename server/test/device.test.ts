// The states of a device at its owner, end to end: slow, silent, gone, removed, and a broker that goes away.
import { connect as connectAmqp } from 'amqplib';
import { expect } from 'chai';
import { deviceQueue } from '../broker/topology.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { metrics } from '../metrics.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';
import { TcpProxy } from './tcp-proxy.ts';

const upTo = (count: number, from = 1) => Array.from({ length: count }, (_, i) => from + i);
const seqs = (peer: StompPeer) => peer.messages.map(({ seq }) => seq);
const once = (numbers: readonly number[]) => [...new Set(numbers)];
const parked = async () => (await metrics.parked.get()).values[0]?.value ?? 0;

describe('a device', () => {
  const amqp = process.env.AMQP_URL as string;
  const window = 16;
  let proxy: TcpProxy;
  let house: House;
  let alice: Person;
  let bob: Person;

  before(async () => {
    proxy = await TcpProxy.open(amqp);
    house = await House.open({
      AMQP_URL: proxy.through(amqp),
      SETTLE_MS: '250',
      SWEEP_MS: '25',
      LIVE_WINDOW: String(window),
      SOCKET_HIGH_WATER_BYTES: '131072',
      SOCKET_BUFFER_BYTES: '262144',
    });
  });
  beforeEach(async () => {
    [alice, bob] = (await house.people(2)) as [Person, Person];
  });
  after(async () => {
    await house.close();
    await proxy.close();
  });

  const says = async (from: StompPeer, count: number, text = 'x') => {
    const outcomes = await Promise.all(upTo(count).map((n) => from.say({ user: bob.userId }, `${text}${n}`)));
    expect(once(outcomes.map((outcome) => (outcome === 'receipt' ? 1 : 0)))).to.deep.equal([1]);
  };
  /** What this device acknowledged so far is settled: an answered SEND behind it. */
  const settled = async (peer: StompPeer) => {
    const { code } = (await peer.send({}, '/app/nowhere')) as { code: string };
    expect(code).to.equal('unknown-destination');
  };
  const queueExists = async (person: Person, device: string): Promise<boolean> => {
    const model = await connectAmqp(amqp);
    model.on('error', () => {});
    const channel = await model.createChannel();
    channel.on('error', () => {});
    try {
      await channel.checkQueue(deviceQueue(person.userId, device));
      return true;
    } catch {
      return false;
    } finally {
      await model.close().catch(() => {});
    }
  };

  it('that never acknowledges holds up nobody; its events wait in its queue, and only those come again', async () => {
    const a = await house.stomp(alice);
    const stuck = await house.stomp(bob, { device: 'stuck', acknowledge: false });
    const other = await house.stomp(bob, { device: 'other' });
    const before = await parked();
    await says(a, 5);
    await until('all at the others', () => a.messages.length === 5 && other.messages.length === 5);
    await until('five in the queue', async () => (await parked()) >= before + 5);
    expect(await queueExists(bob, 'stuck')).to.equal(true);
    expect(await queueExists(bob, 'other')).to.equal(false);
    // it is live still
    await says(a, 2);
    await until('the newest, too', () => stuck.messages.length === 7);
    for (const frame of stuck.frames.filter(({ body }) => /"seq":[135],/.test(body))) frame.ack();
    await settled(stuck);
    expect(seqs(stuck)).to.deep.equal(upTo(7));
    await stuck.cut();
    const again = await house.stomp(bob, { device: 'stuck' });
    await says(a, 1);
    await until('the end', () => seqs(again).includes(8));
    expect(seqs(again)).to.deep.equal([2, 4, 6, 7, 8]);
    expect(seqs(other)).to.deep.equal(upTo(8));
  });

  it('gets no more than a window without acknowledging, and the rest as it does, in order, once', async () => {
    const a = await house.stomp(alice);
    const slow = await house.stomp(bob, { device: 'slow', acknowledge: false });
    const other = await house.stomp(bob, { device: 'other' });
    await says(a, 100);
    await until('all at the others', () => a.messages.length === 100 && other.messages.length === 100);
    await until('a window', () => slow.frames.length >= window);
    expect(slow.frames.length).to.be.at.most(window);
    let acknowledged = 0;
    await until('all', () => {
      // the newest first: it is the device's own business
      for (const frame of slow.frames.slice(acknowledged).toReversed()) frame.ack();
      acknowledged = slow.frames.length;
      return slow.messages.length >= 100;
    });
    await settled(slow);
    expect(seqs(slow)).to.deep.equal(upTo(100));
    await slow.cut();
    const again = await house.stomp(bob, { device: 'slow' });
    await says(a, 1);
    await until('the end', () => seqs(again).includes(101));
    expect(seqs(again)).to.deep.equal([101]);
  });

  it('gets no more than that where events come one by one, either', async () => {
    const a = await house.stomp(alice);
    const stuck = await house.stomp(bob, { device: 'stuck', acknowledge: false });
    const other = await house.stomp(bob, { device: 'other' });
    let before = await parked();
    for (let n = 1; n <= 12; n++) {
      await says(a, 4);
      await until('all at the other', () => other.messages.length === 4 * n);
      // settled for the mailbox: they are in the queue
      await until('four in the queue', async () => (await parked()) >= before + 4);
      before = await parked();
    }
    expect(stuck.frames.length).to.equal(window);
    let acknowledged = 0;
    await until('all', () => {
      for (const frame of stuck.frames.slice(acknowledged)) frame.ack();
      acknowledged = stuck.frames.length;
      return once(seqs(stuck)).length === 48;
    });
    expect(seqs(stuck)).to.deep.equal(upTo(48));
  });

  it('may acknowledge one in a few, for all before it', async () => {
    const a = await house.stomp(alice);
    const lazy = await house.stomp(bob, { device: 'lazy', ack: 'client', acknowledge: false });
    let acknowledged = 0;
    const timer = setInterval(() => {
      const due = Math.floor(lazy.frames.length / 7);
      for (; acknowledged < due; acknowledged++) lazy.frames[acknowledged * 7 + 6]?.ack();
    }, 1);
    await says(a, 140);
    await until('all', () => once(seqs(lazy)).length === 140).finally(() => clearInterval(timer));
    expect(seqs(lazy)).to.deep.equal(upTo(140));
  });

  it('that reads nothing is cut off, keeps its place, and holds up nobody', async () => {
    const a = await house.stomp(alice);
    await (await house.stomp(bob, { device: 'phone' })).close();
    const other = await house.stomp(bob, { device: 'other' });
    const peer = await house.raw();
    const passcode = await house.token(bob);
    peer.frame('CONNECT', { 'accept-version': '1.2', 'device-id': 'phone', passcode });
    peer.frame('SUBSCRIBE', { id: 'e', destination: '/user/queue/events', ack: 'auto', receipt: 'ready' });
    await peer.awaitFrame('RECEIPT', { 'receipt-id': 'ready' });
    peer.socket.pause();
    // an answer to each of these waits for who does not read
    const text = 'y'.repeat(60_000);
    const asks = `BEGIN\ntransaction:t\nreceipt:${'z'.repeat(4000)}\n\n\0ABORT\ntransaction:t\n\n\0`;
    for (let n = 0; n < 1500; n++) peer.write(asks);
    await until('the cut', async () =>
      (await metrics.closes.get()).values.some(({ labels }) => labels.code === 'too-slow'),
    );
    await says(a, 20, text);
    await until('all at the other', () => other.messages.length === 20);
    peer.close();
    const again = await house.stomp(bob, { device: 'phone' });
    await until('all', () => again.messages.length === 20);
    expect(seqs(again)).to.deep.equal(upTo(20));
  });

  it('of the mode auto has what was written to it, and gets it once', async () => {
    const a = await house.stomp(alice);
    const auto = await house.stomp(bob, { ack: 'auto' });
    await says(a, 100);
    await until('all', () => auto.messages.length === 100);
    expect(seqs(auto)).to.deep.equal(upTo(100));
    await auto.cut();
    await says(a, 100);
    const again = await house.stomp(bob, { ack: 'auto' });
    await until('the rest', () => seqs(again).includes(200));
    expect(seqs(again)).to.deep.equal(upTo(100, 101));
    const marked = await until('the last marker', () =>
      a.events.find((event) => event.type === 'marker' && event.delivered === 200),
    );
    expect(marked).to.include({ user: bob.userId });
  });

  it('that is removed is closed for good, loses its queue, and may be linked anew', async () => {
    const a = await house.stomp(alice);
    const lost = await house.stomp(bob, { device: 'lost', acknowledge: false });
    const kept = await house.stomp(bob, { device: 'kept' });
    await says(a, 3);
    await until('its queue', () => queueExists(bob, 'lost'));
    const remove = await fetch(`${house.url}/api/chat/devices/lost`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${await house.token(bob)}` },
    });
    expect(remove.status).to.equal(204);
    expect(await until('the close', () => lost.closeCode)).to.equal(4506);
    expect(lost.error?.headers.code).to.equal('device-removed');
    await until('no queue', async () => !(await queueExists(bob, 'lost')));
    await until('the event', () => kept.events.some((event) => event.type === 'device' && event.change === 'removed'));
    await says(a, 2);
    await until('the next at the other', () => kept.messages.length === 5);
    expect(await queueExists(bob, 'lost')).to.equal(false);
    const anew = await house.stomp(bob, { device: 'lost' });
    await says(a, 1);
    await until('only what came since', () => anew.messages.length === 1);
    expect(seqs(anew)).to.deep.equal([6]);
    await anew.cut();
    await says(a, 1);
    const again = await house.stomp(bob, { device: 'lost' });
    await until('what came while it was away', () => again.messages.length === 1);
    expect(seqs(again)).to.deep.equal([7]);
  });

  describe('while the broker is away', () => {
    const away = async (during: () => Promise<void>) => {
      proxy.up = false;
      proxy.cut();
      await until('it is noticed', async () => (await fetch(`${house.url}/health/ready`)).status === 503);
      await during();
      proxy.up = true;
      await until('it is back', async () => (await fetch(`${house.url}/health/ready`)).status === 200);
    };

    it('keeps its session; what is sent waits, and is receipted and delivered afterwards, once', async () => {
      const a = await house.stomp(alice);
      const live = await house.stomp(bob, { device: 'live' });
      const silent = await house.stomp(bob, { device: 'silent', acknowledge: false });
      const absent = await house.stomp(bob, { device: 'absent' });
      await says(a, 3);
      await until('three', () => live.messages.length === 3 && silent.messages.length === 3);
      await until('three there, too', () => absent.messages.length === 3);
      await settled(absent);
      await absent.close();
      let said: Promise<void> | undefined;
      let receipts = 0;
      await away(async () => {
        said = says(a, 5).then(() => {
          receipts += 5;
        });
        // acknowledged while nobody can be told
        silent.frames.find(({ body }) => body.includes('"seq":2,'))?.ack();
        await settled(silent);
        expect(receipts).to.equal(0);
      });
      await said;
      const latest = (peer: StompPeer) => seqs(peer).at(-1);
      await until('all, live', () => latest(live) === 8 && latest(silent) === 8);
      // one mailbox entry stands for both devices: it comes again, because the silent one had not settled it
      expect(once(seqs(live))).to.deep.equal(upTo(8));
      expect(once(seqs(silent))).to.deep.equal(upTo(8));
      expect([a.closeCode, live.closeCode, silent.closeCode]).to.deep.equal([undefined, undefined, undefined]);
      await silent.cut();
      const again = await house.stomp(bob, { device: 'silent' });
      await says(a, 1);
      await until('the end', () => seqs(again).includes(9));
      // nothing is missing; a copy made before the break may stand behind one made after it
      expect(once(seqs(again)).toSorted((x, y) => x - y)).to.deep.equal([1, ...upTo(7, 3)]);
      const back = await house.stomp(bob, { device: 'absent' });
      await until('the rest', () => seqs(back).includes(9));
      expect(once(seqs(back)).filter((seq) => seq > 3)).to.deep.equal(upTo(6, 4));
    });

    it('loses nothing of what it drains, wherever the connections break', async function () {
      this.timeout(60_000);
      const a = await house.stomp(alice);
      await (await house.stomp(bob)).close();
      await says(a, 150);
      const b = await house.stomp(bob);
      for (const enough of [1, 40, 90]) {
        await until(`${enough} are here`, () => b.messages.length >= enough);
        proxy.cut();
      }
      const said = says(a, 50);
      await until('some more', () => once(seqs(b)).length >= 120);
      proxy.cut();
      await said;
      await until('all', () => once(seqs(b)).length === 200, { timeoutMs: 20_000 });
      // a repeat may come, an older one before a newer one that never came may not
      expect(once(seqs(b))).to.deep.equal(upTo(200));
      expect(b.closeCode).to.equal(undefined);
      await settled(b);
      await b.cut();
      const again = await house.stomp(bob, { headers: { 'device-name': newId() } });
      await says(a, 1);
      await until('the end', () => seqs(again).includes(201));
      expect(again.messages.at(-1)?.seq).to.equal(201);
    });
  });
});
