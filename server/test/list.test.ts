// The list of conversations as each member arranges it for herself: pins, archive, mute, marks, drafts, clearing; the
// same on all of her devices, and nobody else's business.
import { expect } from 'chai';
import { directConversationId } from '../contract/conversation-id.ts';
import type { Event } from '../contract/events.ts';
import { limits } from '../contract/limits.ts';
import type { Conversation } from '../contract/rest.ts';
import { until } from '../lib/backoff.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';

const of = <T extends Event['type']>(peer: StompPeer, type: T) =>
  peer.events.filter((event): event is Extract<Event, { type: T }> => event.type === type);

describe('the list of conversations', () => {
  let house: House;
  let alice: Person;
  let bob: Person;
  let conversation: string;

  before(async () => {
    house = await House.open();
  });
  beforeEach(async () => {
    [alice, bob] = (await house.people(2)) as [Person, Person];
    conversation = directConversationId(alice.userId, bob.userId);
  });
  after(() => house.close());

  async function call(who: Person, method: string, path: string, body?: unknown) {
    const response = await fetch(`${house.url}/api/chat${path}`, {
      method,
      headers: { authorization: `Bearer ${await house.token(who)}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }
  const listOf = async (who: Person, query = ''): Promise<Conversation[]> =>
    (await call(who, 'GET', `/conversations${query}`)).body.items;
  const one = async (who: Person, id = conversation): Promise<Conversation> =>
    (await call(who, 'GET', `/conversations/${id}`)).body;
  const set = (who: Person, patch: object, id = conversation) =>
    call(who, 'PATCH', `/conversations/${id}/settings`, patch);
  const settings = async (who: Person, id = conversation) => (await one(who, id)).settings;

  /** Alice with two devices and Bob; of each peer the events that come. */
  async function threeDevices() {
    const [phone, desk, b] = await Promise.all([
      house.stomp(alice, { device: 'phone' }),
      house.stomp(alice, { device: 'desk' }),
      house.stomp(bob),
    ]);
    const says = async (text: string) => {
      const before = desk.messages.length;
      expect(await b.say({ conversation }, text)).to.equal('receipt');
      await until('the message', () => desk.messages.length > before);
    };
    return { phone, desk, b, says };
  }
  const nothingFor = (peer: StompPeer) =>
    expect(peer.events.filter(({ type }) => /^(conversation\.|draft|preferences)/.test(type))).to.deep.equal([]);

  it('has the pinned on top, in the order they are given, up to a bound', async () => {
    const ids: string[] = [];
    for (let i = 0; i < limits.pinnedConversations + 2; i++) ids.push(await house.group([alice, bob]));
    const [a, b, c] = ids as [string, string, string];
    expect((await set(alice, { pinned: true }, a)).body.pinned).to.equal(1);
    expect((await set(alice, { pinned: true }, b)).body.pinned).to.equal(2);
    expect((await set(alice, { pinned: true }, a)).body.pinned).to.equal(1);
    const order = async () => (await listOf(alice)).map(({ id }) => id);
    expect((await order()).slice(0, 2)).to.deep.equal([b, a]);
    const rest = (await order()).slice(2);
    // each page goes on where the one before ended, over the end of the pinned
    const paged: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await call(alice, 'GET', `/conversations?limit=1${cursor}`);
      paged.push(...body.items.map(({ id }: Conversation) => id));
      if (body.next === null) break;
      cursor = `&cursor=${encodeURIComponent(body.next)}`;
    }
    expect(paged).to.deep.equal([b, a, ...rest]);

    for (const id of ids.slice(2, limits.pinnedConversations)) await set(alice, { pinned: true }, id);
    const refused = await set(alice, { pinned: true }, ids.at(-1));
    expect([refused.status, refused.body.code]).to.deep.equal([409, 'too-many-pinned']);
    const ordered = await call(alice, 'PUT', '/pinned-conversations', { conversations: [c, a] });
    expect(ordered.status).to.equal(204);
    expect((await order()).slice(0, 2)).to.deep.equal([c, a]);
    expect((await settings(alice, b)).pinned).to.equal(null);
    const foreign = await call(alice, 'PUT', '/pinned-conversations', { conversations: [c, conversation] });
    expect(foreign.body.code).to.equal('no-such-conversation');
    const many = await call(alice, 'PUT', '/pinned-conversations', { conversations: ids });
    expect(many.body.code).to.equal('request-invalid');
    // bob arranges his own
    expect((await listOf(bob)).every(({ settings: { pinned } }) => pinned === null)).to.equal(true);
  });

  it('takes no more pins at once than one by one', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => house.group([alice])));
    const outcomes = await Promise.all(ids.map((id) => set(alice, { pinned: true }, id)));
    expect(outcomes.filter(({ status }) => status === 200).length).to.equal(limits.pinnedConversations);
    const pins = (await listOf(alice)).flatMap(({ settings: { pinned } }) => pinned ?? []);
    expect(pins).to.deep.equal([5, 4, 3, 2, 1]);
  });

  it('keeps what is archived apart, and tells one’s devices and nobody else', async () => {
    const { phone, desk, b, says } = await threeDevices();
    await says('one');
    await set(alice, { pinned: true });
    const changed = await set(alice, { archived: true });
    expect(changed.body).to.deep.equal({ pinned: null, archived: true, mutedUntil: null, markedUnread: false });
    for (const peer of [phone, desk]) {
      const told = await until('both changes', () => of(peer, 'conversation.settings')[1]);
      expect(told).to.deep.include({ conversation, settings: changed.body });
    }
    await set(alice, { archived: true });
    expect((await listOf(alice, '?archived=false')).length).to.equal(0);
    expect((await listOf(alice, '?archived=true')).length).to.equal(1);
    expect((await listOf(alice)).length).to.equal(1);
    expect((await listOf(bob, '?archived=true')).length).to.equal(0);
    // a message that comes leaves it there
    await says('two');
    expect((await settings(alice)).archived).to.equal(true);
    expect((await set(alice, { pinned: true })).body).to.deep.include({ pinned: 1, archived: false });
    await until('that it came back', () => of(desk, 'conversation.settings').length === 3);
    nothingFor(b);
    const both = await set(alice, { pinned: true, archived: true });
    expect([both.status, both.body.code]).to.deep.equal([400, 'request-invalid']);
  });

  it('lets a message end the archive for who wants that, unless it is muted', async () => {
    const { desk, says } = await threeDevices();
    await says('one');
    await set(alice, { archived: true });
    await says('two');
    const me = await call(alice, 'PATCH', '/me', { preferences: { keepArchived: false } });
    expect(me.body.preferences).to.deep.equal({ keepArchived: false });
    await until('the preference', () => of(desk, 'preferences').length === 1);
    expect((await settings(alice)).archived).to.equal(true);
    await says('three');
    expect((await settings(alice)).archived).to.equal(false);
    // that is over, whatever is preferred later
    await call(alice, 'PATCH', '/me', { preferences: { keepArchived: true } });
    expect((await settings(alice)).archived).to.equal(false);

    await call(alice, 'PATCH', '/me', { preferences: { keepArchived: false } });
    await set(alice, { archived: true, mutedUntil: 'forever' });
    await says('four');
    expect(await settings(alice)).to.deep.include({ archived: true, mutedUntil: 'forever' });
    await set(alice, { mutedUntil: null });
    expect((await settings(alice)).archived).to.equal(true);
    await says('five');
    expect((await settings(alice)).archived).to.equal(false);
  });

  it('is mute until then, and not any more after it', async () => {
    await house.group([alice]);
    const id = await house.group([alice, bob]);
    const at = new Date(Date.now() + 3_600_000).toISOString();
    expect((await set(alice, { mutedUntil: at.replace('Z', '+00:00') }, id)).body.mutedUntil).to.equal(at);
    expect((await settings(alice, id)).mutedUntil).to.equal(at);
    house.aheadMs = 3_600_001;
    try {
      expect((await settings(alice, id)).mutedUntil).to.equal(null);
    } finally {
      house.aheadMs = 0;
    }
    expect((await set(alice, { mutedUntil: '2001-01-01T00:00:00Z' }, id)).body.mutedUntil).to.equal(null);
    expect((await set(alice, { mutedUntil: 'tomorrow' }, id)).body.code).to.equal('request-invalid');
    expect((await set(alice, { mutedUntil: at }, conversation)).body.code).to.equal('no-such-conversation');
    const [carol] = (await house.people(1)) as [Person];
    expect((await set(carol, { pinned: true }, id)).body.code).to.equal('no-such-conversation');
  });

  it('marks as unread until it is read', async () => {
    const { phone, desk, says } = await threeDevices();
    await says('one');
    await phone.send({ conversation, read: 1 }, '/app/markers');
    await until('that it is read', async () => (await one(alice)).unread === 0);
    await set(alice, { markedUnread: true });
    expect((await one(alice)).unread).to.equal(0);
    await until('the mark', () => of(desk, 'conversation.settings').at(-1)?.settings.markedUnread);
    await set(alice, { markedUnread: false });
    expect((await settings(alice)).markedUnread).to.equal(false);
    await set(alice, { markedUnread: true });
    await says('two');
    expect(await one(alice)).to.deep.include({ unread: 1 });
    expect((await settings(alice)).markedUnread).to.equal(true);
    await desk.send({ conversation, read: 2 }, '/app/markers');
    await until('that it is read', async () => !(await settings(alice)).markedUnread);
    // and the other device has heard it
    await until('the marker', () => of(phone, 'marker').some(({ user, read }) => user === alice.userId && read === 2));
  });

  it('a cleared conversation begins later, for oneself and on all devices', async () => {
    const { phone, desk, b, says } = await threeDevices();
    for (const text of ['one', 'two', 'three']) await says(text);
    const historyOf = async (who: Person) =>
      (await call(who, 'GET', `/conversations/${conversation}/messages`)).body.items.map(
        ({ seq }: { seq: number }) => seq,
      );
    const partly = await call(alice, 'POST', `/conversations/${conversation}/clear`, { through: 2 });
    expect(partly.body).to.deep.equal({ conversation, seq: 2, deleted: false });
    expect(await historyOf(alice)).to.deep.equal([3]);
    expect(await one(alice)).to.deep.include({ unread: 1, historyAfter: 2 });
    await call(alice, 'POST', `/conversations/${conversation}/clear`, { through: 1 });
    expect(await historyOf(alice)).to.deep.equal([3]);
    await call(alice, 'POST', `/conversations/${conversation}/clear`, {});
    expect(await one(alice)).to.deep.include({ unread: 0, lastMessage: null, historyAfter: 3, lastSeq: 3 });
    expect(await historyOf(alice)).to.deep.equal([]);
    for (const peer of [phone, desk]) await until('that it was cleared', () => of(peer, 'conversation.cleared')[2]);
    expect(of(desk, 'conversation.cleared').map(({ seq }) => seq)).to.deep.equal([2, 2, 3]);
    // what is done to the cleared no longer concerns her
    const gone = b.messages[0] as { id: string };
    await b.send({ id: gone.id, text: 'uno' }, '/app/messages/edit');
    await says('four');
    expect(of(desk, 'message.edited')).to.deep.equal([]);
    expect(await historyOf(alice)).to.deep.equal([4]);
    expect((await listOf(alice))[0]?.lastMessage?.text).to.equal('four');

    expect(await historyOf(bob)).to.deep.equal([1, 2, 3, 4]);
    nothingFor(b);
    const beyond = await call(bob, 'POST', `/conversations/${conversation}/clear`, { through: 2_000_000_000 });
    expect(beyond.body.seq).to.equal(4);
    const [carol] = (await house.people(1)) as [Person];
    const refused = await call(carol, 'POST', `/conversations/${conversation}/clear`, {});
    expect(refused.body.code).to.equal('no-such-conversation');
  });

  it('a deleted one is off the list until something is said', async () => {
    const { desk, says } = await threeDevices();
    await says('one');
    await set(alice, { pinned: true, mutedUntil: 'forever' });
    await call(alice, 'PUT', `/conversations/${conversation}/draft`, { text: 'well' });
    const deleted = await call(alice, 'POST', `/conversations/${conversation}/delete`, {});
    expect(deleted.body).to.deep.equal({ conversation, seq: 1, deleted: true });
    await until('the event', () => of(desk, 'conversation.cleared')[0]?.deleted);
    expect(await listOf(alice)).to.deep.equal([]);
    expect((await listOf(bob)).length).to.equal(1);
    await says('two');
    const [back] = await listOf(alice);
    expect(back).to.deep.include({ unread: 1, historyAfter: 1, draft: null });
    expect(back?.settings).to.deep.include({ pinned: null, mutedUntil: 'forever' });
    // what came while one was deciding is not deleted
    await says('three');
    await call(alice, 'POST', `/conversations/${conversation}/delete`, { through: 2 });
    expect((await listOf(alice))[0]).to.deep.include({ unread: 1, historyAfter: 2 });
  });

  it('who has left a group can clear what she may still read, and comes back to nothing of it', async () => {
    const made = await call(alice, 'POST', '/conversations', { kind: 'group', title: 'g', members: [bob.userId] });
    const { id } = made.body;
    const b = await house.stomp(bob);
    await until('the system message', async () => (await one(bob, id)).lastSeq === 1);
    await b.say({ conversation: id }, 'said');
    await until('the message', () => b.messages.some(({ text }) => text === 'said'));
    const path = `/conversations/${id}/messages`;
    await call(bob, 'POST', `/conversations/${id}/clear`, { through: 1 });
    await call(bob, 'DELETE', `/conversations/${id}`);
    const seqs = async () => (await call(bob, 'GET', path)).body.items.map(({ seq }: { seq: number }) => seq);
    expect(await seqs()).to.deep.equal([2, 3]);
    const { body } = await call(bob, 'POST', `/conversations/${id}/clear`, {});
    expect(body).to.deep.equal({ conversation: id, seq: 3, deleted: false });
    expect(await seqs()).to.deep.equal([]);
    await call(alice, 'POST', `/conversations/${id}/members`, { members: [bob.userId] });
    expect(await seqs()).to.deep.equal([4]);
  });

  it('shows a draft on all devices, the one written last', async () => {
    const { phone, desk, b, says } = await threeDevices();
    const put = (draft: object, who = alice, id = conversation) =>
      call(who, 'PUT', `/conversations/${id}/draft`, draft);
    const began = Date.now() - 10_000;
    const at = (ms: number) => new Date(began + ms).toISOString();
    // before anything was said, too
    await put({ text: 'first', writtenAt: at(0) });
    expect((await one(alice)).draft?.text).to.equal('first');
    await says('hello');
    const second = { text: 'second', replyTo: desk.messages[0]?.id, writtenAt: at(20) };
    expect((await put(second)).body).to.deep.equal(second);
    // an older one of a device that was away comes late
    expect((await put({ text: 'older', writtenAt: at(10) })).body).to.deep.equal(second);
    expect((await listOf(alice))[0]?.draft).to.deep.equal(second);
    for (const peer of [phone, desk]) {
      await until('both drafts', () => of(peer, 'draft').length === 2);
      expect(of(peer, 'draft').map(({ text }) => text)).to.deep.equal(['first', 'second']);
    }
    expect((await put({ text: '' })).body).to.deep.include({ text: '' });
    expect((await listOf(alice))[0]?.draft).to.equal(null);
    await put({ text: 'late', writtenAt: at(30) });
    expect((await one(alice)).draft).to.equal(null);
    // a clock that is ahead does not shut out the others
    await put({ text: 'ahead', writtenAt: at(3_600_000) });
    expect((await put({ text: 'now' })).body.text).to.equal('now');
    expect((await listOf(bob))[0]?.draft).to.equal(null);
    nothingFor(b);

    expect((await put({ text: 'é'.repeat(limits.draftBytes / 2 + 1) })).body.code).to.equal('request-invalid');
    const [carol] = (await house.people(1)) as [Person];
    expect((await put({ text: 'x' }, carol)).body.code).to.equal('no-such-conversation');
    const stranger = directConversationId(carol.userId, alice.userId);
    expect((await put({ text: 'x' }, carol, stranger)).body.code).to.equal('not-a-contact');
  });

  it('a device that was away hears of all of it when it is back', async () => {
    const { phone, says } = await threeDevices();
    await says('one');
    await phone.close();
    await set(alice, { archived: true, mutedUntil: 'forever' });
    await call(alice, 'PUT', `/conversations/${conversation}/draft`, { text: 'well' });
    await call(alice, 'POST', `/conversations/${conversation}/clear`, {});
    const back = await house.stomp(alice, { device: 'phone' });
    await until('what was changed', () => of(back, 'conversation.cleared').length === 1);
    expect(of(back, 'conversation.settings')[0]?.settings).to.deep.include({ archived: true, mutedUntil: 'forever' });
    expect(of(back, 'draft')[0]?.text).to.equal('well');
  });
});
