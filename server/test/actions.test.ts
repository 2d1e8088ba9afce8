// What is done to a message that is stored: edited, recalled, reacted to. Told to every device of every member, here or
// away, and in history.
import { connect } from 'amqplib';
import { expect } from 'chai';
import { inboundQueue, shardOf } from '../broker/topology.ts';
import { encodeAction } from '../broker/wire.ts';
import { directConversationId } from '../contract/conversation-id.ts';
import type { EditedEvent, Event, MessageEvent, ReactionEvent, RecalledEvent } from '../contract/events.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';

const ACTIONS = ['message.edited', 'message.recalled', 'reaction'];
const told = (peer: StompPeer): Event[] => peer.events.filter(({ type }) => ACTIONS.includes(type));
const edits = (peer: StompPeer) => told(peer).filter((event): event is EditedEvent => event.type === 'message.edited');
const recalls = (peer: StompPeer) =>
  told(peer).filter((event): event is RecalledEvent => event.type === 'message.recalled');
const reactions = (peer: StompPeer) => told(peer).filter((event): event is ReactionEvent => event.type === 'reaction');

const edit = (peer: StompPeer, id: string, text: string) => peer.send({ id, text }, '/app/messages/edit');
const recall = (peer: StompPeer, id: string) => peer.send({ id }, '/app/messages/recall');
const react = (peer: StompPeer, id: string, emoji: string | null) => peer.send({ id, emoji }, '/app/reactions');
const codeOf = async (outcome: ReturnType<StompPeer['send']>) => {
  const known = await outcome;
  return known === 'receipt' ? known : known.code;
};

