// Blocks and privacy: what passes between two people, and what does not.
import { expect } from 'chai';
import { directConversationId } from '../contract/conversation-id.ts';
import type { ContactEvent } from '../contract/events.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { House, type Person } from './house.ts';
import { livePeer } from './live-peer.ts';
import type { Refusal, StompPeer } from './stomp-peer.ts';

describe('blocks and privacy', () => {
  let house: House;
  let alice: Person;
  let bob: Person;

  before(async () => {
    house = await House.open({ PRESENCE_GRACE_MS: '200' });
  });
  beforeEach(async () => {
    // of two circles: only being contacts connects them
    [[alice], [bob]] = (await Promise.all([house.people(1), house.people(1)])) as [[Person], [Person]];
  });
  after(() => house.close());

  const befriend = () =>
    house.db.contact.create({ data: { fromId: alice.userId, toId: bob.userId, state: 'accepted' } });
  async function call(who: Person, method: string, path: string, body?: unknown) {
    const response = await fetch(`${house.url}/api/chat${path}`, {
      method,
      headers: { authorization: `Bearer ${await house.token(who)}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }
  const codeOf = async (sent: Promise<'receipt' | Refusal>) => {
    const outcome = await sent;
    return outcome === 'receipt' ? outcome : outcome.code;
  };
  const contactEvents = (peer: StompPeer) =>
    peer.events.filter((event): event is ContactEvent => event.type === 'contact').map(({ state }) => state);

  it('a block stops messages and typing both ways and presence, and its end gives them back', async () => {
    await befriend();
    const conversation = directConversationId(alice.userId, bob.userId);
    const [a, tablet, b] = await Promise.all([
      livePeer(house, alice),
      house.stomp(alice, { device: 'tablet' }),
      livePeer(house, bob),
    ]);
    await until('that both are there', () => a.knows(bob)?.state === 'online' && b.knows(alice)?.state === 'online');
    // both are remembered as such who may
    expect(await a.peer.say({ user: bob.userId }, 'before')).to.equal('receipt');
    expect(await b.peer.say({ user: alice.userId }, 'before')).to.equal('receipt');

    expect((await call(alice, 'PUT', `/blocks/${bob.userId}`)).status).to.equal(204);
    expect((await call(alice, 'PUT', `/blocks/${bob.userId}`)).status).to.equal(204);
    await until('that the devices know', () => contactEvents(tablet).includes('blocked'));
    await until('that neither sees the other', () => !a.knows(bob) && !b.knows(alice));
    expect(await codeOf(a.peer.say({ user: bob.userId }, 'x'))).to.equal('user-blocked');
    expect(await codeOf(b.peer.say({ user: alice.userId }, 'x'))).to.equal('not-a-contact');
    expect(await codeOf(b.peer.say({ conversation }, 'x'))).to.equal('not-a-contact');
    const typing = { conversation, state: 'typing' };
    expect(await codeOf(a.peer.send(typing, '/app/typing'))).to.equal('user-blocked');
    expect(await codeOf(b.peer.send(typing, '/app/typing'))).to.equal('not-a-contact');
    const { body } = await call(alice, 'GET', '/blocks');
    expect(body.items.map(({ user }: { user: { id: string } }) => user.id)).to.deep.equal([bob.userId]);
    expect((await call(bob, 'GET', '/blocks')).body.items).to.deep.equal([]);
    expect(contactEvents(b.peer)).to.deep.equal([]);

    expect((await call(alice, 'DELETE', `/blocks/${bob.userId}`)).status).to.equal(204);
    await until('that both are there', () => a.knows(bob)?.state === 'online' && b.knows(alice)?.state === 'online');
    expect(await b.peer.say({ user: alice.userId }, 'after')).to.equal('receipt');
    await until('what was said', () => a.peer.messages.length === 3);
    expect(a.peer.messages.map(({ text }) => text)).to.have.members(['before', 'before', 'after']);
    expect(contactEvents(tablet)).to.deep.equal(['blocked', 'unblocked']);
  });

  it('a group does not carry typing or presence over a block, but messages', async () => {
    const [carol] = (await house.people(1)) as [Person];
    const conversation = await house.group([alice, bob, carol]);
    await call(alice, 'PUT', `/blocks/${bob.userId}`);
    const [a, b, c] = await Promise.all([livePeer(house, alice), livePeer(house, bob), livePeer(house, carol)]);
    expect([a.knows(bob), b.knows(alice)]).to.deep.equal([undefined, undefined]);
    await b.peer.send({ conversation, state: 'typing' }, '/app/typing');
    await until('that bob types', () => c.typing().length > 0);
    expect(await b.peer.say({ conversation }, 'for all')).to.equal('receipt');
    await until('the message', () => a.peer.messages.length === 1);
    expect(a.typing()).to.deep.equal([]);
  });

  it('a blocked one finds nobody, asks nobody, and what was asked is gone', async () => {
    await call(bob, 'POST', '/contact-requests', { user: alice.userId });
    await call(alice, 'PUT', `/blocks/${bob.userId}`);
    expect((await call(alice, 'GET', '/contact-requests')).body.items).to.deep.equal([]);
    const asked = await call(bob, 'POST', '/contact-requests', { user: alice.userId });
    expect([asked.status, asked.body.code]).to.deep.equal([403, 'takes-no-requests']);
    const asks = await call(alice, 'POST', '/contact-requests', { user: bob.userId });
    expect([asks.status, asks.body.code]).to.deep.equal([403, 'user-blocked']);
    const found = async (who: Person, query: Person) =>
      (await call(who, 'GET', `/users?query=${query.username}`)).body.items.length;
    expect([await found(bob, alice), await found(alice, bob)]).to.deep.equal([0, 1]);
    const grouped = await call(bob, 'POST', '/conversations', { kind: 'group', title: 'x', members: [alice.userId] });
    expect(grouped.body.code).to.equal('not-a-contact');
    expect((await call(alice, 'PUT', `/blocks/${newId()}`)).body.code).to.equal('no-such-user');
    expect((await call(alice, 'PUT', `/blocks/${alice.userId}`)).body.code).to.equal('request-invalid');
  });

  it('the settings say who sees, finds and asks, and are shown to oneself', async () => {
    await befriend();
    const [a, b] = await Promise.all([livePeer(house, alice), livePeer(house, bob)]);
    await until('that alice is there', () => b.knows(alice)?.state === 'online');
    const privacy = { presence: 'nobody', find: 'nobody', add: 'nobody', groups: 'nobody', readMarkers: false };
    const changed = await call(alice, 'PATCH', '/me', { privacy });
    expect(changed.body.privacy).to.deep.equal(privacy);
    await until('that neither sees the other', () => !a.knows(bob) && !b.knows(alice));
    const users = await call(bob, 'GET', `/users?query=${alice.username}`);
    expect(users.body.items).to.deep.equal([]);
    await call(alice, 'PATCH', '/me', { privacy: { presence: 'contacts', find: 'contacts' } });
    await until('that bob sees her', () => b.knows(alice)?.state === 'online');
    const found = await call(bob, 'GET', `/users?query=${alice.username}`);
    expect(found.body.items.length).to.equal(1);
    expect(found.body.items[0]).not.to.have.property('privacy');
    const [carol] = (await house.people(1)) as [Person];
    expect((await call(carol, 'GET', `/users?query=${alice.username}`)).body.items).to.deep.equal([]);
    const asked = await call(carol, 'POST', '/contact-requests', { user: alice.userId });
    expect(asked.body.code).to.equal('takes-no-requests');
    // whom she asks herself may say yes by asking
    await call(alice, 'POST', '/contact-requests', { user: carol.userId });
    expect((await call(carol, 'POST', '/contact-requests', { user: alice.userId })).body.state).to.equal('accepted');
    expect((await call(alice, 'PATCH', '/me', { privacy: { add: 'me' } })).body.code).to.equal('request-invalid');
  });

  it('a request can be taken back by who made it, while it is open', async () => {
    const [a, b] = await Promise.all([house.stomp(alice), house.stomp(bob)]);
    const { body } = await call(alice, 'POST', '/contact-requests', { user: bob.userId });
    expect((await call(bob, 'DELETE', `/contact-requests/${body.id}`)).body.code).to.equal('not-found');
    expect((await call(alice, 'DELETE', `/contact-requests/${body.id}`)).status).to.equal(204);
    for (const peer of [a, b]) await until('the event', () => contactEvents(peer).includes('cancelled'));
    expect((await call(bob, 'POST', `/contact-requests/${body.id}/accept`)).body.code).to.equal('not-found');
    const again = await call(alice, 'POST', '/contact-requests', { user: bob.userId });
    await call(bob, 'POST', `/contact-requests/${again.body.id}/accept`);
    expect((await call(alice, 'DELETE', `/contact-requests/${again.body.id}`)).body.code).to.equal('conflict');
  });

  it('a contact has a name of one’s own, for oneself', async () => {
    await befriend();
    const named = await call(alice, 'PATCH', `/contacts/${bob.userId}`, { remark: ' Bobby ' });
    expect(named.body).to.deep.include({ remark: 'Bobby' });
    expect((await call(alice, 'GET', '/contacts')).body.items[0].remark).to.equal('Bobby');
    expect((await call(bob, 'GET', '/contacts')).body.items[0]).not.to.have.property('remark');
    await call(alice, 'PATCH', `/contacts/${bob.userId}`, { remark: '' });
    expect((await call(alice, 'GET', '/contacts')).body.items[0]).not.to.have.property('remark');
    const [carol] = (await house.people(1)) as [Person];
    expect((await call(alice, 'PATCH', `/contacts/${carol.userId}`, { remark: 'C' })).body.code).to.equal('not-found');
  });

  it('a report is kept for the administrators', async () => {
    const sent = { user: bob.userId, reason: 'spam', text: 'offers' };
    const made = await call(alice, 'POST', '/reports', sent);
    expect(made.status).to.equal(201);
    const row = await house.db.report.findUniqueOrThrow({ where: { id: made.body.id } });
    expect(row).to.deep.include({ userId: alice.userId, aboutId: bob.userId, reason: 'spam', text: 'offers' });
    const conversation = directConversationId(alice.userId, bob.userId);
    const elsewhere = await call(alice, 'POST', '/reports', { ...sent, conversation });
    expect(elsewhere.body.code).to.equal('no-such-conversation');
    expect((await call(alice, 'POST', '/reports', { ...sent, user: newId() })).body.code).to.equal('no-such-user');
    expect((await call(alice, 'POST', '/reports', { ...sent, reason: 'x' })).body.code).to.equal('request-invalid');
  });
});
