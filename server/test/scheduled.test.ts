// Messages that are sent later: to everybody's devices when their time comes, once, by the rules of that moment.
import { expect } from 'chai';
import { directConversationId } from '../contract/conversation-id.ts';
import type { MessageEvent } from '../contract/events.ts';
import type { ScheduledEvent, ScheduledMessage } from '../contract/scheduled.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { eraseAccount } from '../chat/erasure.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';

const LATER_MS = 300_000;
const DAY_MS = 86_400_000;

describe('a scheduled message', () => {
  let house: House;
  let alice: Person;
  let bob: Person;
  let conversation: string;

  before(async () => {
    house = await House.open({ SCHEDULED_MS: '50', SCHEDULED_PER_USER: '4', SCHEDULED_DAYS: '30' });
  });
  beforeEach(async () => {
    house.aheadMs = 0;
    // strangers, but for the contact that they are
    [alice, bob] = [...(await house.people(1)), ...(await house.people(1))] as [Person, Person];
    await house.db.contact.create({ data: { fromId: alice.userId, toId: bob.userId, state: 'accepted' } });
    conversation = directConversationId(alice.userId, bob.userId);
  });
  after(() => house.close());

  const path = '/api/chat/scheduled';
  const inMs = (ms: number) => new Date(Date.now() + house.aheadMs + ms).toISOString();
  const draftOf = (more: object = {}) => ({
    clientMessageId: newId(),
    to: { user: bob.userId },
    kind: 'text',
    text: 'later',
    sendAt: inMs(LATER_MS),
    ...more,
  });
  const post = (draft: object, who = alice) => house.call(who, 'POST', path, draft);
  const made = async (more: object = {}): Promise<ScheduledMessage> => {
    const { status, body } = await post(draftOf(more));
    expect([status, body]).to.deep.include.members([201]);
    return body as ScheduledMessage;
  };
  const patch = (id: string, body: object, who = alice) => house.call(who, 'PATCH', `${path}/${id}`, body);
  const listed = async (who = alice, query = '') =>
    (await house.get(path + query, who)).body as { items: ScheduledMessage[]; next: string | null };
  const history = async (): Promise<MessageEvent[]> =>
    ((await house.get(`/api/chat/conversations/${conversation}/messages`, bob)).body as { items: MessageEvent[] })
      .items ?? [];
  const told = (peer: StompPeer) =>
    peer.events
      .filter((event): event is ScheduledEvent => event.type === 'scheduled')
      .map(({ id, change, scheduled }) => ({ id, change, ...(scheduled && { scheduled }) }));
  const codeOf = ({ status, body }: { status: number; body: unknown }) => [status, (body as { code: string }).code];
  const gone = () =>
    until('that none is left', async () => (await house.db.scheduled.count({ where: { userId: alice.userId } })) === 0);

  it('is sent when it is due, to devices here and away, and its author is told', async () => {
    const [a, a2, b] = await Promise.all([house.stomp(alice), house.stomp(alice, { device: 'd2' }), house.stomp(bob)]);
    await (await house.stomp(bob, { device: 'd2' })).close();
    const one = await made({ mentions: [bob.userId, 'nobody'] });
    expect(one).to.include({ conversation, kind: 'text', text: 'later', failed: null });
    for (const peer of [a, a2]) {
      await until('that it is told', () => told(peer).length === 1);
      expect(told(peer)).to.deep.equal([{ id: one.id, change: 'made', scheduled: one }]);
    }
    expect((await listed()).items).to.deep.equal([one]);
    expect(await history()).to.deep.equal([]);
    const { body } = await patch(one.id, { sendAt: inMs(1000) });
    const message = await until('the message', () => b.messages[0]);
    expect(message).to.include({ id: one.id, conversation, seq: 1, sender: alice.userId, text: 'later' });
    expect(message).to.deep.include({ clientMessageId: one.clientMessageId, mentions: [bob.userId] });
    expect(Date.parse(message.sentAt)).to.be.at.least(Date.parse((body as ScheduledMessage).sendAt));
    const back = await house.stomp(bob, { device: 'd2' });
    for (const peer of [a, a2, back]) {
      expect(await until('the message', () => peer.messages[0])).to.deep.equal(message);
    }
    await until('that it is told', () => told(a).length === 3 && told(a2).length === 3);
    expect(told(a)[2]).to.deep.equal({ id: one.id, change: 'sent' });
    await gone();
    expect(told(b)).to.deep.equal([]);
    // said again, now that it is sent, it is the same message
    await made({ clientMessageId: one.clientMessageId });
    house.aheadMs = LATER_MS + 1000;
    await gone();
    expect(await history()).to.deep.equal([message]);
  });

  it('is sent once, whatever stops around its time', async () => {
    const one = await made();
    const row = await house.db.scheduled.findUniqueOrThrow({ where: { id: one.id } });
    await house.stop();
    house.aheadMs = LATER_MS + 1000;
    await house.start();
    await gone();
    await until('the message', async () => (await history()).length === 1);
    await house.stop();
    // as a worker leaves it that dies after the broker has taken it, the sender having been blocked since
    const { content, failed: _failed, ...rest } = row;
    await house.db.scheduled.create({
      data: { ...rest, content: content as object, leaving: true, dueAt: new Date(Date.now() + house.aheadMs) },
    });
    await house.db.block.create({ data: { userId: bob.userId, blockedId: alice.userId } });
    await house.start();
    await gone();
    await house.db.block.deleteMany({ where: { userId: bob.userId } });
    await house.stop();
    await house.db.scheduled.create({
      data: { ...rest, content: content as object, leaving: true, dueAt: new Date(Date.now() + house.aheadMs) },
    });
    await house.start();
    await gone();
    expect((await history()).map(({ id, seq }) => [id, seq])).to.deep.equal([[one.id, 1]]);
  });

  it('is changed and removed until then, and her devices are told', async () => {
    const a = await house.stomp(alice);
    const [one, two] = [await made(), await made({ text: 'never' })];
    const changed = await patch(one.id, { text: 'better', sendAt: inMs(2 * LATER_MS) });
    expect(changed.status).to.equal(200);
    expect(changed.body).to.include({ id: one.id, text: 'better' });
    expect((await house.call(alice, 'DELETE', `${path}/${two.id}`)).status).to.equal(204);
    await until('all', () => told(a).length === 4);
    expect(told(a).slice(2)).to.deep.equal([
      { id: one.id, change: 'changed', scheduled: changed.body },
      { id: two.id, change: 'removed' },
    ]);
    house.aheadMs = LATER_MS + 1000;
    const three = await made({ text: 'first', sendAt: inMs(60_000) });
    house.aheadMs += 2 * LATER_MS;
    await gone();
    await until('both', async () => (await history()).length === 2);
    expect((await history()).map(({ id, text }) => [id, text])).to.deep.equal([
      [three.id, 'first'],
      [one.id, 'better'],
    ]);
  });

  it('is refused where it is wrong, by whom it is not, and beyond the limit', async () => {
    const invalid = [{ sendAt: undefined }, { sendAt: 'tomorrow' }, { text: '' }, { kind: 'song' }, { to: {} }];
    for (const more of [...invalid, { kind: 'image', media: { id: 3 } }, { text: 'a\0b' }]) {
      expect(codeOf(await post(draftOf(more))), JSON.stringify(more)).to.deep.equal([400, 'request-invalid']);
    }
    expect(
      codeOf(await post(draftOf({ kind: 'location', media: { latitude: 1, longitude: 1, name: '\ud800' } }))),
    ).to.deep.equal([400, 'request-invalid']);
    for (const ms of [-1000, 31 * DAY_MS]) {
      expect(codeOf(await post(draftOf({ sendAt: inMs(ms) })))).to.deep.equal([422, 'send-time-wrong']);
    }
    const [stranger] = (await house.people(1)) as [Person];
    expect(codeOf(await post(draftOf({ to: { user: stranger.userId } })))).to.deep.equal([403, 'not-a-contact']);
    expect(codeOf(await post(draftOf({ to: { conversation: 'x' } })))).to.deep.equal([404, 'no-such-conversation']);
    expect(codeOf(await post(draftOf({ replyTo: 'x' })))).to.deep.equal([404, 'no-such-message']);
    expect(codeOf(await post(draftOf({ kind: 'image', media: { id: 'x' } })))).to.deep.equal([404, 'no-such-media']);
    expect((await house.get(path, stranger)).body).to.deep.equal({ items: [], next: null });

    const draft = draftOf({ sendAt: inMs(2 * LATER_MS) });
    // at once, one of them twice
    const drafts = [draft, draft, ...[4, 1, 3, 5, 6].map((times) => draftOf({ sendAt: inMs(times * LATER_MS) }))];
    const answers = await Promise.all(drafts.map((one) => post(one)));
    expect(answers[0]?.body).to.deep.equal(answers[1]?.body);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.map(codeOf)).to.deep.equal([
      [409, 'too-many'],
      [409, 'too-many'],
    ]);
    const all = await listed();
    expect(all.items).to.have.length(4);
    expect(all.items.map(({ sendAt }) => sendAt)).to.deep.equal(all.items.map(({ sendAt }) => sendAt).toSorted());
    const first = await listed(alice, '?limit=3');
    const second = await listed(alice, `?limit=3&cursor=${first.next}`);
    expect([...first.items, ...second.items]).to.deep.equal(all.items);
    expect(second.next).to.equal(null);
    expect(codeOf(await house.get(`${path}?cursor=x`, alice))).to.deep.equal([400, 'request-invalid']);

    const { id } = all.items[0] as ScheduledMessage;
    for (const body of [{}, { kind: 'image' }, { text: '' }, { media: 3, text: 'a\0' }]) {
      expect(codeOf(await patch(id, body)), JSON.stringify(body)).to.deep.equal([400, 'request-invalid']);
    }
    expect(codeOf(await patch(id, { sendAt: inMs(-1000) }))).to.deep.equal([422, 'send-time-wrong']);
    expect(codeOf(await patch(id, { text: 'x' }, bob))).to.deep.equal([404, 'no-such-scheduled']);
    expect(codeOf(await house.call(bob, 'DELETE', `${path}/${id}`))).to.deep.equal([404, 'no-such-scheduled']);
    await house.db.scheduled.update({ where: { id }, data: { leaving: true } });
    expect(codeOf(await patch(id, { text: 'x' }))).to.deep.equal([409, 'conflict']);
    expect(codeOf(await house.call(alice, 'DELETE', `${path}/${id}`))).to.deep.equal([409, 'conflict']);
    await house.db.scheduled.deleteMany({ where: { userId: alice.userId } });
  });

  it('waits for another try where it could not be sent, and says why', async () => {
    await (await house.stomp(alice)).close();
    const one = await made();
    expect((await house.call(bob, 'DELETE', `/api/chat/contacts/${alice.userId}`)).status).to.equal(204);
    house.aheadMs = LATER_MS + 1000;
    const [a, b] = await Promise.all([house.stomp(alice), house.stomp(bob)]);
    const failure = await until('that it failed', () => told(a).find(({ change }) => change === 'failed'));
    expect(failure.scheduled?.failed).to.include({ code: 'not-a-contact' });
    const isKept = async () => (await listed()).items[0]?.failed && (await listed()).items;
    expect(await until('the row', isKept)).to.deep.equal([failure.scheduled]);
    expect(b.messages).to.deep.equal([]);
    await house.db.contact.create({ data: { fromId: alice.userId, toId: bob.userId, state: 'accepted' } });
    expect(codeOf(await patch(one.id, { text: 'again' }))).to.deep.equal([422, 'send-time-wrong']);
    expect((await patch(one.id, { sendAt: inMs(LATER_MS) })).body).to.include({ failed: null });
    house.aheadMs += LATER_MS + 1000;
    const back = await house.stomp(bob);
    expect((await until('the message', () => back.messages[0])).id).to.equal(one.id);
    await gone();
  });

  it('shows a file that is kept for it, or fails where it is withdrawn', async () => {
    const [kept, withdrawn] = [await house.picture(alice), await house.picture(alice)];
    await made({ kind: 'image', text: undefined, media: { id: kept }, sendAt: inMs(20 * DAY_MS) });
    await made({ kind: 'image', text: undefined, media: { id: withdrawn }, sendAt: inMs(20 * DAY_MS) });
    const { keptUntil } = await house.db.media.findUniqueOrThrow({ where: { id: kept } });
    expect(keptUntil.getTime()).to.be.above(Date.now() + 20 * DAY_MS);
    await house.db.media.update({ where: { id: withdrawn }, data: { goneAt: new Date() } });
    house.aheadMs = 20 * DAY_MS + 1000;
    const b = await house.stomp(bob);
    const message = await until('the message', () => b.messages[0]);
    expect((message.media as { id: string }[])[0]).to.include({ id: kept, type: 'image/png' });
    const isFailed = async () => (await listed()).items.map(({ failed }) => failed?.code).join() === 'no-such-media';
    await until('that the other failed', isFailed);
    expect(b.messages).to.have.length(1);
  });

  it('is not sent for an author who is locked, and goes with her account', async () => {
    const one = await made();
    await house.db.user.update({ where: { id: alice.userId }, data: { disabledAt: new Date() } });
    house.aheadMs = LATER_MS + 1000;
    const rowOf = () => house.db.scheduled.findUnique({ where: { id: one.id } });
    const row = await until('that it failed', async () => ((await rowOf())?.failed ? rowOf() : undefined));
    expect(row.failed).to.include({ code: 'not-allowed' });
    const { db, config } = house;
    const nothing = async () => {};
    const broker = { publishEvents: nothing, changes: { publish: nothing }, deviceQueues: { delete: nothing } };
    const revocations = { revoke: nothing };
    await eraseAccount({ db, config, broker, revocations, clock: Date, log: {} } as never, alice.userId);
    expect(await rowOf()).to.equal(null);
    expect(await history()).to.deep.equal([]);
  });
});
