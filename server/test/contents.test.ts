// What messages hold besides text: places, contact cards, polls and their votes; what is forwarded, and what is pinned.
import { expect } from 'chai';
import { directConversationId } from '../contract/conversation-id.ts';
import type { ConversationEvent, MessageEvent, PollEvent } from '../contract/events.ts';
import { limits } from '../contract/limits.ts';
import type { Pinned } from '../contract/rest-messages.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';

describe('a message with more than text', () => {
  let house: House;
  let alice: Person;
  let bob: Person;
  let carol: Person;
  let stranger: Person;
  let group: string;
  let a: StompPeer;
  let b: StompPeer;

  before(async () => {
    house = await House.open();
  });
  beforeEach(async () => {
    [alice, bob, carol] = (await house.people(3)) as [Person, Person, Person];
    [stranger] = (await house.people(1)) as [Person];
    group = await house.group([alice, bob, carol]);
    [a, b] = await Promise.all([house.stomp(alice), house.stomp(bob)]);
  });
  after(() => house.close());

  const history = async (person: Person, of = group): Promise<MessageEvent[]> =>
    ((await house.get(`/api/chat/conversations/${of}/messages`, person)).body as { items: MessageEvent[] }).items;
  const outcome = async (sent: ReturnType<StompPeer['send']>) => {
    const known = await sent;
    return known === 'receipt' ? known : known.code;
  };
  const draft = (more: object) => ({ clientMessageId: newId(), to: { conversation: group }, ...more });
  const said = async (peer: StompPeer, more: object, destination?: string): Promise<MessageEvent> => {
    const body = draft(more);
    expect(await outcome(peer.send(body, destination))).to.equal('receipt');
    return until('the message', () =>
      peer.messages.find(({ clientMessageId }) => clientMessageId === body.clientMessageId),
    );
  };
  const heard = (peer: StompPeer, id: string) =>
    until('the message', () => peer.messages.find((event) => event.id === id));
  const polls = (peer: StompPeer) => peer.events.filter((event): event is PollEvent => event.type === 'poll');

  it('is a place or a contact card of the shape that it must have', async () => {
    const place = { latitude: 48.2, longitude: 16.37, name: 'Café', address: 'Ring 1' };
    const there = await said(a, { kind: 'location', media: place });
    expect(await heard(b, there.id)).to.deep.include({ kind: 'location', media: place });
    const card = { name: 'Zoe', phones: ['+43 1 234'] };
    expect(await said(a, { kind: 'contact', media: card })).to.deep.include({ media: card });
    // of one of ours, what she is called is not what the draft says
    const ours = { userId: carol.userId };
    const known = { ...ours, username: carol.username, name: carol.username };
    expect(await said(a, { kind: 'contact', media: ours })).to.deep.include({ media: known });
    expect((await history(bob)).map(({ media }) => media)).to.deep.equal([place, card, known]);
    for (const [kind, media, code] of [
      ['location', undefined, 'draft-invalid'],
      ['location', { ...place, latitude: 91 }, 'draft-invalid'],
      ['location', { ...place, more: 1 }, 'draft-invalid'],
      ['contact', { name: 'Zoe', phones: [] }, 'draft-invalid'],
      ['contact', { name: 'Zoe', phones: ['javascript:1'] }, 'draft-invalid'],
      ['contact', { userId: carol.userId, name: 'Eve' }, 'draft-invalid'],
      ['contact', { userId: newId() }, 'no-such-user'],
      ['poll', { question: 'x', options: ['a'] }, 'draft-invalid'],
      ['poll', { question: 'x', options: ['a', 'a'] }, 'draft-invalid'],
      ['poll', { question: 'x', options: ['a', 'b'], closedAt: '2026-01-01T00:00:00Z' }, 'draft-invalid'],
    ] as const) {
      expect(await outcome(a.send(draft({ kind, media }))), `${kind} ${JSON.stringify(media)}`).to.equal(code);
    }
  });

  it('is a poll in which members vote, change their votes, take them back, until its author closes it', async () => {
    const away = await house.stomp(carol);
    await away.close();
    const media = { question: 'When?', options: ['now', 'later', 'never'] };
    const { id } = await said(a, { kind: 'poll', media });
    await heard(b, id);
    const vote = (peer: StompPeer, ...options: number[]) => outcome(peer.send({ id, options }, '/app/votes'));
    expect(await vote(b, 0)).to.equal('receipt');
    expect(await vote(b, 0)).to.equal('receipt');
    expect(await vote(a, 0)).to.equal('receipt');
    await until('both', () => polls(a).length === 2);
    expect(await vote(b, 2)).to.equal('receipt');
    const c = await house.stomp(carol);
    expect(await vote(c, 1)).to.equal('receipt');
    expect(await vote(c)).to.equal('receipt');
    expect(await vote(b, 0, 1)).to.equal('draft-invalid');
    expect(await vote(b, 3)).to.equal('draft-invalid');
    const stands = [
      { option: 0, count: 1, users: [alice.userId] },
      { option: 2, count: 1, users: [bob.userId] },
    ];
    for (const peer of [a, b, c]) {
      await until('all votes', () => polls(peer).filter(({ user }) => user === carol.userId).length === 2);
      expect(polls(peer).at(-1)).to.deep.equal({
        type: 'poll',
        id,
        conversation: group,
        seq: 1,
        user: carol.userId,
        votes: stands,
      });
    }
    expect((await history(carol))[0]).to.deep.include({ media, votes: stands });
    expect(await outcome(b.send({ id }, '/app/votes/close'))).to.equal('not-the-sender');
    for (let i = 0; i < 2; i++) expect(await outcome(a.send({ id }, '/app/votes/close'))).to.equal('receipt');
    const closed = await until('the end', () => polls(b).find(({ closedAt }) => closedAt !== undefined));
    expect(closed.votes).to.deep.equal(stands);
    expect(await vote(c, 1)).to.equal('poll-closed');
    expect((await history(carol))[0]).to.deep.include({
      media: { ...media, closedAt: closed.closedAt },
      votes: stands,
    });
    // recalled, nothing of it is left
    await a.send({ id }, '/app/messages/recall');
    await until('the recall', () => b.events.some(({ type }) => type === 'message.recalled'));
    expect((await history(bob))[0]).to.not.have.any.keys('media', 'votes');
    expect(await house.db.pollVote.count({ where: { conversationId: group } })).to.equal(0);
    expect(polls(b).filter(({ closedAt }) => closedAt !== undefined)).to.have.length(1);
  });

  it('is a poll with several answers; nobody else votes in it, and nobody votes in what is none', async () => {
    const { id } = await said(a, { kind: 'poll', media: { question: 'What?', options: ['a', 'b'], multiple: true } });
    const text = await said(a, { kind: 'text', text: 'no poll' });
    await Promise.all([heard(b, id), heard(b, text.id)]);
    expect(await outcome(b.send({ id, options: [1, 0] }, '/app/votes'))).to.equal('receipt');
    const event = await until('the vote', () => polls(a)[0]);
    expect(event.votes.map(({ option, users }) => [option, users])).to.deep.equal([
      [0, [bob.userId]],
      [1, [bob.userId]],
    ]);
    expect(await outcome(b.send({ id: text.id, options: [0] }, '/app/votes'))).to.equal('not-a-poll');
    expect(await outcome(a.send({ id: text.id }, '/app/votes/close'))).to.equal('not-a-poll');
    const s = await house.stomp(stranger);
    expect(await outcome(s.send({ id, options: [0] }, '/app/votes'))).to.equal('no-such-message');
  });

  it('is forwarded as it is, counting how often; only by who reads it, and no body says that it was', async () => {
    const to = { user: bob.userId };
    const one = await said(a, { kind: 'text', text: 'news', forwarded: 7 });
    expect(one).to.not.have.property('forwarded');
    const two = await said(b, { to: { user: carol.userId }, id: one.id, text: 'forged' }, '/app/messages/forward');
    expect(two).to.deep.include({ kind: 'text', text: 'news', forwarded: 1, sender: bob.userId });
    const c = await house.stomp(carol);
    const three = await said(c, { to, id: two.id }, '/app/messages/forward');
    expect(three).to.include({ text: 'news', forwarded: 2 });
    const direct = directConversationId(bob.userId, carol.userId);
    expect((await history(bob, direct)).map(({ forwarded }) => forwarded)).to.deep.equal([1, 2]);
    const poll = await said(a, { kind: 'poll', media: { question: 'x', options: ['a', 'b'] } });
    await heard(b, poll.id);
    await b.send({ id: poll.id, options: [0] }, '/app/votes');
    await a.send({ id: poll.id }, '/app/votes/close');
    await until('the end', () => polls(b).some(({ closedAt }) => closedAt !== undefined));
    const again = await said(b, { to: { user: carol.userId }, id: poll.id }, '/app/messages/forward');
    expect(again.media).to.deep.equal({ question: 'x', options: ['a', 'b'] });
    expect(again).to.not.have.property('votes');
    const forward = (peer: StompPeer, id: string, clientMessageId = newId()) =>
      outcome(peer.send({ clientMessageId, to, id }, '/app/messages/forward'));
    const s = await house.stomp(stranger);
    expect(
      await outcome(
        s.send({ clientMessageId: newId(), to: { user: stranger.userId }, id: one.id }, '/app/messages/forward'),
      ),
    ).to.equal('no-such-message');
    expect(await forward(a, newId())).to.equal('no-such-message');
    await a.send({ id: one.id }, '/app/messages/recall');
    await until('the recall', () => a.events.some(({ type }) => type === 'message.recalled'));
    expect(await forward(a, one.id)).to.equal('message-recalled');
    // sent once more, what is stored is known
    const body = { clientMessageId: two.clientMessageId, to: { user: carol.userId }, id: one.id };
    expect(await outcome(b.send(body, '/app/messages/forward'))).to.equal('receipt');
    await said(b, { to: { user: carol.userId }, kind: 'text', text: 'barrier' });
    expect((await history(carol, direct)).map(({ text }) => text)).to.deep.equal([
      'news',
      'news',
      undefined,
      'barrier',
    ]);
  });

  const path = (seq: number, of = group) => `/api/chat/conversations/${of}/messages/${seq}/pin`;
  const pins = async (person: Person, of = group) =>
    ((await house.get(`/api/chat/conversations/${of}/pins`, person)).body as { items: Pinned[] }).items;

  it('is pinned for everybody, a few at a time, and told in its turn', async () => {
    const one = await said(a, { kind: 'text', text: 'one' });
    const two = await said(a, { kind: 'text', text: 'two' });
    for (const seq of [1, 2, 1]) expect((await house.call(bob, 'PUT', path(seq))).status).to.equal(204);
    const told = (peer: StompPeer) =>
      peer.events.filter((event): event is ConversationEvent => event.type === 'conversation');
    await until('both', () => told(a).length === 2);
    expect(told(a)[0]).to.deep.equal({
      type: 'conversation',
      conversation: group,
      change: 'pinned',
      message: one.id,
      seq: 1,
      by: bob.userId,
    });
    expect((await pins(carol)).map(({ message, pinnedBy }) => [message, pinnedBy])).to.deep.equal([
      [two, bob.userId],
      [one, bob.userId],
    ]);
    expect((await history(carol)).map(({ kind, media }) => (kind === 'system' ? media : kind))).to.deep.equal([
      'text',
      'text',
      { change: 'pinned', message: one.id, seq: 1 },
      { change: 'pinned', message: two.id, seq: 2 },
    ]);
    for (let i = 0; i < 2; i++) expect((await house.call(alice, 'DELETE', path(1))).status).to.equal(204);
    await until('it', () => told(b).some(({ change }) => change === 'unpinned'));
    // what is recalled is pinned no more
    await a.send({ id: two.id }, '/app/messages/recall');
    await until('the recall', () => b.events.some(({ type }) => type === 'message.recalled'));
    expect(await pins(carol)).to.deep.equal([]);
    expect((await house.call(bob, 'PUT', path(2))).body).to.include({ code: 'message-recalled' });
    expect((await house.call(stranger, 'PUT', path(1))).body).to.include({ code: 'no-such-message' });
    expect((await house.get(`/api/chat/conversations/${group}/pins`, stranger)).status).to.equal(404);
    const pinned = Array.from({ length: limits.pins }, (_, i) => ({
      conversationId: group,
      seq: i + 2,
      pinnedBy: alice.userId,
      pinnedAt: new Date(),
    }));
    await house.db.message.createMany({
      data: pinned.map(({ conversationId, seq }) => ({
        conversationId,
        seq: seq + 10,
        id: newId(),
        senderId: alice.userId,
        deviceId: '',
        clientMessageId: newId(),
        kind: 'text',
        text: 'x',
        sentAt: new Date(),
      })),
    });
    await house.db.pin.createMany({ data: pinned.map((pin) => ({ ...pin, seq: pin.seq + 10 })) });
    expect((await house.call(bob, 'PUT', path(1))).body).to.include({ code: 'too-many', status: 409 });
  });

  it('is pinned in a direct conversation by either, and by admins only where only they post', async () => {
    const direct = directConversationId(alice.userId, bob.userId);
    const to = { conversation: direct };
    const { id } = await said(a, { to, kind: 'text', text: 'one' });
    expect((await house.call(bob, 'PUT', path(1, direct))).status).to.equal(204);
    expect((await pins(alice, direct)).map(({ message }) => message.id)).to.deep.equal([id]);
    await said(a, { kind: 'text', text: 'one' });
    await house.db.conversation.update({ where: { id: group }, data: { posting: 'admins' } });
    expect((await house.call(bob, 'PUT', path(1))).body).to.include({ code: 'group-role-missing' });
    await house.db.member.update({
      where: { conversationId_userId: { conversationId: group, userId: bob.userId } },
      data: { role: 'admin' },
    });
    expect((await house.call(bob, 'PUT', path(1))).status).to.equal(204);
  });
});
