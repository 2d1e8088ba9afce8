// Messages that refer: to a message that they answer, to members whom they mention; and what those who only read in a
// group may do there all the same.
import { expect } from 'chai';
import { directConversationId } from '../contract/conversation-id.ts';
import type { Event, MessageEvent } from '../contract/events.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';

describe('a message that refers to others', () => {
  let house: House;
  let alice: Person;
  let bob: Person;
  let carol: Person;
  let conversation: string;

  before(async () => {
    house = await House.open();
  });
  beforeEach(async () => {
    [alice, bob, carol] = (await house.people(3)) as [Person, Person, Person];
    conversation = directConversationId(alice.userId, bob.userId);
  });
  after(() => house.close());

  const history = async (person: Person, of = conversation): Promise<MessageEvent[]> =>
    ((await house.get(`/api/chat/conversations/${of}/messages`, person)).body as { items: MessageEvent[] }).items;
  /** SENDs a text and resolves with its event. */
  const said = async (peer: StompPeer, text: string, more: object = {}): Promise<MessageEvent> => {
    const clientMessageId = newId();
    const draft = { clientMessageId, to: { conversation }, kind: 'text', text, ...more };
    expect(await peer.send(draft)).to.equal('receipt');
    return until(text, () => peer.messages.find((event) => event.clientMessageId === clientMessageId));
  };
  const refusal = async (peer: StompPeer, more: object) => {
    const outcome = await peer.send({
      clientMessageId: newId(),
      to: { conversation },
      kind: 'text',
      text: 'x',
      ...more,
    });
    return outcome === 'receipt' ? outcome : outcome.code;
  };
  const heard = (peer: StompPeer, { id }: MessageEvent) =>
    until('the message', () => peer.messages.find((event) => event.id === id));
  const types = (peer: StompPeer): Event['type'][] =>
    peer.events.flatMap(({ type }) => (type === 'marker' || type === 'device' ? [] : [type]));

  it('carries a quote of what it answers, on every device and in history, until that is recalled', async () => {
    const [a, b] = await Promise.all([house.stomp(alice), house.stomp(bob)]);
    const away = await house.stomp(bob, { device: 'd2' });
    await away.close();
    const one = await said(a, `one ${'x'.repeat(300)}`);
    const answer = await said(b, 'yes', { replyTo: one.id });
    const quote = { id: one.id, seq: 1, sender: alice.userId, kind: 'text', text: `one ${'x'.repeat(196)}` };
    expect(answer).to.deep.include({ replyTo: one.id, quote });
    expect(await heard(a, answer)).to.deep.equal(answer);
    const back = await house.stomp(bob, { device: 'd2' });
    expect(await heard(back, answer)).to.deep.equal(answer);
    expect(await history(alice)).to.deep.equal([one, answer]);
    // how it reads now
    await a.send({ id: one.id, text: 'edited' }, '/app/messages/edit');
    await until('the edit', () => types(b).includes('message.edited'));
    expect((await history(bob))[1]?.quote).to.deep.equal({ ...quote, text: 'edited' });
    await a.send({ id: one.id }, '/app/messages/recall');
    await until('the recall', () => types(b).includes('message.recalled'));
    const { quote: _, ...rest } = answer;
    expect((await history(bob))[1]).to.deep.equal(rest);
    // what answers it from now on quotes nothing
    expect(await said(b, 'late', { replyTo: one.id })).to.not.have.property('quote');
  });

  it('answers only what its sender sees in the same conversation', async () => {
    const group = await house.group([alice, bob]);
    const [a, b, c] = await Promise.all([house.stomp(alice), house.stomp(bob), house.stomp(carol)]);
    const elsewhere = await said(a, 'elsewhere', { to: { conversation: group } });
    const here = await said(a, 'here');
    for (const replyTo of [elsewhere.id, newId(), 'x']) {
      expect(await refusal(b, { replyTo })).to.equal('no-such-message');
    }
    expect(await refusal(c, { to: { user: bob.userId }, replyTo: here.id })).to.equal('no-such-message');
    expect(await said(b, 'there', { to: { conversation: group }, replyTo: elsewhere.id })).to.have.property('quote');
  });

  it('does not show to who came later what it answers', async () => {
    const group = await house.group([alice, bob]);
    const a = await house.stomp(alice);
    const one = await said(a, 'before', { to: { conversation: group } });
    await house.db.member.create({ data: { conversationId: group, userId: carol.userId, joinedSeq: 1 } });
    const c = await house.stomp(carol);
    expect(await refusal(c, { to: { conversation: group }, replyTo: one.id })).to.equal('no-such-message');
    const answer = await said(a, 'after', { to: { conversation: group }, replyTo: one.id });
    const { quote, ...rest } = answer;
    expect(quote).to.include({ text: 'before' });
    expect(await heard(c, answer)).to.deep.equal(rest);
    expect(await history(carol, group)).to.deep.equal([rest]);
    const list = (await house.get('/api/chat/conversations', carol)).body as { items: { lastMessage: unknown }[] };
    expect(list.items[0]?.lastMessage).to.deep.equal(rest);
    expect((await history(bob, group))[1]).to.deep.equal(answer);
  });

  it('mentions members only: others are left out', async () => {
    const group = await house.group([alice, bob]);
    const a = await house.stomp(alice);
    const mentions = [carol.userId, bob.userId, bob.userId, 'nobody'];
    const named = await said(a, '@bob', { to: { conversation: group }, mentions });
    expect(named.mentions).to.deep.equal([bob.userId]);
    expect(await said(a, '@bob', { mentions })).to.deep.include({ mentions: [bob.userId] });
    expect(await said(a, '@carol', { mentions: [carol.userId] })).to.not.have.property('mentions');
    expect((await history(bob, group))[0]).to.deep.equal(named);
  });

  it('that was edited and recalled while a device was away comes to it as it was, and then what became of it', async () => {
    const a = await house.stomp(alice);
    const away = await house.stomp(bob);
    await away.close();
    const one = await said(a, 'one');
    await a.send({ id: one.id, text: 'two' }, '/app/messages/edit');
    await a.send({ id: one.id }, '/app/messages/recall');
    const back = await house.stomp(bob);
    await until('the recall', () => types(back).includes('message.recalled'));
    expect(types(back)).to.deep.equal(['message', 'message.edited', 'message.recalled']);
    expect(back.messages[0]).to.deep.equal(one);
  });

  it('is reacted to and typed at by those who only read where only admins post', async () => {
    const group = await house.group([alice, bob]);
    await house.db.conversation.update({ where: { id: group }, data: { posting: 'admins' } });
    await house.db.member.update({
      where: { conversationId_userId: { conversationId: group, userId: alice.userId } },
      data: { role: 'owner' },
    });
    const [a, b] = await Promise.all([house.stomp(alice), house.stomp(bob)]);
    const one = await said(a, 'one', { to: { conversation: group } });
    expect(await refusal(b, { to: { conversation: group } })).to.equal('only-admins-post');
    expect(await b.send({ id: one.id, emoji: '👍' }, '/app/reactions')).to.equal('receipt');
    await until('the reaction', () => types(a).includes('reaction'));
    expect(await b.send({ conversation: group, state: 'typing' }, '/app/typing')).to.equal('receipt');
  });
});
