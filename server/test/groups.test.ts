// Groups, in the whole house: what their members change, who may, and what everybody is told, sees and keeps.
import { expect } from 'chai';
import type { Code } from '../contract/errors.ts';
import { codes } from '../contract/errors.ts';
import type { Event, MessageEvent } from '../contract/events.ts';
import type { SystemContent } from '../contract/group.ts';
import type { Conversation } from '../contract/rest.ts';
import { directConversationId } from '../contract/conversation-id.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';

describe('a group', () => {
  let house: House;
  let ann: Person;
  let ben: Person;
  let cat: Person;
  let dan: Person;
  let eve: Person;

  before(async () => {
    house = await House.open({ GROUP_LIMIT: '12' });
  });
  after(() => house.close());
  beforeEach(async () => {
    [ann, ben, cat, dan] = (await house.people(4)) as [Person, Person, Person, Person];
    [eve] = (await house.people(1)) as [Person];
  });

  async function call(person: Person, method: string, path: string, body?: unknown) {
    const response = await fetch(`${house.url}/api/chat${path}`, {
      method,
      headers: { authorization: `Bearer ${await house.token(person)}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  async function make(owner: Person, ...others: Person[]): Promise<string> {
    const members = others.map(({ userId }) => userId);
    const { status, body } = await call(owner, 'POST', '/conversations', { kind: 'group', title: 'We', members });
    expect(status).to.equal(201);
    const id = (body as Conversation).id;
    await until('its first system message', async () => (await see(owner, id)).lastSeq === 1);
    return id;
  }
  const see = async (person: Person, id: string) =>
    (await call(person, 'GET', `/conversations/${id}`)).body as Conversation;
  const rolesIn = async (person: Person, id: string) =>
    Object.fromEntries((await see(person, id)).members.map(({ user, role }) => [user.id, role]));
  const history = async (person: Person, id: string, query = ''): Promise<MessageEvent[]> => {
    const { status, body } = await call(person, 'GET', `/conversations/${id}/messages?limit=200${query}`);
    expect(status, JSON.stringify(body)).to.equal(200);
    return (body as { items: MessageEvent[] }).items;
  };
  /** What was said in a history, or by a group's system messages. */
  const said = (events: readonly Event[]) =>
    events.flatMap((event) =>
      event.type === 'message' ? [event.kind === 'system' ? (event.media as SystemContent) : event.text] : [],
    );
  async function refused(
    person: Person,
    code: Code,
    ...[method, path, body]: [method: string, path: string, body?: unknown]
  ): Promise<void> {
    const answer = await call(person, method, path, body);
    expect(answer.body, `${method} ${path}`).to.include({ code, status: codes[code].status });
    expect(answer.status).to.equal(codes[code].status);
  }
  const done = async (person: Person, method: string, path: string, body?: unknown) => {
    const answer = await call(person, method, path, body);
    expect(answer.status, JSON.stringify(answer.body)).to.be.oneOf([200, 204]);
    return answer.body as Conversation;
  };
  async function say(peer: StompPeer, conversation: string, text: string): Promise<void> {
    expect(await peer.say({ conversation }, text)).to.equal('receipt');
  }
  const heard = (peer: StompPeer, what: string, times = 1) =>
    until(`${what} at a device`, () => said(peer.events).filter((one) => one === what).length === times);
  const ordered = (peer: StompPeer) => {
    const seqs = peer.messages.map(({ seq }) => seq);
    expect(seqs).to.deep.equal(seqs.toSorted((a, b) => a - b));
  };

  it('tells every device of each change, by a message in its history and an event, those away too', async () => {
    const phone = await house.stomp(ben);
    const tablet = await house.stomp(ben, { device: 'd2' });
    const away = await house.stomp(cat);
    await away.close();
    const id = await make(ann, ben, cat);
    const path = `/conversations/${id}`;
    const picture = await house.picture(ann);
    const patched = await done(ann, 'PATCH', path, {
      title: 'Us',
      picture,
      description: 'all of us',
      posting: 'admins',
      history: 'all',
    });
    expect(patched).to.include({ title: 'Us', picture, description: 'all of us', posting: 'admins' });
    expect(patched).to.include({ history: 'all', lastSeq: 6 });
    await done(ann, 'PATCH', path, { title: 'Us' });
    await done(ann, 'PATCH', `${path}/members/${ben.userId}`, { role: 'admin' });
    await done(ben, 'POST', `${path}/members`, { members: [dan.userId] });
    await done(ben, 'DELETE', `${path}/members/${dan.userId}`);

    const contents: SystemContent[] = [
      { change: 'made', title: 'We' },
      { change: 'renamed', title: 'Us' },
      { change: 'picture', picture },
      { change: 'description', description: 'all of us' },
      { change: 'posting', posting: 'admins' },
      { change: 'history', history: 'all' },
      { change: 'role', users: [ben.userId], role: 'admin' },
      { change: 'joined', users: [dan.userId] },
      { change: 'removed', users: [dan.userId] },
    ];
    const changes = ['made', 'renamed', 'picture', 'description', 'posting', 'history', 'role', 'joined', 'removed'];
    const back = await house.stomp(cat);
    for (const peer of [phone, tablet, back]) {
      await until('all of it', () => said(peer.events).length === contents.length);
      expect(said(peer.events)).to.deep.equal(contents);
      const told = await until('the events', () => {
        const events = peer.events.filter(({ type }) => type === 'conversation' || type === 'member');
        return events.length === changes.length && events;
      });
      expect(told.map((event) => 'change' in event && event.change)).to.deep.equal(changes);
      ordered(peer);
    }
    const messages = await history(cat, id);
    expect(said(messages)).to.deep.equal(contents);
    expect(messages.map(({ seq }) => seq)).to.deep.equal(contents.map((_, i) => i + 1));
    // nobody has anything to read of it
    expect((await see(cat, id)).unread).to.equal(0);
  });

  it('is shown to who joins from then on, or as a whole where it says so', async () => {
    const id = await make(ann, ben);
    const a = await house.stomp(ann);
    const d = await house.stomp(dan);
    await say(a, id, 'before');
    await done(ann, 'POST', `/conversations/${id}/members`, { members: [dan.userId] });
    await say(a, id, 'after');
    await heard(d, 'after');
    const joined: SystemContent = { change: 'joined', users: [dan.userId] };
    expect(said(d.events)).to.deep.equal([joined, 'after']);
    expect(said(await history(dan, id))).to.deep.equal([joined, 'after']);
    expect(said(await history(dan, id, '&after=0'))).to.deep.equal([joined, 'after']);
    expect(await history(dan, id, '&before=3')).to.deep.equal([]);
    expect((await see(dan, id)).unread).to.equal(1);
    expect((await see(dan, id)).lastMessage).to.include({ text: 'after' });

    await done(ann, 'PATCH', `/conversations/${id}`, { history: 'all' });
    await done(ann, 'POST', `/conversations/${id}/members`, { members: [cat.userId] });
    expect(said(await history(cat, id)).slice(0, 2)).to.deep.equal([{ change: 'made', title: 'We' }, 'before']);
    // what was said before she came is no news
    expect((await see(cat, id)).unread).to.equal(0);
    // who comes again has been there already: she reads nothing twice
    await done(cat, 'DELETE', `/conversations/${id}`);
    await done(ann, 'POST', `/conversations/${id}/members`, { members: [cat.userId] });
    for (const query of ['', '&after=0', '&before=100']) {
      const seqs = (await history(cat, id, query)).map(({ seq }) => seq);
      expect(seqs, query).to.deep.equal(Array.from({ length: (await see(cat, id)).lastSeq }, (_, i) => i + 1));
    }
  });

  it('sends nothing to who has left, who reads what was sent until then, and in her next time again', async () => {
    const id = await make(ann, ben, cat);
    const a = await house.stomp(ann);
    const b = await house.stomp(ben);
    await say(a, id, 'one');
    await heard(b, 'one');
    await say(b, id, 'mine');
    await done(ben, 'DELETE', `/conversations/${id}`);
    await until('the event', () => b.events.some((event) => event.type === 'member' && event.change === 'left'));
    await say(a, id, 'two');
    await heard(a, 'two');
    expect(await b.say({ conversation: id }, 'no')).to.include({ code: 'no-such-conversation' });
    expect(await b.send({ conversation: id, read: 5 }, '/app/markers')).to.include({ code: 'no-such-conversation' });
    const left: SystemContent = { change: 'left', users: [ben.userId] };
    expect(said(await history(ben, id))).to.deep.equal([{ change: 'made', title: 'We' }, 'one', 'mine', left]);
    expect(await history(ben, id, '&after=4')).to.deep.equal([]);
    await refused(ben, 'no-such-conversation', 'GET', `/conversations/${id}`);
    // whose messages are read is not told to who is no longer there
    const markers = () => b.events.filter(({ type }) => type === 'marker').length;
    const before = markers();
    expect(await a.send({ conversation: id, read: 5 }, '/app/markers')).to.equal('receipt');
    await until('the marker', () => a.events.some((event) => event.type === 'marker' && event.read === 5));

    await done(ann, 'POST', `/conversations/${id}/members`, { members: [ben.userId] });
    await say(a, id, 'three');
    await heard(b, 'three');
    expect(said(b.events)).to.not.include('two');
    expect(markers()).to.equal(before);
    expect(said(await history(ben, id))).to.deep.equal([
      { change: 'made', title: 'We' },
      'one',
      'mine',
      left,
      { change: 'joined', users: [ben.userId] },
      'three',
    ]);
    expect((await see(ben, id)).unread).to.equal(1);
    ordered(b);
  });

  it('tells who comes later nothing that was said before, though its sender repeats it after a restart', async () => {
    const id = await make(ann, ben);
    const clientMessageId = newId();
    const a = await house.stomp(ann);
    expect(await a.say({ conversation: id }, 'before', clientMessageId)).to.equal('receipt');
    await heard(a, 'before');
    await a.close();
    await done(ann, 'POST', `/conversations/${id}/members`, { members: [cat.userId] });
    // what was told is forgotten, so a repeat is told again
    await house.stop();
    await house.start();
    const [again, b, c] = [await house.stomp(ann), await house.stomp(ben), await house.stomp(cat)];
    expect(await again.say({ conversation: id }, 'before', clientMessageId)).to.equal('receipt');
    await say(again, id, 'after');
    await heard(c, 'after');
    await heard(b, 'after');
    expect(said(b.events)).to.include('before');
    expect(said(c.events)).to.not.include('before');
  });

  it('does not let a removed member in again, though she was writing', async () => {
    const id = await make(ann, ben);
    const b = await house.stomp(ben);
    await say(b, id, 'here');
    await done(ann, 'DELETE', `/conversations/${id}/members/${ben.userId}`);
    const gone = await until('the event', () => b.events.find(({ type }) => type === 'member'));
    expect(gone).to.include({ change: 'removed', user: ben.userId, by: ann.userId });
    const refusal = await until('a refusal', async () => {
      const outcome = await b.say({ conversation: id }, 'late');
      return outcome !== 'receipt' && outcome;
    });
    expect(refusal).to.include({ code: 'no-such-conversation' });
  });

  it('is written in by its admins alone where it says so; markers move all the same', async () => {
    const id = await make(ann, ben, cat);
    await done(ann, 'PATCH', `/conversations/${id}/members/${cat.userId}`, { role: 'admin' });
    const [a, b, c] = await Promise.all([house.stomp(ann), house.stomp(ben), house.stomp(cat)]);
    await say(b, id, 'still');
    await done(ann, 'PATCH', `/conversations/${id}`, { posting: 'admins' });
    const refusal = await until('a refusal', async () => {
      const outcome = await b.say({ conversation: id }, 'no');
      return outcome !== 'receipt' && outcome;
    });
    expect(refusal).to.include({ code: 'only-admins-post' });
    expect(await b.send({ conversation: id, read: 2 }, '/app/markers')).to.equal('receipt');
    expect(await b.say({ conversation: id }, 'no')).to.include({ code: 'only-admins-post' });
    await say(c, id, 'an admin');
    await say(a, id, 'the owner');
    await done(ann, 'PATCH', `/conversations/${id}`, { posting: 'all' });
    await until('a receipt', async () => (await b.say({ conversation: id }, 'again')) === 'receipt');
  });

  it('has an owner: one who gives it away becomes an admin, one who leaves is followed', async () => {
    const id = await make(ann, ben, cat, dan);
    const path = `/conversations/${id}`;
    await done(ann, 'PATCH', `${path}/members/${ben.userId}`, { role: 'owner' });
    const { userId } = ann;
    expect(await rolesIn(ann, id)).to.include({ [userId]: 'admin', [ben.userId]: 'owner', [cat.userId]: 'member' });
    await done(ann, 'DELETE', `${path}/members/${userId}`);
    await done(ben, 'PATCH', `${path}/members/${dan.userId}`, { role: 'admin' });
    await done(ben, 'DELETE', path);
    expect(await rolesIn(cat, id)).to.deep.equal({ [dan.userId]: 'owner', [cat.userId]: 'member' });
    await done(dan, 'DELETE', path);
    expect(await rolesIn(cat, id)).to.deep.equal({ [cat.userId]: 'owner' });
    await done(cat, 'DELETE', path);
    expect(said(await history(cat, id)).at(-1)).to.deep.equal({ change: 'left', users: [cat.userId] });
    await refused(cat, 'no-such-conversation', 'POST', `${path}/members`, { members: [ann.userId] });
  });

  it('is dissolved by its owner: nobody is a member any more, and all read what they could', async () => {
    const id = await make(ann, ben);
    const b = await house.stomp(ben);
    await say(b, id, 'something');
    await refused(ben, 'group-role-missing', 'POST', `/conversations/${id}/dissolve`);
    await done(ann, 'POST', `/conversations/${id}/dissolve`);
    await until('the event', () =>
      b.events.some((event) => event.type === 'conversation' && event.change === 'dissolved'),
    );
    expect(said(b.events)).to.deep.include({ change: 'dissolved' });
    for (const one of [ann, ben]) {
      expect(said(await history(one, id)).slice(1)).to.deep.equal(['something', { change: 'dissolved' }]);
      const { body } = await call(one, 'GET', '/conversations');
      expect((body as { items: Conversation[] }).items).to.deep.equal([]);
    }
    await refused(ann, 'no-such-conversation', 'POST', `/conversations/${id}/members`, { members: [ben.userId] });
  });

  it('refuses what a role does not permit, and what makes no sense', async () => {
    const id = await make(ann, ben, cat, dan);
    const path = `/conversations/${id}`;
    await done(ann, 'PATCH', `${path}/members/${ben.userId}`, { role: 'admin' });
    await done(ann, 'PATCH', `${path}/members/${cat.userId}`, { role: 'admin' });
    const before = await history(ann, id);
    // a member
    await refused(dan, 'group-role-missing', 'PATCH', path, { title: 'no' });
    await refused(dan, 'group-role-missing', 'POST', `${path}/members`, { members: [ann.userId] });
    await refused(dan, 'group-role-missing', 'DELETE', `${path}/members/${ben.userId}`);
    await refused(dan, 'group-role-missing', 'PATCH', `${path}/members/${dan.userId}`, { role: 'admin' });
    // an admin
    await refused(ben, 'group-role-missing', 'DELETE', `${path}/members/${ann.userId}`);
    await refused(ben, 'group-role-missing', 'DELETE', `${path}/members/${cat.userId}`);
    await refused(ben, 'group-role-missing', 'PATCH', `${path}/members/${dan.userId}`, { role: 'admin' });
    await refused(ben, 'group-role-missing', 'POST', `${path}/dissolve`);
    // the owner
    await refused(ann, 'request-invalid', 'PATCH', `${path}/members/${ann.userId}`, { role: 'member' });
    await refused(ann, 'no-such-member', 'DELETE', `${path}/members/${eve.userId}`);
    await refused(ann, 'no-such-member', 'PATCH', `${path}/members/${eve.userId}`, { role: 'admin' });
    await refused(ann, 'not-a-contact', 'POST', `${path}/members`, { members: [eve.userId] });
    await refused(ann, 'no-such-user', 'POST', `${path}/members`, { members: [newId()] });
    await refused(ann, 'request-invalid', 'PATCH', path, { title: ' ' });
    await refused(ann, 'request-invalid', 'PATCH', path, { lastSeq: 1 });
    await refused(ann, 'request-invalid', 'PATCH', path, { posting: 'nobody' });
    // a stranger, and what is no group
    for (const [method, rest, body] of [
      ['PATCH', '', { title: 'no' }],
      ['DELETE', ''],
      ['POST', '/dissolve'],
      ['POST', '/members', { members: [ann.userId] }],
      ['DELETE', `/members/${ann.userId}`],
      ['PATCH', `/members/${ann.userId}`, { role: 'member' }],
      ['GET', '/messages'],
    ] as const) {
      await refused(eve, 'no-such-conversation', method, path + rest, body);
      if (method === 'GET') continue;
      const direct = `/conversations/${directConversationId(ann.userId, ben.userId)}${rest}`;
      await refused(ann, 'not-a-group', method, direct, body);
      await refused(eve, 'no-such-conversation', method, direct, body);
    }
    const d = await house.stomp(dan);
    const fake = { clientMessageId: newId(), to: { conversation: id }, kind: 'system', media: { change: 'dissolved' } };
    expect(await d.send(fake)).to.include({ code: 'unknown-kind' });
    expect(await history(ann, id)).to.deep.equal(before);
  });

  it('has no more members than GROUP_LIMIT, however many are added at once', async () => {
    const people = await house.people(18);
    const owner = people[0] as Person;
    const id = await make(owner, people[1] as Person);
    await done(owner, 'PATCH', `/conversations/${id}/members/${people[1]?.userId}`, { role: 'admin' });
    const outcomes = await Promise.all(
      people
        .slice(2)
        .map(({ userId }, i) =>
          call(people[i % 2] as Person, 'POST', `/conversations/${id}/members`, { members: [userId] }),
        ),
    );
    expect(outcomes.filter(({ status }) => status === 200)).to.have.length(10);
    const others = outcomes.filter(({ status }) => status !== 200);
    expect(others.map(({ body }) => (body as { code: string }).code)).to.deep.equal(others.map(() => 'group-full'));
    expect((await see(owner, id)).members).to.have.length(12);
    // all or none
    await done(owner, 'DELETE', `/conversations/${id}/members/${people[1]?.userId}`);
    const two = people.slice(-2).map(({ userId }) => userId);
    const inside = new Set((await see(owner, id)).members.map(({ user }) => user.id));
    const outside = people.filter(({ userId }) => !inside.has(userId)).map(({ userId }) => userId);
    expect(two.length).to.equal(2);
    await refused(owner, 'group-full', 'POST', `/conversations/${id}/members`, { members: outside.slice(0, 2) });
    // who is in already is no one more
    const some = [...inside].slice(0, 3);
    await done(owner, 'POST', `/conversations/${id}/members`, { members: [...some, outside[0]] });
    expect((await see(owner, id)).members).to.have.length(12);
  });
});
