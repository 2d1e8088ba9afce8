// Getting into groups, in the whole house: links, requests that admins answer, invitations, and who does not get in.
import { expect } from 'chai';
import { toString as qrOf } from 'qrcode';
import type { Code } from '../contract/errors.ts';
import { codes } from '../contract/errors.ts';
import type { JoiningEvent, MessageEvent } from '../contract/events.ts';
import { directConversationId } from '../contract/conversation-id.ts';
import type { SystemContent } from '../contract/group.ts';
import { limits } from '../contract/limits.ts';
import type { Conversation } from '../contract/rest.ts';
import type { GroupInvitation, GroupOutcome, Invite, JoinRequest } from '../contract/rest-invites.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';

const LIMIT = 10;

describe('getting into a group', () => {
  let house: House;
  let ann: Person;
  let ben: Person;
  /** strangers to them and to each other */
  let eve: Person;
  let fay: Person;

  before(async () => {
    house = await House.open({ GROUP_LIMIT: String(LIMIT), LIMIT_INVITES: '1/s,30' });
  });
  after(() => house.close());
  beforeEach(async () => {
    [ann, ben] = (await house.people(2)) as [Person, Person];
    [[eve], [fay]] = (await Promise.all([house.people(1), house.people(1)])) as [[Person], [Person]];
  });
  afterEach(() => {
    house.aheadMs = 0;
  });

  async function call(person: Person, method: string, path: string, body?: unknown) {
    const response = await fetch(`${house.url}/api/chat${path}`, {
      method,
      headers: { authorization: `Bearer ${await house.token(person)}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json');
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: json ? JSON.parse(text) : text,
    };
  }
  async function done<T = unknown>(person: Person, method: string, path: string, body?: unknown): Promise<T> {
    const answer = await call(person, method, path, body);
    expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).to.be.oneOf([200, 201, 204]);
    return answer.body as T;
  }
  async function refused(person: Person, code: Code, method: string, path: string, body?: unknown): Promise<void> {
    const answer = await call(person, method, path, body);
    expect(answer.body, `${method} ${path}`).to.include({ code, status: codes[code].status });
    expect(answer.status).to.equal(codes[code].status);
  }
  async function make(owner: Person, ...others: Person[]): Promise<string> {
    const members = others.map(({ userId }) => userId);
    const { id } = await done<Conversation>(owner, 'POST', '/conversations', { kind: 'group', title: 'We', members });
    await until('its first system message', async () => (await see(owner, id)).lastSeq === 1);
    return id;
  }
  const see = (person: Person, id: string) => done<Conversation>(person, 'GET', `/conversations/${id}`);
  const membersOf = async (person: Person, id: string) => (await see(person, id)).members.map(({ user }) => user.id);
  async function link(admin: Person, id: string, draft: object = {}): Promise<Invite & { code: string }> {
    const invite = await done<Invite>(admin, 'POST', `/conversations/${id}/invites`, draft);
    return { ...invite, code: invite.url?.split('/').at(-1) ?? '' };
  }
  const join = (person: Person, code: string) => done(person, 'POST', `/invites/${code}/join`);
  const joinings = (peer: StompPeer) =>
    peer.events.flatMap((event) => (event.type === 'joining' ? [[event.state, event.user]] : []));
  const told = (peer: StompPeer, state: JoiningEvent['state'], { userId }: Person) =>
    until(`${state} at a device`, () => joinings(peer).some(([what, who]) => what === state && who === userId));
  const requests = async (admin: Person, id: string) =>
    (await done<{ items: JoinRequest[] }>(admin, 'GET', `/conversations/${id}/join-requests`)).items.map(
      ({ user, state }) => [user.id, state],
    );
  const mine = async (person: Person) =>
    (await done<{ items: GroupInvitation[] }>(person, 'GET', '/group-invitations')).items;
  const answer = (admin: Person, id: string, person: Person, what: 'accept' | 'decline') =>
    done(admin, 'POST', `/conversations/${id}/join-requests/${person.userId}/${what}`);

  it('by a link: it shows little, lets a stranger in, and all are told, those away too', async () => {
    const away = await house.stomp(ben);
    await away.close();
    const id = await make(ann, ben);
    const [a, e] = await Promise.all([house.stomp(ann), house.stomp(eve)]);
    expect(await a.say({ conversation: id }, 'before')).to.equal('receipt');
    const { code, url, ...invite } = await link(ann, id);
    expect(url).to.equal(`${house.config.PUBLIC_URL}/join/${code}`);
    expect(invite).to.include({ madeBy: ann.userId, approval: false, expiresAt: null, maxUses: null, uses: 0 });
    const view = { title: 'We', picture: null, memberCount: 2, approval: false, state: 'none' };
    expect(await done(eve, 'GET', `/invites/${code}`)).to.deep.equal(view);
    await refused(eve, 'no-such-conversation', 'GET', `/conversations/${id}`);

    expect(await join(eve, code)).to.deep.equal({ state: 'member', conversation: id });
    expect(await join(eve, code)).to.deep.equal({ state: 'member', conversation: id });
    const seen = await done(eve, 'GET', `/invites/${code}`);
    expect(seen).to.deep.equal({ ...view, memberCount: 3, state: 'member', conversation: id });
    expect(await a.say({ conversation: id }, 'after')).to.equal('receipt');
    const back = await house.stomp(ben);
    const joined: SystemContent = { change: 'joined', users: [eve.userId] };
    for (const peer of [a, e, back]) {
      await until('what is said after', () => peer.messages.some(({ text }) => text === 'after'));
      const system = peer.messages.filter(({ media }) => (media as SystemContent | undefined)?.change === 'joined');
      expect(system.map(({ media, sender }) => ({ media, sender }))).to.deep.equal([
        { media: joined, sender: eve.userId },
      ]);
      const member = peer.events.filter(({ type }) => type === 'member');
      expect(member).to.have.length(1);
      expect(member[0]).to.include({ change: 'joined', user: eve.userId, by: eve.userId });
    }
    expect(e.messages.map(({ text }) => text)).to.deep.equal([undefined, 'after']);
    const { items } = await done<{ items: MessageEvent[] }>(eve, 'GET', `/conversations/${id}/messages`);
    expect(items.map(({ text }) => text)).to.deep.equal([undefined, 'after']);
    const [listed] = (await done<{ items: Invite[] }>(ann, 'GET', `/conversations/${id}/invites`)).items;
    expect(listed).to.deep.equal({ ...invite, url, uses: 1 });
  });

  it('by a link that only those know who have it: the database holds a digest, the picture the link', async () => {
    const id = await make(ann, ben);
    const { id: inviteId, code, url } = await link(ann, id);
    expect(code).to.match(/^[\w-]{24}$/);
    const row = await house.db.groupInvite.findUniqueOrThrow({ where: { id: inviteId } });
    expect(row.digest).to.have.length(32);
    expect(JSON.stringify(row)).to.not.include(code);
    expect(Buffer.from(row.digest).toString('base64url')).to.not.include(code);
    const qr = await call(ann, 'GET', `/conversations/${id}/invites/${inviteId}/qr`);
    expect(qr).to.include({ status: 200, type: 'image/svg+xml; charset=utf-8' });
    expect(qr.body).to.equal(await qrOf(url ?? '', { type: 'svg', errorCorrectionLevel: 'M', margin: 2 }));
    await refused(eve, 'no-such-invite', 'GET', `/invites/${inviteId}`);
    await refused(eve, 'no-such-invite', 'GET', `/invites/${code.slice(1)}`);
    await refused(eve, 'no-such-invite', 'POST', `/invites/${encodeURIComponent('no\u0001such%')}/join`);
  });

  it('not by a link that has expired, is used up, was revoked, or whose group was dissolved', async () => {
    const id = await make(ann, ben);
    const dead = async (code: string) => {
      for (const [method, path] of [
        ['GET', ''],
        ['POST', '/join'],
      ] as const) {
        await refused(fay, 'no-such-invite', method, `/invites/${code}${path}`);
      }
    };
    const once = await link(ann, id, { maxUses: 1 });
    await join(eve, once.code);
    await dead(once.code);
    const short = await link(ann, id, { expiresInSeconds: 60 });
    expect(await done(fay, 'GET', `/invites/${short.code}`)).to.include({ state: 'none' });
    house.aheadMs = 60_001;
    await dead(short.code);
    house.aheadMs = 0;
    const revoked = await link(ann, id);
    await done(ann, 'DELETE', `/conversations/${id}/invites/${revoked.id}`);
    await dead(revoked.code);
    await refused(ann, 'no-such-invite', 'DELETE', `/conversations/${id}/invites/${revoked.id}`);
    const last = await link(ann, id);
    const slow = await link(ann, id, { approval: true });
    await join(fay, slow.code);
    await done(ann, 'POST', `/conversations/${id}/dissolve`);
    await dead(last.code);
    expect(await mine(fay)).to.deep.equal([]);
  });

  it('when an admin agrees, where the link says so; all of them are told, and who asks', async () => {
    const id = await make(ann, ben);
    await done(ann, 'PATCH', `/conversations/${id}/members/${ben.userId}`, { role: 'admin' });
    const peers = await Promise.all([house.stomp(ann), house.stomp(ben), house.stomp(eve)]);
    const { code } = await link(ann, id, { approval: true, maxUses: 2 });
    for (const _ of [1, 2]) expect(await join(eve, code)).to.deep.equal({ state: 'requested', conversation: id });
    expect(await done(eve, 'GET', `/invites/${code}`)).to.include({ state: 'requested', approval: true });
    await refused(eve, 'no-such-conversation', 'GET', `/conversations/${id}`);
    expect(await mine(eve)).to.have.length(1);
    for (const peer of peers) await told(peer, 'requested', eve);
    expect(await requests(ben, id)).to.deep.equal([[eve.userId, 'requested']]);
    await answer(ben, id, eve, 'accept');
    for (const peer of peers) await told(peer, 'accepted', eve);
    expect(await membersOf(eve, id)).to.have.members([ann.userId, ben.userId, eve.userId]);
    expect([await requests(ann, id), await mine(eve)]).to.deep.equal([[], []]);
    expect(joinings(peers[2])).to.deep.equal([
      ['requested', eve.userId],
      ['accepted', eve.userId],
    ]);

    // she is told no, and asks again by another link only; that she may take back
    await join(fay, code);
    await answer(ann, id, fay, 'decline');
    await refused(ann, 'no-such-request', 'POST', `/conversations/${id}/join-requests/${fay.userId}/accept`);
    await refused(fay, 'request-declined', 'POST', `/invites/${code}/join`);
    const open = await link(ann, id);
    expect(await join(fay, open.code)).to.include({ state: 'requested' });
    await done(fay, 'POST', `/group-invitations/${id}/decline`);
    for (const peer of peers.slice(0, 2)) await told(peer, 'cancelled', fay);
    expect(await requests(ann, id)).to.deep.equal([]);
    const uses = (await done<{ items: Invite[] }>(ann, 'GET', `/conversations/${id}/invites`)).items.map(
      (one) => one.uses,
    );
    expect(uses).to.deep.equal([1, 0]);
  });

  it('not over an open link alone, where an admin has removed her; who left comes back', async () => {
    const id = await make(ann, ben);
    const { code } = await link(ann, id);
    await join(eve, code);
    await done(eve, 'DELETE', `/conversations/${id}`);
    expect(await join(eve, code)).to.include({ state: 'member' });
    await done(ann, 'DELETE', `/conversations/${id}/members/${eve.userId}`);
    expect(await done(eve, 'GET', `/invites/${code}`)).to.include({ approval: true, state: 'none' });
    expect(await join(eve, code)).to.include({ state: 'requested' });
    // neither taking that back nor clearing what she has of the group helps, nor asking by another link
    await done(eve, 'POST', `/group-invitations/${id}/decline`);
    await done(eve, 'POST', `/conversations/${id}/clear`, {});
    expect(await join(eve, code)).to.include({ state: 'requested' });
    await join(eve, (await link(ann, id, { approval: true })).code);
    expect(await join(eve, code)).to.include({ state: 'requested' });
    expect(await membersOf(ann, id)).to.not.include(eve.userId);
    // who knows her or not: she asks, so she may be added
    await done(ann, 'POST', `/conversations/${id}/members`, { members: [eve.userId] });
    expect(await membersOf(ann, id)).to.include(eve.userId);
    expect(await requests(ann, id)).to.deep.equal([]);
    await done(eve, 'DELETE', `/conversations/${id}`);
    expect(await join(eve, code)).to.include({ state: 'member' });
  });

  it('not by the link of somebody who has blocked her', async () => {
    const id = await make(ann, ben);
    const { code } = await link(ann, id);
    await done(ann, 'PUT', `/blocks/${eve.userId}`);
    await refused(eve, 'no-such-invite', 'GET', `/invites/${code}`);
    await refused(eve, 'no-such-invite', 'POST', `/invites/${code}/join`);
    await done(ann, 'DELETE', `/blocks/${eve.userId}`);
    expect(await join(eve, code)).to.include({ state: 'member' });
  });

  it('of a hundred who come at once only as many as there is room for, or as the link lets in', async function () {
    this.timeout(60_000);
    const [owner, ...others] = (await house.people(LIMIT - 3)) as [Person, ...Person[]];
    const id = await make(owner, ...others);
    const crowd = await house.people(100);
    const outcomes = async (code: string, people: readonly Person[]) => {
      const answers = await Promise.all(people.map((person) => call(person, 'POST', `/invites/${code}/join`)));
      const count = new Map<string, number>();
      for (const { body } of answers) {
        const said = String(body.state ?? body.code);
        count.set(said, (count.get(said) ?? 0) + 1);
      }
      return Object.fromEntries(count);
    };
    const twice = await link(owner, id, { maxUses: 1 });
    expect(await outcomes(twice.code, crowd.slice(0, 20))).to.deep.equal({ member: 1, 'no-such-invite': 19 });
    const inside = await membersOf(owner, id);
    await done(owner, 'DELETE', `/conversations/${id}/members/${inside.at(-1)}`);
    const { code } = await link(owner, id);
    const rest = crowd.filter(({ userId }) => userId !== inside.at(-1));
    expect(await outcomes(code, rest)).to.deep.equal({ member: 3, 'group-full': 96 });
    const { members, lastSeq } = await see(owner, id);
    expect(members).to.have.length(LIMIT);
    // one message for each who came or went, and none for who did not
    expect(lastSeq).to.equal(1 + 1 + 1 + 3);
    const slow = await link(owner, id, { approval: true });
    await join(eve, slow.code);
    await refused(owner, 'group-full', 'POST', `/conversations/${id}/join-requests/${eve.userId}/accept`);
    expect(await requests(owner, id)).to.deep.equal([[eve.userId, 'requested']]);
  });

  it('asked, where her settings want to be asked: she comes in, or says no and is left alone', async () => {
    await done(ben, 'PATCH', '/me', { privacy: { groups: 'contacts' } });
    const [a, b] = await Promise.all([house.stomp(ann), house.stomp(ben)]);
    const made = await done<GroupOutcome>(ann, 'POST', '/conversations', {
      kind: 'group',
      title: 'We',
      members: [ben.userId],
    });
    const { id } = made;
    expect(made.invited).to.deep.equal([ben.userId]);
    expect(await membersOf(ann, id)).to.deep.equal([ann.userId]);
    for (const peer of [a, b]) await told(peer, 'invited', ben);
    const [invitation] = await mine(ben);
    expect(invitation).to.deep.include({ conversation: id, title: 'We', memberCount: 1, state: 'invited' });
    expect(invitation?.invitedBy?.id).to.equal(ann.userId);
    await refused(ben, 'no-such-conversation', 'GET', `/conversations/${id}`);
    await done(ben, 'POST', `/group-invitations/${id}/accept`);
    for (const peer of [a, b]) await told(peer, 'accepted', ben);
    expect(await membersOf(ben, id)).to.deep.equal([ann.userId, ben.userId]);

    // people of her circle may, by the next setting; her contacts by the first
    await done(ben, 'DELETE', `/conversations/${id}`);
    await done(ben, 'PATCH', '/me', { privacy: { groups: 'circle' } });
    const path = `/conversations/${id}/members`;
    expect((await done<GroupOutcome>(ann, 'POST', path, { members: [ben.userId] })).invited).to.deep.equal([]);
    await done(ben, 'DELETE', `/conversations/${id}`);
    await house.db.contact.create({ data: { fromId: ben.userId, toId: ann.userId, state: 'accepted' } });
    await done(ben, 'PATCH', '/me', { privacy: { groups: 'contacts' } });
    expect((await done<GroupOutcome>(ann, 'POST', path, { members: [ben.userId] })).invited).to.deep.equal([]);
    await done(ben, 'DELETE', `/conversations/${id}`);

    await done(ben, 'PATCH', '/me', { privacy: { groups: 'nobody' } });
    expect((await done<GroupOutcome>(ann, 'POST', path, { members: [ben.userId] })).invited).to.deep.equal([
      ben.userId,
    ]);
    expect(await requests(ann, id)).to.deep.equal([[ben.userId, 'invited']]);
    await answer(ann, id, ben, 'decline');
    await refused(ben, 'no-such-invite', 'POST', `/group-invitations/${id}/accept`);
    await done(ann, 'POST', path, { members: [ben.userId] });
    await done(ben, 'POST', `/group-invitations/${id}/decline`);
    await told(a, 'refused', ben);
    await done(ann, 'POST', path, { members: [ben.userId] });
    expect(await mine(ben)).to.deep.equal([]);
    await refused(ben, 'no-such-invite', 'POST', `/group-invitations/${id}/accept`);
    // by her own will she still comes
    const { code } = await link(ann, id);
    expect(await join(ben, code)).to.include({ state: 'member' });
  });

  it('added by those who share a group with her, by no stranger', async () => {
    const shared = await make(ann, ben);
    const { code } = await link(ann, shared);
    await join(eve, code);
    const id = await make(eve);
    await done(eve, 'POST', `/conversations/${id}/members`, { members: [ben.userId] });
    expect(await membersOf(ben, id)).to.deep.equal([eve.userId, ben.userId]);
    await refused(eve, 'not-a-contact', 'POST', `/conversations/${id}/members`, { members: [fay.userId] });
    await done(ann, 'PUT', `/blocks/${eve.userId}`);
    await refused(eve, 'not-a-contact', 'POST', `/conversations/${id}/members`, { members: [ann.userId] });
  });

  it('is for its owner and its admins to open, and not for who guesses', async () => {
    const id = await make(ann, ben);
    const { id: inviteId, code } = await link(ann, id);
    const calls = [
      ['POST', '/invites', {}],
      ['GET', '/invites'],
      ['GET', `/invites/${inviteId}/qr`],
      ['DELETE', `/invites/${inviteId}`],
      ['GET', '/join-requests'],
      ['POST', `/join-requests/${eve.userId}/accept`],
      ['POST', `/join-requests/${eve.userId}/decline`],
    ] as const;
    const direct = `/conversations/${directConversationId(ann.userId, ben.userId)}`;
    for (const [method, path, body] of calls) {
      await refused(ben, 'group-role-missing', method, `/conversations/${id}${path}`, body);
      await refused(eve, 'no-such-conversation', method, `/conversations/${id}${path}`, body);
      await refused(ann, 'not-a-group', method, `${direct}${path}`, body);
      await refused(eve, 'no-such-conversation', method, `${direct}${path}`, body);
    }
    for (const draft of [{ maxUses: 0 }, { expiresInSeconds: 1 }, { approval: 'no' }, { code: 'mine' }]) {
      await refused(ann, 'request-invalid', 'POST', `/conversations/${id}/invites`, draft);
    }
    // of another group of hers it is none
    const other = await make(ann);
    await refused(ann, 'no-such-invite', 'DELETE', `/conversations/${other}/invites/${inviteId}`);
    await refused(ann, 'no-such-invite', 'GET', `/conversations/${other}/invites/${inviteId}/qr`);
    await refused(ann, 'no-such-request', 'POST', `/conversations/${id}/join-requests/${eve.userId}/accept`);
    await refused(eve, 'no-such-invite', 'POST', `/group-invitations/${id}/accept`);
    await refused(eve, 'no-such-invite', 'POST', `/group-invitations/${id}/decline`);
    const makes = Array.from({ length: limits.groupInvites }, () =>
      call(ann, 'POST', `/conversations/${id}/invites`, {}),
    );
    const made = (await Promise.all(makes)).map(({ status }) => status);
    expect(made.filter((status) => status === 201)).to.have.length(limits.groupInvites - 1);
    await refused(ann, 'too-many-invites', 'POST', `/conversations/${id}/invites`, {});

    const guesses = await Promise.all(Array.from({ length: 40 }, () => call(fay, 'GET', `/invites/${newId()}`)));
    const blind = guesses.filter(({ status }) => status === 404).length;
    expect(blind).to.be.within(30, 35);
    await refused(fay, 'too-many-requests', 'POST', `/invites/${code}/join`);
    expect(await membersOf(ann, id)).to.not.include(fay.userId);
  });
});
