// People beside their conversations: requests that expire, profiles that change, reports, and who may write to and see
// whom as groups come and go.
import { expect } from 'chai';
import type { Event, ProfileEvent } from '../contract/events.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { House, type Person } from './house.ts';
import { livePeer } from './live-peer.ts';
import { permit } from './permit.ts';
import type { Refusal, StompPeer } from './stomp-peer.ts';

const DAY_MS = 86_400_000;
const COALESCE_MS = 700;

describe('people', () => {
  let house: House;
  let alice: Person;
  let bob: Person;
  let carol: Person;

  before(async () => {
    house = await House.open({ PROFILE_INTERVAL_MS: String(COALESCE_MS), PRESENCE_GRACE_MS: '200' });
  });
  beforeEach(async () => {
    // of three circles: nothing connects them
    [alice, bob, carol] = (await Promise.all([1, 2, 3].map(async () => (await house.people(1))[0]))) as [
      Person,
      Person,
      Person,
    ];
  });
  after(() => house.close());

  async function call(who: Person, method: string, path: string, sent?: unknown) {
    const { status, body } = await house.call(who, method, `/api/chat${path}`, sent);
    return { status, body: JSON.parse(JSON.stringify(body ?? null)) };
  }
  const befriend = (one: Person, other: Person) =>
    house.db.contact.create({ data: { fromId: one.userId, toId: other.userId, state: 'accepted' } });
  const codeOf = async (sent: Promise<'receipt' | Refusal>) => {
    const outcome = await sent;
    return outcome === 'receipt' ? outcome : outcome.code;
  };
  const of = <T extends Event['type']>(peer: StompPeer, type: T) =>
    peer.events.filter((event): event is Extract<Event, { type: T }> => event.type === type);
  const groupOf = async (owner: Person, ...others: Person[]) => {
    for (const one of others) await befriend(owner, one);
    const members = others.map(({ userId }) => userId);
    const made = await call(owner, 'POST', '/conversations', { kind: 'group', title: 'g', members });
    return made.body.id as string;
  };

  it('a request that nobody answers expires, and may be made again', async () => {
    const ask = () => call(alice, 'POST', '/contact-requests', { user: bob.userId, note: 'me' });
    const asked = await ask();
    const open = async (who: Person) => (await call(who, 'GET', '/contact-requests')).body.items.length;
    expect([await open(alice), await open(bob)]).to.deep.equal([1, 1]);
    house.aheadMs += (house.config.CONTACT_REQUEST_DAYS - 1) * DAY_MS;
    expect(await open(bob)).to.equal(1);
    house.aheadMs += DAY_MS + 1000;
    expect([await open(alice), await open(bob)]).to.deep.equal([0, 0]);
    const late = await call(bob, 'POST', `/contact-requests/${asked.body.id}/accept`);
    expect([late.status, late.body.code]).to.deep.equal([404, 'not-found']);
    expect((await call(alice, 'DELETE', `/contact-requests/${asked.body.id}`)).body.code).to.equal('not-found');
    // what expired is no leave to be asked
    await call(alice, 'PATCH', '/me', { privacy: { add: 'nobody' } });
    const refused = await call(bob, 'POST', '/contact-requests', { user: alice.userId });
    expect(refused.body.code).to.equal('takes-no-requests');
    const again = await ask();
    expect(Date.parse(again.body.createdAt)).to.be.greaterThan(Date.parse(asked.body.createdAt));
    expect(await open(bob)).to.equal(1);
    const { body } = await call(bob, 'POST', `/contact-requests/${again.body.id}/accept`);
    expect(body.state).to.equal('accepted');
    house.aheadMs += house.config.CONTACT_REQUEST_DAYS * DAY_MS;
    expect((await call(bob, 'GET', '/contacts')).body.items.length).to.equal(1);
  });

  it('a changed profile is told to who knows one, several changes together, and not over a block', async () => {
    const [dave, erin] = (await house.people(2)) as [Person, Person];
    await befriend(alice, bob);
    await groupOf(alice, carol, erin);
    await call(erin, 'PUT', `/blocks/${alice.userId}`);
    const everybody = [alice, bob, carol, dave, erin];
    const peers = await Promise.all(everybody.map((one) => house.stomp(one)));
    const [a, b, c, d, e] = peers as [StompPeer, StompPeer, StompPeer, StompPeer, StompPeer];
    await call(alice, 'PATCH', '/me', { displayName: 'One' });
    const told = { type: 'profile', user: alice.userId, kind: 'person', displayName: 'One', about: '', avatar: null };
    for (const peer of [a, b, c]) {
      expect(await until('the profile', () => of(peer, 'profile')[0])).to.deep.equal(told);
    }
    await call(alice, 'PATCH', '/me', { displayName: 'Two' });
    await call(alice, 'PATCH', '/me', { displayName: 'Three', about: 'here' });
    await call(alice, 'PATCH', '/me', { displayName: 'Three' });
    const last: ProfileEvent = { ...told, type: 'profile', kind: 'person', displayName: 'Three', about: 'here' };
    for (const peer of [a, b, c]) await until('the newest', () => of(peer, 'profile').some((p) => p.about === 'here'));
    expect(of(b, 'profile').map(({ displayName }) => displayName)).to.deep.equal(['One', 'Three']);
    expect(of(b, 'profile')[1]).to.deep.equal(last);
    // what changes nothing is not told; what comes after it is there
    await call(alice, 'PATCH', '/me', { about: 'here', privacy: { find: 'contacts' } });
    await a.say({ user: bob.userId }, 'x');
    await until('the message', () => b.messages.length === 1);
    expect(of(b, 'profile').length).to.equal(2);
    expect([...of(d, 'profile'), ...of(e, 'profile')]).to.deep.equal([]);
  });

  it('reports are for who holds the permission, with what was said, and are closed with a note', async () => {
    const conversation = await groupOf(alice, bob);
    const b = await house.stomp(bob);
    await b.say({ conversation }, 'buy this');
    const message = await until('the message', () => b.messages.find(({ kind }) => kind === 'text'));
    const sent = { user: bob.userId, reason: 'spam', text: 'ads', conversation, message: message.id };
    const made = await call(alice, 'POST', '/reports', sent);
    expect(made.status).to.equal(201);
    await b.send({ id: message.id }, '/app/messages/recall');
    await until('that it is recalled', () => of(b, 'message.recalled').length === 1);

    expect((await call(alice, 'GET', '/reports')).body.code).to.equal('not-allowed');
    await permit(house, carol, 'reports:read');
    const open = await call(carol, 'GET', '/reports?limit=200');
    const found = open.body.items.find(({ id }: { id: string }) => id === made.body.id);
    expect(found).to.deep.include({ reason: 'spam', text: 'ads', conversation, message: message.id, closed: null });
    expect(found.by.id).to.equal(alice.userId);
    expect(found.about.id).to.equal(bob.userId);
    expect(found.evidence).to.deep.include({ sender: bob.userId, kind: 'text', text: 'buy this' });

    const close = (who: Person, id = made.body.id) =>
      call(who, 'POST', `/reports/${id}/close`, { outcome: 'resolved', note: 'warned' });
    expect((await close(carol)).body.code).to.equal('not-allowed');
    const [dave] = (await house.people(1)) as [Person];
    await permit(house, dave, 'reports:read', 'reports:write');
    const closed = await close(dave);
    expect(closed.body.closed).to.deep.include({ by: dave.userId, outcome: 'resolved', note: 'warned' });
    const twice = await close(dave);
    expect([twice.status, twice.body.code]).to.deep.equal([409, 'conflict']);
    expect((await close(dave, newId())).body.code).to.equal('not-found');
    const ids = async (state: string) =>
      (await call(dave, 'GET', `/reports?state=${state}&limit=200`)).body.items.map(({ id }: { id: string }) => id);
    expect(await ids('open')).not.to.include(made.body.id);
    expect((await ids('closed'))[0]).to.equal(made.body.id);

    const unseen = await call(alice, 'POST', '/reports', { ...sent, message: newId() });
    expect(unseen.body.code).to.equal('no-such-message');
    const nowhere = await call(alice, 'POST', '/reports', { ...sent, conversation: undefined });
    expect(nowhere.body.code).to.equal('request-invalid');
  });

  it('pages through the reports, the longest open first', async () => {
    const made: string[] = [];
    for (const reason of ['spam', 'abuse', 'other']) {
      made.push((await call(alice, 'POST', '/reports', { user: bob.userId, reason })).body.id);
    }
    await permit(house, carol, '*');
    const paged: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await call(carol, 'GET', `/reports?limit=2${cursor}`);
      paged.push(...body.items.map(({ id }: { id: string }) => id));
      if (body.next === null) break;
      cursor = `&cursor=${encodeURIComponent(body.next)}`;
    }
    expect(paged.filter((id) => made.includes(id))).to.deep.equal(made);
  });

  it('who shares nothing but a group may write as long as it lasts', async () => {
    const [b, c] = await Promise.all([house.stomp(bob), house.stomp(carol)]);
    expect(await codeOf(b.say({ user: carol.userId }, 'x'))).to.equal('not-a-contact');
    const conversation = await groupOf(alice, bob, carol);
    expect(await codeOf(b.say({ user: carol.userId }, 'x'))).to.equal('receipt');
    expect(await codeOf(c.say({ user: bob.userId }, 'x'))).to.equal('receipt');
    await call(carol, 'DELETE', `/conversations/${conversation}`);
    expect(await codeOf(b.say({ user: carol.userId }, 'x'))).to.equal('not-a-contact');
    expect(await codeOf(c.say({ user: bob.userId }, 'x'))).to.equal('not-a-contact');
    expect(await codeOf(c.say({ user: alice.userId }, 'x'))).to.equal('receipt');
    await call(alice, 'DELETE', `/contacts/${carol.userId}`);
    expect(await codeOf(c.say({ user: alice.userId }, 'x'))).to.equal('not-a-contact');
  });

  it('presence follows the members of a group, without anybody asking again', async () => {
    const [a, b, c] = await Promise.all([alice, bob, carol].map((one) => livePeer(house, one)));
    expect([b?.knows(carol), c?.knows(bob)]).to.deep.equal([undefined, undefined]);
    const conversation = await groupOf(alice, bob);
    await until('that bob sees alice', () => b?.knows(alice)?.state === 'online');
    await befriend(alice, carol);
    await call(alice, 'POST', `/conversations/${conversation}/members`, { members: [carol.userId] });
    await until('that the newcomer sees', () => c?.knows(bob)?.state === 'online');
    await until('that the newcomer is seen', () => b?.knows(carol)?.state === 'online');
    await call(alice, 'DELETE', `/conversations/${conversation}/members/${carol.userId}`);
    await until('that neither sees the other', () => !c?.knows(bob) && !b?.knows(carol));
    // alice and carol are contacts, too
    await until('that contacts do', () => a?.knows(carol)?.state === 'online');
  });
});
