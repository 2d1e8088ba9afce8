// Who is told of whose markers.
import { expect } from 'chai';
import { directConversationId } from '../contract/conversation-id.ts';
import type { MarkerEvent } from '../contract/events.ts';
import type { Conversation, Reader } from '../contract/rest.ts';
import { until } from '../lib/backoff.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';

const markers = (peer: StompPeer): MarkerEvent[] => peer.events.filter((event) => event.type === 'marker');
const of = (peer: StompPeer, { userId }: Person) => markers(peer).filter(({ user }) => user === userId);

describe('markers', () => {
  let house: House;
  let alice: Person;
  let bob: Person;
  let carol: Person;

  before(async () => {
    house = await House.open();
  });
  beforeEach(async () => {
    [alice, bob, carol] = (await house.people(3)) as [Person, Person, Person];
  });
  after(() => house.close());

  it('of what is delivered go to who wrote it, not to who got it', async () => {
    const [a, b] = await Promise.all([house.stomp(alice), house.stomp(bob)]);
    await a.say({ user: bob.userId }, 'one');
    await until('that it arrived', () => of(a, bob).some(({ delivered }) => delivered === 1));
    // what comes after it is there: nothing came before
    await a.say({ user: bob.userId }, 'two');
    await until('the second', () => b.messages.length === 2);
    expect(of(b, bob)).to.deep.equal([]);
  });

  it("of what is read go to one's other devices too", async () => {
    const [a, phone, desk] = await Promise.all([
      house.stomp(alice),
      house.stomp(bob, { device: 'phone' }),
      house.stomp(bob, { device: 'desk' }),
    ]);
    await a.say({ user: bob.userId }, 'one');
    await until('the message', () => phone.messages.length === 1);
    const conversation = directConversationId(alice.userId, bob.userId);
    await phone.send({ conversation, read: 1 }, '/app/markers');
    for (const peer of [a, desk]) {
      const told = await until('that it was read', () => of(peer, bob).find(({ read }) => read === 1));
      expect(told).to.deep.include({ conversation, delivered: 1, read: 1 });
    }
  });

  it('in a group go to those who wrote what was got or read, and to no others', async () => {
    const conversation = await house.group([alice, bob, carol]);
    const [a, b, c] = await Promise.all([house.stomp(alice), house.stomp(bob), house.stomp(carol)]);
    await a.say({ conversation }, 'by alice');
    for (const peer of [b, c]) await until('the message', () => peer.messages.length === 1);
    for (const one of [bob, carol]) await until('that both have it', () => of(a, one).some((m) => m.delivered === 1));
    await c.send({ conversation, read: 1 }, '/app/markers');
    await until('that carol has read', () => of(a, carol).some(({ read }) => read === 1));
    // bob, who wrote nothing so far, is told of nothing; from now on he is
    await b.say({ conversation }, 'by bob');
    await until('that carol has it', () => of(b, carol).some(({ delivered }) => delivered === 2));
    expect(of(b, carol).filter(({ delivered }) => delivered === 1)).to.deep.equal([]);
    expect(of(b, bob)).to.deep.equal([]);
  });

  it('of what is read are hidden in direct conversations by who wants that, both ways, and not in groups', async () => {
    const conversation = directConversationId(alice.userId, bob.userId);
    const call = (who: Person, method: string, path: string, body?: unknown) =>
      house.call(who, method, `/api/chat${path}`, body);
    const me = await call(bob, 'PATCH', '/me', { privacy: { readMarkers: false } });
    expect(me.body).to.have.nested.property('privacy.readMarkers', false);
    const [a, b, desk] = await Promise.all([
      house.stomp(alice),
      house.stomp(bob),
      house.stomp(bob, { device: 'desk' }),
    ]);
    await a.say({ user: bob.userId }, 'to bob');
    await b.say({ user: alice.userId }, 'to alice');
    await until('both messages', () => a.messages.length === 2 && b.messages.length === 2);
    await b.send({ conversation, read: 2 }, '/app/markers');
    await until("one's own device", () => of(desk, bob).some(({ read }) => read === 2));
    await a.send({ conversation, read: 2 }, '/app/markers');
    await until('that alice’s is moved', async () => (await memberOf(alice, alice)).read === 2);
    await until('that bob has both', () => of(a, bob).some(({ delivered }) => delivered === 2));
    expect([...of(a, bob), ...of(b, alice)].flatMap(({ read }) => read ?? [])).to.deep.equal([]);
    expect([(await memberOf(alice, bob)).read, (await memberOf(bob, alice)).read]).to.deep.equal([0, 0]);
    expect((await memberOf(bob, bob)).read).to.equal(2);
    const readers = await call(alice, 'GET', `/conversations/${conversation}/messages/1/readers`);
    expect(readers.body).to.have.nested.property('items[0].delivered', true);
    expect(readers.body).to.have.nested.property('items[0].read', false);

    const group = await house.group([alice, bob]);
    await a.say({ conversation: group }, 'to all');
    await until('the message', () => b.messages.length === 3);
    await b.send({ conversation: group, read: 1 }, '/app/markers');
    await until('that it was read', () => of(a, bob).some(({ read, conversation: id }) => id === group && read === 1));
    await call(bob, 'PATCH', '/me', { privacy: { readMarkers: true } });
    expect((await memberOf(alice, bob)).read).to.equal(2);

    async function memberOf(who: Person, { userId }: Person) {
      const { body } = await call(who, 'GET', `/conversations/${conversation}`);
      const { members } = body as Conversation;
      return members.find(({ user }) => user.id === userId) as Conversation['members'][number];
    }
  });

  it('say who has got and who has read a message, to who sent it', async () => {
    const [dave] = (await house.people(1)) as [Person];
    await house.db.contact.create({ data: { fromId: alice.userId, toId: dave.userId, state: 'accepted' } });
    const call = (who: Person, method: string, path: string, body?: unknown) =>
      house.call(who, method, `/api/chat${path}`, body);
    const members = [bob.userId, carol.userId];
    const made = await call(alice, 'POST', '/conversations', { kind: 'group', title: 'g', members });
    const { id } = made.body as Conversation;
    const [a, b, c] = await Promise.all([
      house.stomp(alice),
      house.stomp(bob),
      house.stomp(carol, { acknowledge: false }),
    ]);
    await a.say({ conversation: id }, 'to all');
    const { seq } = await until('the message', () => b.messages.find(({ kind }) => kind === 'text'));
    await until('it at carol’s', () => c.messages.some(({ kind }) => kind === 'text'));
    await call(alice, 'PATCH', `/conversations/${id}`, { history: 'all' });
    await call(alice, 'POST', `/conversations/${id}/members`, { members: [dave.userId] });
    await b.send({ conversation: id, read: seq }, '/app/markers');
    const path = `/conversations/${id}/messages/${seq}/readers`;
    const readers = async () =>
      ((await call(alice, 'GET', path)).body as { items: Reader[] }).items.map(({ user, delivered, read }) => [
        user.id,
        delivered,
        read,
      ]);
    await until('that bob has read', async () => (await readers()).some(([, , read]) => read));
    // dave, who came later, is none of those it was sent to, though he may read it
    expect(await readers()).to.have.deep.members([
      [bob.userId, true, true],
      [carol.userId, false, false],
    ]);
    // who clears it for herself has read it all the same
    await call(bob, 'POST', `/conversations/${id}/clear`, {});
    expect((await readers()).length).to.equal(2);
    expect((await call(bob, 'GET', path)).body).to.have.property('code', 'no-such-message');
    expect((await call(carol, 'GET', path)).body).to.have.property('code', 'not-the-sender');
    const [erin] = (await house.people(1)) as [Person];
    expect((await call(erin, 'GET', path)).body).to.have.property('code', 'no-such-message');
  });
});