describe('a stored message', () => {
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
  const versions = async (person: Person, seq = 1, of = conversation) => {
    const { status, body } = await house.get(`/api/chat/conversations/${of}/messages/${seq}/versions`, person);
    return { status, texts: (body as { items?: { text: string }[] }).items?.map(({ text }) => text) };
  };
  const said = async (peer: StompPeer, text: string, to: object = { user: bob.userId }): Promise<MessageEvent> => {
    const clientMessageId = newId();
    await peer.send({ clientMessageId, to, kind: 'text', text });
    return until('the message', () => peer.messages.find((event) => event.clientMessageId === clientMessageId));
  };
  /** After it, everything that was SENT before by the same peer has been done and told. */
  const barrier = async (peer: StompPeer, other: StompPeer, to: object = { user: bob.userId }) => {
    const { id } = await said(peer, 'barrier', to);
    await until('the barrier', () => other.messages.some((event) => event.id === id));
  };

  it('is edited, recalled and reacted to on two devices of two people, one of them away', async () => {
    const [phone, desk, b] = await Promise.all([
      house.stomp(alice, { device: 'phone' }),
      house.stomp(alice, { device: 'desk' }),
      house.stomp(bob, { device: 'b1' }),
    ]);
    const away = await house.stomp(bob, { device: 'b2' });
    await away.close();

    const one = await said(phone, 'one');
    const two = await said(phone, 'two');
    expect(await edit(phone, one.id, 'one, edited')).to.equal('receipt');
    expect(await react(b, one.id, '👍')).to.equal('receipt');
    expect(await recall(phone, two.id)).to.equal('receipt');
    await until('all of it at the desk', () => told(desk).length === 3);
    const back = await house.stomp(bob, { device: 'b2' });
    for (const peer of [phone, desk, b, back]) {
      await until('all of it', () => told(peer).length === 3);
      expect(edits(peer)[0]).to.deep.include({ id: one.id, conversation, seq: 1, text: 'one, edited' });
      expect(reactions(peer)[0]).to.deep.include({ id: one.id, conversation, seq: 1, user: bob.userId, emoji: '👍' });
      expect(recalls(peer)[0]).to.deep.include({ id: two.id, conversation, seq: 2, recalledBy: alice.userId });
      // in their order, behind the messages
      expect(
        peer.events.filter(({ type }) => type !== 'marker' && type !== 'device').map(({ type }) => type),
      ).to.deep.equal(['message', 'message', 'message.edited', 'reaction', 'message.recalled']);
    }
    for (const person of [alice, bob]) {
      const [first, second] = await history(person);
      expect(first).to.deep.equal({
        ...one,
        text: 'one, edited',
        editedAt: edits(b)[0]?.editedAt,
        reactions: [{ emoji: '👍', count: 1, users: [bob.userId] }],
      });
      const { text: _, ...rest } = two;
      expect(second).to.deep.equal({ ...rest, recalledAt: recalls(b)[0]?.recalledAt, recalledBy: alice.userId });
      expect(await versions(person)).to.deep.equal({ status: 200, texts: ['one', 'one, edited'] });
    }
    expect((await versions(carol)).status).to.equal(404);
  });

  it('that is recalled leaves nothing of what it said: not its text, media, mentions, versions, reactions', async () => {
    const [a, b] = await Promise.all([house.stomp(alice), house.stomp(bob)]);
    const clientMessageId = newId();
    const draft = { clientMessageId, to: { user: bob.userId }, kind: 'image', text: 'secret one' };
    const media = { id: await house.picture(alice) };
    await a.send({ ...draft, media, mentions: [bob.userId] });
    const { id } = await until('the message', () => a.messages[0]);
    await edit(a, id, 'secret three');
    await react(b, id, '❤️');
    await until('both', () => told(a).length === 2);
    await recall(a, id);
    await until('the recall', () => recalls(b).length === 1);
    expect(JSON.stringify(await history(bob))).to.not.match(/secret|❤️|mentions|media/);
    expect(await versions(bob)).to.deep.equal({ status: 200, texts: [] });
    const row = await house.db.message.findUniqueOrThrow({ where: { id }, include: { edits: true, reactions: true } });
    expect(row).to.deep.include({ text: null, media: null, mentions: [], editedAt: null, edits: [], reactions: [] });
    // neither can it be brought back
    expect(await codeOf(edit(a, id, 'again'))).to.equal('message-recalled');
    expect(await codeOf(react(b, id, '👍'))).to.equal('message-recalled');
    // sent once more under its old name it is the recalled one
    expect(await a.send({ ...draft, media })).to.equal('receipt');
    await barrier(a, b);
    expect((await history(bob)).map(({ seq, text }) => `${seq} ${text}`)).to.deep.equal(['1 undefined', '2 barrier']);
  });

  it('that is edited, recalled or reacted to twice in the same way is so once', async () => {
    const [a, b] = await Promise.all([house.stomp(alice), house.stomp(bob)]);
    const { id } = await said(a, 'one');
    const { id: other } = await said(a, 'two');
    for (let i = 0; i < 3; i++) {
      expect(await edit(a, id, 'edited')).to.equal('receipt');
      expect(await react(a, id, '🎉')).to.equal('receipt');
      expect(await recall(a, other)).to.equal('receipt');
    }
    await barrier(a, b);
    expect(told(b).map(({ type }) => type)).to.have.members(ACTIONS);
    expect(await versions(bob)).to.deep.equal({ status: 200, texts: ['one', 'edited'] });
  });

  it('is edited once by an edit that comes again after a later one', async () => {
    const [a, b] = await Promise.all([house.stomp(alice), house.stomp(bob)]);
    const { id, seq } = await said(a, 'one');
    const connection = await connect(house.config.AMQP_URL[0] as string);
    const channel = await connection.createConfirmChannel();
    const at = new Date().toISOString();
    const queue = inboundQueue(shardOf(conversation, house.config.SHARDS_INBOUND));
    for (const [actionId, text] of [
      ['1', 'two'],
      ['2', 'three'],
      ['1', 'two'],
    ] as const) {
      const envelope = { id: actionId, action: 'edit', conversation, seq, by: alice.userId, text, at } as const;
      channel.sendToQueue(queue, encodeAction(envelope), { persistent: true });
    }
    await channel.waitForConfirms();
    await connection.close();
    // what is done to messages comes after the messages of its batch: the barrier may overtake it
    await until('both edits', () => edits(b).length >= 2);
    await barrier(a, b);
    expect(edits(b).map(({ text }) => text)).to.deep.equal(['two', 'three']);
    expect((await history(bob))[0]).to.include({ id, text: 'three' });
    expect((await versions(bob)).texts).to.deep.equal(['one', 'two', 'three']);
  });

  it('has one reaction of a member, which she may change and take back', async () => {
    const group = await house.group([alice, bob, carol]);
    const [a, b, c] = await Promise.all([house.stomp(alice), house.stomp(bob), house.stomp(carol)]);
    const { id } = await said(a, 'one', { conversation: group });
    await react(b, id, '👍');
    await react(b, id, '😂');
    await until("bob's at carol", () => reactions(c).length === 2);
    await react(c, id, '😂');
    await react(a, id, '👍');
    await react(a, id, null);
    for (const peer of [a, b, c]) {
      await until('all five', () => reactions(peer).length === 5);
      expect(reactions(peer).map(({ user, emoji }) => [user, emoji])).to.have.deep.members([
        [bob.userId, '👍'],
        [bob.userId, '😂'],
        [carol.userId, '😂'],
        [alice.userId, '👍'],
        [alice.userId, null],
      ]);
    }
    const [message] = await history(carol, group);
    expect(message?.reactions).to.deep.equal([{ emoji: '😂', count: 2, users: [bob.userId, carol.userId] }]);
    for (const emoji of ['👍👍', 'x', '', 7, undefined]) {
      expect(await codeOf(b.send({ id, emoji }, '/app/reactions')), String(emoji)).to.equal('draft-invalid');
    }
  });

  it('is for its members only, and to edit for its sender only', async () => {
    const [stranger] = (await house.people(1)) as [Person];
    const group = await house.group([alice, bob, carol]);
    const [a, b, s] = await Promise.all([house.stomp(alice), house.stomp(bob), house.stomp(stranger)]);
    const { id } = await said(a, 'one', { conversation: group });
    expect(await codeOf(edit(b, id, 'x'))).to.equal('not-the-sender');
    expect(await codeOf(recall(b, id))).to.equal('not-the-sender');
    for (const nobodys of [id, newId(), 'x']) {
      expect(await codeOf(edit(s, nobodys, 'x'))).to.equal('no-such-message');
      expect(await codeOf(recall(s, nobodys))).to.equal('no-such-message');
      expect(await codeOf(react(s, nobodys, '👍'))).to.equal('no-such-message');
    }
    await house.db.message.update({ where: { id }, data: { kind: 'system' } });
    expect(await codeOf(edit(a, id, 'x'))).to.equal('not-the-sender');
    expect(await codeOf(recall(a, id))).to.equal('not-the-sender');
    await house.db.message.update({ where: { id }, data: { kind: 'text' } });
    expect(await codeOf(edit(a, id, ''))).to.equal('draft-invalid');
    expect(await codeOf(edit(a, id, 'half \ud83d'))).to.equal('draft-invalid');
    // who came later has not seen it: she can do nothing to it, and is told nothing of it
    await house.db.member.create({ data: { conversationId: group, userId: stranger.userId, joinedSeq: 1 } });
    expect(await codeOf(react(s, id, '👍'))).to.equal('no-such-message');
    expect(await edit(a, id, 'edited')).to.equal('receipt');
    const seen = await said(a, 'two', { conversation: group });
    await until('what came after', () => s.messages.some((event) => event.id === seen.id));
    expect(told(s)).to.deep.equal([]);
    expect((await versions(stranger, 1, group)).status).to.equal(404);
  });

  it('is too old to be edited or recalled one day; owner and admins of a group recall it all the same', async () => {
    const group = await house.group([alice, bob, carol]);
    await house.db.member.update({
      where: { conversationId_userId: { conversationId: group, userId: bob.userId } },
      data: { role: 'admin' },
    });
    const [a, b, c] = await Promise.all([house.stomp(alice), house.stomp(bob), house.stomp(carol)]);
    const { id } = await said(a, 'one', { conversation: group });
    const ageBy = (seconds: number) =>
      house.db.message.update({ where: { id }, data: { sentAt: new Date(Date.now() - seconds * 1000) } });
    await ageBy(house.config.EDIT_WINDOW_SECONDS - 60);
    expect(await edit(a, id, 'edited')).to.equal('receipt');
    await ageBy(house.config.EDIT_WINDOW_SECONDS + 60);
    expect(await codeOf(edit(a, id, 'too late'))).to.equal('edit-window-over');
    await ageBy(house.config.RECALL_WINDOW_SECONDS + 60);
    expect(await codeOf(recall(a, id))).to.equal('recall-window-over');
    expect(await codeOf(recall(c, id))).to.equal('not-the-sender');
    expect(await recall(b, id)).to.equal('receipt');
    const gone = await until('the recall', () => recalls(c)[0]);
    expect(gone).to.include({ id, recalledBy: bob.userId });
  });
});
