// Messages that disappear: gone by the clock from history, list, search and queues, whoever empties them later.
import { expect } from 'chai';
import { directConversationId } from '../contract/conversation-id.ts';
import type { ConversationEvent, ExpiredEvent, MessageEvent } from '../contract/events.ts';
import type { Conversation } from '../contract/rest.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { emptyExpired } from '../worker/expiry.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';

const SECONDS = 3600;

describe('a message that disappears', () => {
  let house: House;
  let alice: Person;
  let bob: Person;
  let conversation: string;

  before(async () => {
    // nothing is emptied but when a test says so
    house = await House.open({ EXPIRY_MS: '3600000' });
  });
  beforeEach(async () => {
    house.aheadMs = 0;
    [alice, bob] = (await house.people(2)) as [Person, Person];
    conversation = directConversationId(alice.userId, bob.userId);
  });
  after(() => house.close());

  const history = async (person: Person): Promise<MessageEvent[]> =>
    ((await house.get(`/api/chat/conversations/${conversation}/messages`, person)).body as { items: MessageEvent[] })
      .items;
  const said = async (peer: StompPeer, text: string, more: object = {}): Promise<MessageEvent> => {
    const clientMessageId = newId();
    const draft = { clientMessageId, to: { conversation }, kind: 'text', text, ...more };
    expect(await peer.send(draft)).to.equal('receipt');
    return until(text, () => peer.messages.find((event) => event.clientMessageId === clientMessageId));
  };
  const set = (person: Person, disappearAfterSeconds: unknown, of = conversation) =>
    house.call(person, 'PATCH', `/api/chat/conversations/${of}`, { disappearAfterSeconds });
  const expired = (peer: StompPeer) =>
    peer.events.filter((event): event is ExpiredEvent => event.type === 'message.expired');
  /** As a worker does it, at the house's time. */
  const empty = async () => {
    const entries: { to: readonly string[]; event: string }[] = [];
    const broker = { mailboxes: { publish: async (some: typeof entries) => void entries.push(...some) } };
    const clock = { now: () => Date.now() + house.aheadMs };
    await emptyExpired({ db: house.db, broker, clock, config: house.config } as never);
    return entries.map(({ to, event }) => ({ to, event: JSON.parse(event) as ExpiredEvent }));
  };

  it('is set by either of two, told in its turn, and counts for what is sent from then on', async () => {
    const [a, b] = await Promise.all([house.stomp(alice), house.stomp(bob)]);
    // before anything was said
    expect((await set(bob, SECONDS)).body).to.include({ disappearAfterSeconds: SECONDS, lastSeq: 1 });
    const event = await until('the event', () =>
      a.events.find((one): one is ConversationEvent => one.type === 'conversation'),
    );
    expect(event).to.include({ conversation, change: 'disappearing', disappearAfterSeconds: SECONDS, by: bob.userId });
    const one = await said(a, 'one');
    expect(Date.parse(one.expiresAt ?? '') - Date.parse(one.sentAt)).to.equal(SECONDS * 1000);
    expect((await set(alice, null)).body).to.include({ disappearAfterSeconds: null });
    const two = await said(a, 'two');
    expect(two).to.not.have.property('expiresAt');
    const messages = await history(bob);
    expect(messages.map(({ media, text }) => text ?? media)).to.deep.equal([
      { change: 'disappearing', disappearAfterSeconds: SECONDS },
      'one',
      { change: 'disappearing', disappearAfterSeconds: null },
      'two',
    ]);
    expect(messages[1]).to.deep.equal(one);
    await until('both', () => b.messages.some(({ id }) => id === two.id));
    for (const wrong of [1, 0, -60, 'x', 1e9]) expect((await set(alice, wrong)).status).to.equal(400);
  });

  it('is gone at its time, everywhere, before anybody empties it, and emptied later with all that hung on it', async () => {
    const [a, b] = await Promise.all([house.stomp(alice), house.stomp(bob)]);
    const away = await house.stomp(bob, { device: 'd2' });
    await away.close();
    await set(alice, SECONDS);
    const one = await said(a, 'secret one', { mentions: [bob.userId] });
    await b.send({ id: one.id, emoji: '👍' }, '/app/reactions');
    await a.send({ id: one.id, text: 'secret two' }, '/app/messages/edit');
    const answer = await said(b, 'answer', { replyTo: one.id });
    expect(answer.quote).to.deep.equal({ id: one.id, seq: 2, sender: alice.userId, kind: 'text' });
    expect((await history(bob))[1]).to.include({ text: 'secret two' });
    house.aheadMs = (SECONDS + 1) * 1000;
    const place = { type: 'message', conversation, id: one.id, seq: 2, expiresAt: one.expiresAt };
    const [, gone] = await history(bob);
    expect(gone).to.include(place);
    expect(gone).to.not.have.any.keys('text', 'mentions', 'reactions', 'editedAt');
    const list = (await house.get('/api/chat/conversations', bob)).body as { items: Conversation[] };
    expect(JSON.stringify(list)).to.not.match(/secret|answer/);
    // what has waited for a device says nothing of it
    const back = await house.stomp(bob, { device: 'd2' });
    const late = await until('its place', () => back.messages.find(({ id }) => id === one.id));
    expect(late).to.include(place);
    await until('the answer', () => back.messages.some(({ id }) => id === answer.id));
    expect(back.messages.map(({ seq }) => seq)).to.deep.equal([1, 2, 3]);
    expect(JSON.stringify(back.events)).to.not.match(/secret|"answer"/);

    await house.db.message.updateMany({ where: { conversationId: conversation }, data: { mentions: ['kept'] } });
    const told = await empty();
    const mine = told.filter(({ event }) => event.conversation === conversation);
    expect(mine.map(({ event }) => event.seq)).to.deep.equal([2, 3]);
    expect(mine[0]?.to).to.have.members([alice.userId, bob.userId]);
    const row = await house.db.message.findUniqueOrThrow({
      where: { id: one.id },
      include: { edits: true, reactions: true },
    });
    expect(row).to.deep.include({ text: null, mentions: [], edits: [], reactions: [], expired: true });
    expect((await empty()).filter(({ event }) => event.conversation === conversation)).to.deep.equal([]);
    expect((await history(alice)).map(({ seq }) => seq)).to.deep.equal([1, 2, 3]);
    // nothing can be done to it any more
    const again = await house.stomp(alice, { device: 'd2' });
    expect(await again.send({ id: one.id, text: 'x' }, '/app/messages/edit')).to.include({ code: 'no-such-message' });
  });

  it('is set in a group by its admins, and by nobody who may not write', async () => {
    const [stranger] = (await house.people(1)) as [Person];
    const group = await house.group([alice, bob]);
    await house.db.member.update({
      where: { conversationId_userId: { conversationId: group, userId: alice.userId } },
      data: { role: 'owner' },
    });
    expect((await set(bob, SECONDS, group)).body).to.include({ code: 'group-role-missing' });
    expect((await set(alice, SECONDS, group)).body).to.include({ disappearAfterSeconds: SECONDS });
    expect((await set(stranger, SECONDS, group)).body).to.include({ code: 'no-such-conversation' });
    const direct = directConversationId(alice.userId, stranger.userId);
    expect((await set(stranger, SECONDS, direct)).body).to.include({ code: 'not-a-contact' });
    const title = { title: 'x' };
    expect((await house.call(alice, 'PATCH', `/api/chat/conversations/${conversation}`, title)).body).to.include({
      code: 'not-a-group',
    });
  });

  it('is emptied by a worker by itself, and its devices are told', async () => {
    await house.stop();
    const quick = await House.open({ EXPIRY_MS: '50' });
    try {
      const [a, b] = await Promise.all([quick.stomp(alice), quick.stomp(bob)]);
      await quick.call(alice, 'PATCH', `/api/chat/conversations/${conversation}`, { disappearAfterSeconds: SECONDS });
      const one = await said(a, 'one');
      await said(b, 'two');
      quick.aheadMs = (SECONDS + 1) * 1000;
      for (const peer of [a, b]) {
        await until('both', () => expired(peer).length === 2);
        expect(expired(peer)[0]).to.deep.equal({ type: 'message.expired', id: one.id, conversation, seq: 2 });
      }
    } finally {
      await quick.close();
      await house.start();
    }
  });
});
