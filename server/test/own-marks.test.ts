// What a user does to messages for herself: delete for me, stars. On her own devices, and on nobody else's.
import { expect } from 'chai';
import type { HiddenEvent, MessageEvent, StarEvent } from '../contract/events.ts';
import type { Conversation } from '../contract/rest.ts';
import type { Starred } from '../contract/rest-messages.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';

describe('a message that somebody marks for herself', () => {
  let house: House;
  let alice: Person;
  let bob: Person;
  let carol: Person;
  let group: string;
  let a: StompPeer;

  before(async () => {
    house = await House.open();
  });
  beforeEach(async () => {
    [alice, bob, carol] = (await house.people(3)) as [Person, Person, Person];
    group = await house.group([alice, bob]);
    a = await house.stomp(alice);
  });
  after(() => house.close());

  const history = async (person: Person, query = ''): Promise<MessageEvent[]> =>
    ((await house.get(`/api/chat/conversations/${group}/messages${query}`, person)).body as { items: MessageEvent[] })
      .items;
  const texts = async (person: Person, query = '') => (await history(person, query)).map(({ text }) => text);
  const listed = async (person: Person) =>
    ((await house.get('/api/chat/conversations', person)).body as { items: Conversation[] }).items[0] as Conversation;
  const say = async (...said: string[]) => {
    for (const text of said)
      await a.send({ clientMessageId: newId(), to: { conversation: group }, kind: 'text', text });
    return until('all of it', () => a.messages.length >= said.length && a.messages);
  };
  const path = (seq: number, more = '') => `/api/chat/conversations/${group}/messages/${seq}${more}`;
  const stars = async (person: Person, query = '') =>
    (await house.get(`/api/chat/stars${query}`, person)).body as { items: Starred[]; next: string | null };
  const own = (peer: StompPeer) =>
    peer.events.filter((event): event is HiddenEvent | StarEvent => ['message.hidden', 'star'].includes(event.type));

  it('is deleted for her, on all her devices, in history and list, and for nobody else', async () => {
    const here = await house.stomp(bob);
    const away = await house.stomp(bob, { device: 'd2' });
    await away.close();
    const messages = await say('one', 'two', 'three');
    expect((await listed(bob)).unread).to.equal(3);
    for (const seq of [3, 2, 3]) expect((await house.call(bob, 'DELETE', path(seq))).status).to.equal(204);
    const back = await house.stomp(bob, { device: 'd2' });
    for (const peer of [here, back]) {
      await until('both', () => own(peer).length === 2);
      expect(own(peer)).to.deep.equal(
        [2, 1].map((i) => ({ type: 'message.hidden', id: messages[i]?.id, conversation: group, seq: i + 1 })),
      );
    }
    expect(await texts(bob)).to.deep.equal(['one']);
    expect(await texts(bob, '?after=0&limit=1')).to.deep.equal(['one']);
    expect(await texts(bob, '?before=4&limit=1')).to.deep.equal(['one']);
    const seen = await listed(bob);
    expect(seen.lastMessage?.text).to.equal('one');
    expect(seen).to.include({ unread: 1, lastSeq: 3 });
    expect(await texts(alice)).to.deep.equal(['one', 'two', 'three']);
    expect((await listed(alice)).lastMessage?.text).to.equal('three');
    expect(own(a)).to.deep.equal([]);
  });

  it('has a star of hers: in her history, in her list of stars page by page, told to her devices', async () => {
    const [one, two] = await Promise.all([house.stomp(bob), house.stomp(bob, { device: 'd2' })]);
    const messages = await say('one', 'two', 'three', 'four');
    for (const seq of [2, 1, 4, 3, 2]) expect((await house.call(bob, 'PUT', path(seq, '/star'))).status).to.equal(204);
    for (let i = 0; i < 2; i++) expect((await house.call(bob, 'DELETE', path(4, '/star'))).status).to.equal(204);
    for (const peer of [one, two]) {
      await until('all', () => own(peer).length === 5);
      expect(own(peer).map((event) => [event.type, event.seq, 'starred' in event && event.starred])).to.deep.equal([
        ['star', 2, true],
        ['star', 1, true],
        ['star', 4, true],
        ['star', 3, true],
        ['star', 4, false],
      ]);
    }
    expect((await history(bob)).map(({ starred }) => starred)).to.deep.equal([true, true, true, undefined]);
    expect((await history(alice)).map(({ starred }) => starred)).to.deep.equal(Array(4).fill(undefined));
    const first = await stars(bob, '?limit=2');
    expect(first.items.map(({ message }) => message.seq)).to.deep.equal([3, 1]);
    expect(first.items[0]?.message).to.deep.equal({ ...messages[2], starred: true });
    const second = await stars(bob, `?limit=2&cursor=${first.next}`);
    expect(second.items.map(({ message }) => message.seq)).to.deep.equal([2]);
    expect(second.next).to.equal(null);
    expect((await stars(alice)).items).to.deep.equal([]);
    // what is recalled, or deleted for her, is starred no more
    await a.send({ id: messages[0]?.id }, '/app/messages/recall');
    await until('the recall', () => one.events.some(({ type }) => type === 'message.recalled'));
    await house.call(bob, 'DELETE', path(3));
    expect((await stars(bob)).items.map(({ message }) => message.seq)).to.deep.equal([2]);
  });

  it('is one that she sees', async () => {
    await say('one');
    await house.db.member.create({ data: { conversationId: group, userId: carol.userId, joinedSeq: 1 } });
    for (const [person, seq] of [
      [carol, 1],
      [bob, 2],
    ] as const) {
      for (const [method, of] of [
        ['DELETE', path(seq)],
        ['PUT', path(seq, '/star')],
      ] as const) {
        const { status, body } = await house.call(person, method, of);
        expect(status).to.equal(404);
        expect(body).to.include({ code: 'no-such-message' });
      }
    }
  });
});
