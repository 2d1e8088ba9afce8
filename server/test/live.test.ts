// Typing and presence: who is told, who is not, and how both end.
import { expect } from 'chai';
import { type Broker, openBroker } from '../broker/broker.ts';
import type { Signal } from '../broker/live.ts';
import { directConversationId } from '../contract/conversation-id.ts';
import { until } from '../lib/backoff.ts';
import { openLog } from '../log.ts';
import { House, type Person } from './house.ts';
import { livePeer } from './live-peer.ts';
import type { Refusal } from './stomp-peer.ts';

const GRACE_MS = 400;

describe('what is of the moment', () => {
  let house: House;
  let alice: Person;
  let bob: Person;
  let carol: Person;

  before(async () => {
    house = await House.open({
      PRESENCE_GRACE_MS: String(GRACE_MS),
      PRESENCE_BEAT_MS: '200',
      PRESENCE_GROUP: '3',
      TYPING_MS: '900',
      LIMIT_TYPING: '1/s,4',
    });
  });
  beforeEach(async () => {
    [alice, bob, carol] = (await house.people(3)) as [Person, Person, Person];
  });
  after(() => house.close());

  const befriend = (one: Person, other: Person) =>
    house.db.contact.create({ data: { fromId: one.userId, toId: other.userId, state: 'accepted' } });
  const directOf = (one: Person, other: Person) => directConversationId(one.userId, other.userId);

  describe('typing', () => {
    it('reaches every device of the other, none of one’s own, and ends by itself', async () => {
      const conversation = directOf(alice, bob);
      const [a, tablet, phone, desk, c] = await Promise.all([
        livePeer(house, alice),
        livePeer(house, alice, { device: 'tablet' }),
        livePeer(house, bob, { device: 'phone' }),
        livePeer(house, bob, { device: 'desk' }),
        livePeer(house, carol),
      ]);
      expect(await a.peer.send({ conversation, state: 'recording' }, '/app/typing')).to.equal('receipt');
      for (const { typing } of [phone, desk]) {
        const [begun] = await until('that it begins', () => (typing().length > 0 ? typing() : undefined));
        expect(begun).to.deep.include({ conversation, user: alice.userId, state: 'recording' });
        expect(begun?.expiresIn).to.be.within(900, 1200);
        await until('that it ends', () => typing().at(-1)?.state === 'paused');
        expect(typing().length).to.equal(2);
      }
      expect([...tablet.typing(), ...a.typing(), ...c.typing()]).to.deep.equal([]);
    });

    it('said again is passed on now and then only, and stopped is told at once', async () => {
      const conversation = directOf(alice, bob);
      const [a, b] = await Promise.all([livePeer(house, alice), livePeer(house, bob)]);
      for (let i = 0; i < 3; i++) await a.peer.send({ conversation, state: 'typing' }, '/app/typing');
      await a.peer.send({ conversation, state: 'paused' }, '/app/typing');
      await until('that it ends', () => b.typing().some(({ state }) => state === 'paused'));
      expect(b.typing().map(({ state }) => state)).to.deep.equal(['typing', 'paused']);
      // a fifth within the second is more than the bucket holds
      const refused = (await a.peer.send({ conversation, state: 'typing' }, '/app/typing')) as Refusal;
      expect(refused.code).to.equal('too-many-sends');
      expect(a.peer.client.connected).to.equal(true);
    });

    it('ends with the session', async () => {
      const conversation = directOf(alice, bob);
      const [a, b] = await Promise.all([livePeer(house, alice), livePeer(house, bob)]);
      await a.peer.send({ conversation, state: 'typing' }, '/app/typing');
      await until('that it begins', () => b.typing().length === 1);
      await a.peer.cut();
      await until('that it ends', () => b.typing().at(-1)?.state === 'paused');
    });

    it('in a group reaches its members and nobody else', async () => {
      const conversation = await house.group([alice, bob, carol]);
      const [stranger] = (await house.people(1)) as [Person];
      const [a, b, c, s] = await Promise.all([alice, bob, carol, stranger].map((one) => livePeer(house, one)));
      await a?.peer.send({ conversation, state: 'typing' }, '/app/typing');
      for (const one of [b, c]) await until('typing', () => one?.typing().some(({ user }) => user === alice.userId));
      expect(s?.typing()).to.deep.equal([]);
    });

    it('is refused where one may not write, and what is no state', async () => {
      const [stranger] = (await house.people(1)) as [Person];
      const { peer } = await livePeer(house, stranger);
      const code = async (body: unknown, to = '/app/typing') => ((await peer.send(body, to)) as Refusal).code;
      const state = 'typing';
      expect(await code({ conversation: directOf(stranger, alice), state })).to.equal('not-a-contact');
      expect(await code({ conversation: directOf(bob, alice), state })).to.equal('no-such-conversation');
      expect(await code({ conversation: await house.group([alice, bob]), state })).to.equal('no-such-conversation');
      expect(await code({ conversation: directOf(bob, alice), state: 'sleeping' })).to.equal('draft-invalid');
      expect(await code({ state: 'gone' }, '/app/presence')).to.equal('draft-invalid');
    });
  });

  describe('presence', () => {
    it('tells a contact who is there, who looks away, who leaves, and when', async () => {
      await befriend(alice, bob);
      const a = await livePeer(house, alice);
      expect(a.knows(bob)).to.deep.include({ state: 'offline' });
      const b = await livePeer(house, bob);
      expect(b.knows(alice)?.state).to.equal('online');
      await until('that bob is there', () => a.knows(bob)?.state === 'online');
      await b.peer.send({ state: 'away' }, '/app/presence');
      await until('that bob looks away', () => a.knows(bob)?.state === 'away');
      const desk = await livePeer(house, bob, { device: 'desk' });
      await until('that bob looks again', () => a.knows(bob)?.state === 'online');
      await Promise.all([b.peer.close(), desk.peer.close()]);
      const leftAt = Date.now();
      const gone = await until('that bob left', () => (a.knows(bob)?.state === 'offline' ? a.knows(bob) : undefined));
      expect(Date.now() - leftAt).to.be.at.least(GRACE_MS - 50);
      expect(Math.abs(Date.parse(gone?.lastSeenAt ?? '') - leftAt)).to.be.lessThan(300);
      // and who comes later is told the same
      const other = await livePeer(house, alice, { device: 'other' });
      expect(other.knows(bob)).to.deep.include({ state: 'offline' });
      await until('the note', async () => {
        const device = await house.db.device.findFirst({
          where: { userId: bob.userId },
          orderBy: { lastSeenAt: 'desc' },
        });
        return device?.lastSeenAt.toISOString() === gone?.lastSeenAt;
      });
    });

    it('of who comes back in time does not change', async () => {
      await befriend(alice, bob);
      const [a, b] = await Promise.all([livePeer(house, alice), livePeer(house, bob)]);
      await until('that bob is there', () => a.knows(bob)?.state === 'online');
      const before = a.presence().length;
      await b.peer.cut();
      const back = await livePeer(house, bob);
      await befriend(alice, carol);
      // what comes after it is there: nothing came before
      house.aheadMs += GRACE_MS * 2;
      await back.peer.send({ state: 'away' }, '/app/presence');
      await until('that bob looks away', () => a.knows(bob)?.state === 'away');
      expect(a.presence().length).to.equal(before + 1);
    });

    it('is for contacts, small groups and direct conversations within a circle, not for others', async () => {
      const [dave, erin] = (await house.people(2)) as [Person, Person];
      await house.group([alice, bob, carol]);
      await house.group([alice, dave, bob, carol]);
      await house.db.conversation.create({
        data: {
          id: directOf(alice, erin),
          kind: 'direct',
          members: { create: [alice, erin].map(({ userId }) => ({ userId })) },
        },
      });
      const a = await livePeer(house, alice);
      expect(a.snapshots()[0]?.people.map(({ user }) => user)).to.have.members([bob.userId, carol.userId]);
    });

    it('is nobody’s business where she says so, and she sees nobody’s', async () => {
      await befriend(alice, bob);
      await befriend(carol, alice);
      await house.db.user.update({ where: { id: alice.userId }, data: { presenceTo: 'nobody' } });
      const [a, b] = await Promise.all([livePeer(house, alice), livePeer(house, bob)]);
      expect(a.snapshots()[0]?.people).to.deep.equal([]);
      expect(b.knows(alice)).to.equal(undefined);
    });
  });

  describe('between relays', () => {
    let other: Broker;
    const said: Signal[] = [];

    before(async () => {
      other = await openBroker(house.config, openLog('silent', false));
      other.live.listen((_from, signal) => said.push(signal));
    });
    after(() => other.close());

    it('the people of one that dies without a word are gone, those of one that goes on are not', async () => {
      await befriend(alice, bob);
      const a = await livePeer(house, alice);
      other.live.publish({ type: 'all', users: [[bob.userId, 'online']], part: 0, parts: 1 });
      await until('that bob is there', () => a.knows(bob)?.state === 'online');
      for (let beats = said.length; said.length < beats + 5; ) {
        other.live.publish({ type: 'beat', users: 1 });
        const heard: number = said.length;
        await until('that the house beats too', () => said.length > heard);
      }
      expect(a.knows(bob)?.state).to.equal('online');
      await until('that bob is gone', () => a.knows(bob)?.state === 'offline');
      // it was not dead: what it says brings it back
      said.length = 0;
      other.live.publish({ type: 'beat', users: 1 });
      await until('that it is asked', () => said.some(({ type }) => type === 'hello'));
      other.live.publish({ type: 'all', users: [[bob.userId, 'away']], part: 0, parts: 1 });
      await until('that bob is back', () => a.knows(bob)?.state === 'away');
      other.live.publish({ type: 'bye' });
      await until('that bob left', () => a.knows(bob)?.state === 'offline');
    });

    it('what was dropped on the way is asked for', async () => {
      await befriend(alice, bob);
      const a = await livePeer(house, alice);
      other.live.publish({ type: 'all', users: [], part: 0, parts: 1 });
      said.length = 0;
      other.live.publish({ type: 'beat', users: 1 });
      await until('that it is asked', () => said.some(({ type }) => type === 'hello'));
      other.live.publish({ type: 'all', users: [[bob.userId, 'online']], part: 0, parts: 1 });
      await until('that bob is there', () => a.knows(bob)?.state === 'online');
      other.live.publish({ type: 'bye' });
      await until('that bob left', () => a.knows(bob)?.state === 'offline');
    });

    it('two houses are one', async () => {
      await befriend(alice, bob);
      const port = house.config.PORT + 20;
      const second = await House.open({ PORT: String(port), PRESENCE_BEAT_MS: '200', TYPING_MS: '900' });
      try {
        const a = await livePeer(house, alice);
        const b = await livePeer(second, bob);
        await until('that bob is there', () => a.knows(bob)?.state === 'online');
        await until('that alice is there', () => b.knows(alice)?.state === 'online');
        const conversation = directOf(alice, bob);
        await a.peer.send({ conversation, state: 'typing' }, '/app/typing');
        await until('that alice types', () => b.typing().some(({ state }) => state === 'typing'));
        await until('that it ends', () => b.typing().at(-1)?.state === 'paused');
      } finally {
        await second.close();
      }
    });
  });
});
