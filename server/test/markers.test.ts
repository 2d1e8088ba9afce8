// Who is told of whose markers.
import { expect } from 'chai';
import { directConversationId } from '../contract/conversation-id.ts';
import type { MarkerEvent } from '../contract/events.ts';
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
});
