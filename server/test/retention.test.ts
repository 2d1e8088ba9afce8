// Messages that are older than RETENTION_DAYS: forgotten from the beginning of their conversations, and nothing else is.
import { expect } from 'chai';
import type { MessageEvent } from '../contract/events.ts';
import type { Conversation } from '../contract/rest.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { openLog } from '../log.ts';
import { forgetOldMessages, RETENTION_LOCK } from '../worker/retention.ts';
import { House, type Person } from './house.ts';

const DAY_MS = 86_400_000;
const DAYS = 30;

describe('messages older than RETENTION_DAYS', () => {
  let house: House;
  let alice: Person;
  let bob: Person;
  let rooms: Parameters<typeof forgetOldMessages>[0];

  before(async () => {
    house = await House.open();
    const config = { ...house.config, RETENTION_DAYS: DAYS };
    rooms = { db: house.db, config, clock: { now: () => Date.now() }, log: openLog('silent', false) };
  });
  beforeEach(async () => {
    [alice, bob] = (await house.people(2)) as [Person, Person];
  });
  after(() => house.close());

  /** A conversation in which the message of each seq is so many days old. */
  const conversation = async (ages: readonly number[]): Promise<string> => {
    const id = await house.group([alice, bob]);
    const row = (age: number, i: number) => ({
      conversationId: id,
      seq: i + 1,
      id: newId(),
      senderId: alice.userId,
      deviceId: 'd1',
      clientMessageId: newId(),
      kind: 'text',
      text: `${i + 1}`,
      sentAt: new Date(Date.now() - age * DAY_MS),
    });
    await house.db.message.createMany({ data: ages.map(row) });
    await house.db.conversation.update({ where: { id }, data: { lastSeq: ages.length } });
    return id;
  };
  const history = async (id: string, query = ''): Promise<number[]> => {
    const { body } = await house.get(`/api/chat/conversations/${id}/messages?limit=200${query}`, bob);
    return (body as { items: MessageEvent[] }).items.map(({ seq }) => seq);
  };
  const upTo = (count: number, from = 1) => Array.from({ length: count }, (_, i) => from + i);
  const aged = (count: number, age: number) => Array.from({ length: count }, () => age);

  it('are deleted, however many, and the newer ones are not; seqs go on', async () => {
    const id = await conversation([...aged(130, 31), ...aged(20, 29)]);
    expect(await forgetOldMessages(rooms)).to.be.at.least(130);
    expect(await history(id)).to.deep.equal(upTo(20, 131));
    expect(await history(id, '&after=1')).to.deep.equal(upTo(20, 131));
    expect(await history(id, '&before=131')).to.deep.equal([]);
    const a = await house.stomp(alice);
    expect(await a.say({ conversation: id }, 'the next')).to.equal('receipt');
    const b = await house.stomp(bob);
    expect(await b.say({ conversation: id }, 'and one more')).to.equal('receipt');
    await until('the last to be stored', async () => (await history(id)).at(-1) === 152);
    expect(await forgetOldMessages(rooms)).to.equal(0);
  });

  it('leave no gap but at the beginning: what stands behind a newer one stays', async () => {
    const id = await conversation([40, 40, 10, 40, 10]);
    await forgetOldMessages(rooms);
    expect(await history(id)).to.deep.equal([3, 4, 5]);
  });

  it('may be all there were: the conversation is still listed, without a last message', async () => {
    for (const count of [3, 150]) {
      const id = await conversation(aged(count, 31));
      await forgetOldMessages(rooms);
      const { body } = await house.get(`/api/chat/conversations/${id}`, bob);
      const { lastSeq, lastMessage, unread } = body as Conversation;
      expect({ lastSeq, lastMessage, unread }).to.deep.equal({ lastSeq: count, lastMessage: null, unread: 0 });
    }
  });

  it('are not counted as unread', async () => {
    const id = await conversation([...aged(40, 31), ...aged(120, 1)]);
    const unread = async () => ((await house.get(`/api/chat/conversations/${id}`, bob)).body as Conversation).unread;
    expect(await unread()).to.equal(160);
    await forgetOldMessages(rooms);
    expect(await unread()).to.equal(120);
  });

  it('are found in every conversation, over more than a page of them', async () => {
    const ids = await Promise.all(upTo(30).map(() => conversation([31, 1])));
    await Promise.all(upTo(600).map(() => house.group([alice])));
    expect(await forgetOldMessages(rooms)).to.be.at.least(30);
    for (const id of ids) expect(await history(id)).to.deep.equal([2]);
  });

  it('are left to the other worker that is at it', async () => {
    const id = await conversation([31]);
    await house.db.$transaction(async (other) => {
      await other.$queryRawUnsafe(`SELECT pg_advisory_xact_lock(${RETENTION_LOCK})::text`);
      expect(await forgetOldMessages(rooms)).to.equal(0);
    });
    expect(await history(id)).to.deep.equal([1]);
    expect(await forgetOldMessages(rooms)).to.equal(1);
  });

  it('go by themselves where the setting says so, and else stay', async () => {
    const id = await conversation([31, 1]);
    await house.stop();
    const forgetful = await House.open({ RETENTION_DAYS: '30' });
    try {
      await until(
        'the old one is gone',
        async () => (await house.db.message.count({ where: { conversationId: id } })) === 1,
      );
    } finally {
      await forgetful.close();
      await house.start();
    }
  });
});
