// The life of a message: sent, receipted, stored, delivered to every device, here or away, and in history.
import { expect } from 'chai';
import { directConversationId } from '../contract/conversation-id.ts';
import type { MarkerEvent, MessageEvent } from '../contract/events.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';

/** What a device that keeps events once by id has: their seqs in the order of arrival. */
const seqs = (peer: StompPeer) => [...new Map(peer.messages.map((event) => [event.id, event.seq])).values()];
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe('a message', () => {
  let house: House;
  let alice: Person;
  let bob: Person;

  before(async () => {
    house = await House.open();
  });
  beforeEach(async () => {
    [alice, bob] = (await house.people(2)) as [Person, Person];
  });
  after(() => house.close());

  const history = async (person: Person, conversation: string): Promise<MessageEvent[]> => {
    const items: MessageEvent[] = [];
    for (let after = 0; ; after = items.length) {
      const path = `/api/chat/conversations/${conversation}/messages?after=${after}&limit=200`;
      const page = (await house.get(path, person)).body as { items: MessageEvent[] };
      items.push(...page.items);
      if (page.items.length < 200) return items;
    }
  };

  it('is receipted, delivered to both, marked as delivered, and in history as delivered', async () => {
    const a = await house.stomp(alice);
    const b = await house.stomp(bob);
    expect(await a.say({ user: bob.userId }, 'hello, wörld 👋')).to.equal('receipt');
    const seen = await until('the message at bob', () => b.messages[0]);
    const conversation = directConversationId(alice.userId, bob.userId);
    expect(seen).to.include({
      type: 'message',
      conversation,
      seq: 1,
      sender: alice.userId,
      device: 'd1',
      kind: 'text',
    });
    expect(seen.text).to.equal('hello, wörld 👋');
    expect(seen).to.not.have.any.keys('media', 'replyTo', 'mentions');
    const own = await until('the message at alice', () => a.messages[0]);
    expect(own).to.deep.equal(seen);
    const marker = await until('the marker', () =>
      a.events.find((event): event is MarkerEvent => event.type === 'marker'),
    );
    expect(marker).to.include({ conversation, user: bob.userId, delivered: 1 });
    expect(await history(alice, conversation)).to.deep.equal([seen]);
    expect(await history(bob, conversation)).to.deep.equal([seen]);
  });

  it('takes who sent it from the token, whatever the body claims', async () => {
    const a = await house.stomp(alice);
    const b = await house.stomp(bob);
    const claims = { sender: bob.userId, device: 'x', id: 'mine', seq: 77, sentAt: '2001-01-01T00:00:00Z' };
    const draft = { clientMessageId: newId(), to: { user: bob.userId }, kind: 'text', text: 'I am bob' };
    expect(await a.send({ ...draft, ...claims })).to.equal('receipt');
    const seen = await until('the message', () => b.messages[0]);
    expect(seen).to.include({ sender: alice.userId, device: 'd1', seq: 1 });
    expect(seen.id).to.not.equal('mine');
    expect(seen.sentAt).to.not.contain('2001');
  });

  it('that was sent five times over two sessions is one message, delivered once to each device', async () => {
    const b = await house.stomp(bob);
    const id = newId();
    let a = await house.stomp(alice);
    for (let i = 0; i < 3; i++) expect(await a.say({ user: bob.userId }, 'once', id)).to.equal('receipt');
    await a.cut();
    a = await house.stomp(alice);
    for (let i = 0; i < 2; i++) expect(await a.say({ user: bob.userId }, 'once', id)).to.equal('receipt');
    await a.say({ user: bob.userId }, 'the next');
    await until('the next', () => b.messages.some(({ text }) => text === 'the next'));
    expect(b.messages.map(({ text, seq }) => [text, seq])).to.deep.equal([
      ['once', 1],
      ['the next', 2],
    ]);
  });

  it('that was stored and lost on its way (with the broker and Parley) is delivered when its sender sends it again', async () => {
    const conversation = directConversationId(alice.userId, bob.userId);
    await house.db.conversation.create({
      data: {
        id: conversation,
        kind: 'direct',
        lastSeq: 1,
        members: { create: [alice, bob].map(({ userId }) => ({ userId })) },
      },
    });
    const names = { id: newId(), clientMessageId: newId(), senderId: alice.userId, deviceId: 'd1' };
    const row = { ...names, conversationId: conversation, seq: 1, kind: 'text', text: 'lost', sentAt: new Date() };
    await house.db.message.create({ data: row });
    const b = await house.stomp(bob);
    const a = await house.stomp(alice);
    for (let i = 0; i < 3; i++) {
      expect(await a.say({ user: bob.userId }, 'lost', row.clientMessageId)).to.equal('receipt');
    }
    await a.say({ user: bob.userId }, 'the next');
    await until('the next', () => b.messages.some(({ text }) => text === 'the next'));
    expect(b.messages.map(({ id, text, seq }) => [id === row.id, text, seq])).to.deep.equal([
      [true, 'lost', 1],
      [false, 'the next', 2],
    ]);
    expect(await history(bob, conversation)).to.deep.equal(b.messages);
  });

  it('waits for every device that is away: 1,000 of them, in order, none missing, each device at its own place', async function () {
    this.timeout(60_000);
    const count = 1000;
    // two devices of bob's, known and away
    for (const device of ['phone', 'desk']) await (await house.stomp(bob, { device })).close();
    const a = await house.stomp(alice);
    const outcomes = await Promise.all(upTo(count).map((n) => a.say({ user: bob.userId }, `${n}`)));
    expect(new Set(outcomes)).to.deep.equal(new Set(['receipt']));
    // the phone takes a part, and goes away again without a word
    const phone = await house.stomp(bob, { device: 'phone' });
    await until('300 at the phone', () => phone.messages.length >= 300);
    await phone.cut();
    const before = seqs(phone);
    expect(before).to.deep.equal(upTo(before.length));
    // the desk gets all of them
    const desk = await house.stomp(bob, { device: 'desk' });
    await until('all at the desk', () => seqs(desk).length === count, { timeoutMs: 20_000 });
    expect(desk.messages.map(({ seq }) => seq)).to.deep.equal(upTo(count));
    // the phone goes on where it was: what it had not acknowledged comes again, and nothing is missing
    const again = await house.stomp(bob, { device: 'phone' });
    await until('the last at the phone', () => again.messages.at(-1)?.seq === count, { timeoutMs: 20_000 });
    expect(again.messages[0]?.seq).to.be.at.most(before.length + 1);
    expect(new Set([...before, ...seqs(again)]).size).to.equal(count);
    expect(again.messages.map(({ seq }) => seq)).to.deep.equal(seqs(again).toSorted((x, y) => x - y));
  });

  it('that comes while the device drains goes behind what waits', async function () {
    this.timeout(60_000);
    await (await house.stomp(bob)).close();
    const a = await house.stomp(alice);
    await Promise.all(upTo(600).map((n) => a.say({ user: bob.userId }, `${n}`)));
    const [b] = await Promise.all([
      house.stomp(bob),
      (async () => {
        for (let n = 601; n <= 900; n++) void a.say({ user: bob.userId }, `${n}`);
      })(),
    ]);
    await until('all', () => seqs(b).length === 900, { timeoutMs: 20_000 });
    expect(seqs(b)).to.deep.equal(upTo(900));
  });

  it('that is not acknowledged comes again in the next session, and only that', async () => {
    const a = await house.stomp(alice);
    const b = await house.stomp(bob, { acknowledge: false });
    for (const text of ['one', 'two', 'three']) await a.say({ user: bob.userId }, text);
    await until('three', () => b.messages.length === 3);
    b.frames.find(({ body }) => body.includes('"two"'))?.ack();
    // an answered frame behind the ACK: the ACK was processed
    await b.say({ user: alice.userId }, 'acknowledged');
    await b.cut();
    const again = await house.stomp(bob);
    await until('both', () => again.messages.filter(({ sender }) => sender === alice.userId).length === 2);
    const texts = again.messages.filter(({ sender }) => sender === alice.userId).map(({ text }) => text);
    expect(texts).to.deep.equal(['one', 'three']);
  });

  it('to a group reaches every member once, here or away', async () => {
    const people = await house.people(12);
    const conversation = await house.group(people);
    const peers = await Promise.all(people.map((person) => house.stomp(person)));
    for (const peer of peers.slice(8)) await peer.close();
    expect(await (peers[0] as StompPeer).say({ conversation }, 'to all')).to.equal('receipt');
    const back = await Promise.all(people.slice(8).map((person) => house.stomp(person)));
    for (const peer of [...peers.slice(0, 8), ...back]) {
      await until('the message', () => peer.messages.length === 1);
      expect(peer.messages[0]).to.include({ text: 'to all', seq: 1, conversation });
    }
  });

  it('keeps the order of a session, and one order for all', async () => {
    const a = await house.stomp(alice);
    const b = await house.stomp(bob);
    const said = upTo(200).map((n) => [a.say({ user: bob.userId }, `a${n}`), b.say({ user: alice.userId }, `b${n}`)]);
    await Promise.all(said.flat());
    await until('all at both', () => a.messages.length === 400 && b.messages.length === 400);
    expect(a.messages).to.deep.equal(b.messages);
    const ofAlice = a.messages.filter(({ sender }) => sender === alice.userId).map(({ text }) => text);
    expect(ofAlice).to.deep.equal(upTo(200).map((n) => `a${n}`));
  });

  it('survives a stop and a start of Parley between receipt and delivery', async () => {
    await (await house.stomp(bob)).close();
    const a = await house.stomp(alice);
    await Promise.all(upTo(50).map((n) => a.say({ user: bob.userId }, `${n}`)));
    await house.stop();
    expect(a.closeCode).to.equal(4000);
    await house.start();
    const b = await house.stomp(bob);
    await until('all', () => seqs(b).length === 50);
    expect(seqs(b)).to.deep.equal(upTo(50));
  });
});
