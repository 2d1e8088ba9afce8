// /api/chat over HTTP, in the whole house: every call as it should go, and refused; and what the devices of those
// concerned are told.
import { expect } from 'chai';
import { chatRoutes } from '../chat-api/routes.ts';
import { directConversationId } from '../contract/conversation-id.ts';
import type { Event } from '../contract/events.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { House } from './house.ts';

interface Answer {
  status: number;
  headers: Headers;
  body: ReturnType<typeof JSON.parse>;
}

describe('REST', () => {
  let house: House;

  before(async () => {
    house = await House.open({ GROUP_LIMIT: '5', LIMIT_REQUESTS: '5/s,100' });
  });
  after(() => house.close());

  // ------------------------------------------------------------ furniture

  async function makeUser(name: string, more: { circle?: string; displayName?: string } = {}): Promise<string> {
    const id = newId();
    await house.db.user.create({ data: { id, username: `${name}-${id}`, displayName: name, ...more } });
    return id;
  }
  const makeContacts = (fromId: string, toId: string) =>
    house.db.contact.create({ data: { fromId, toId, state: 'accepted' } });
  const tokenOf = (userId: string, ttlSeconds?: number) => house.token({ userId }, ttlSeconds);
  /** What a device of this user is told from now on, but for its own linking. */
  async function listen(userId: string): Promise<() => Event[]> {
    const peer = await house.stomp({ userId });
    return () => peer.events.filter((event) => event.type !== 'device' || event.change !== 'linked');
  }

  async function request(method: string, path: string, token?: string, body?: unknown): Promise<Answer> {
    const response = await fetch(house.url + path, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  }
  const as = async (userId: string) => {
    const token = await tokenOf(userId);
    return (method: string, path: string, body?: unknown) => request(method, `/api/chat${path}`, token, body);
  };
  function expectProblem(answer: Answer, status: number, code: string): void {
    expect(answer.body).to.include({ status, code });
    expect(answer.status).to.equal(status);
    expect(answer.headers.get('content-type')).to.match(/^application\/problem\+json/);
  }
  async function makeMessages(conversationId: string, kind: 'direct' | 'group', members: string[], count: number) {
    const activeAt = new Date(Date.now() + count);
    await house.db.conversation.create({
      data: {
        id: conversationId,
        kind,
        lastSeq: count,
        activeAt,
        members: { createMany: { data: members.map((userId) => ({ userId })) } },
      },
    });
    await house.db.message.createMany({
      data: Array.from({ length: count }, (_, i) => ({
        conversationId,
        seq: i + 1,
        id: newId(),
        senderId: members[i % members.length] as string,
        deviceId: 'd',
        clientMessageId: newId(),
        kind: 'text',
        text: `message ${i + 1}`,
        sentAt: new Date(),
      })),
    });
  }

  // ------------------------------------------------------------ the door

  describe('the door', () => {
    it('lets nobody in without a token, at any path of the table', async () => {
      const rows = chatRoutes(undefined as never, undefined as never);
      expect(rows.length).to.be.greaterThan(14);
      for (const row of rows) {
        const answer = await request(row.method.toUpperCase(), `/api/chat${row.path.replace(/\{\w+\}/g, 'x')}`);
        // an answer to HEAD has no body
        if (row.method === 'head') expect(answer.status).to.equal(401);
        else expectProblem(answer, 401, 'token-missing');
        expect(answer.headers.get('www-authenticate')).to.equal('Bearer realm="parley"');
      }
    });

    it('takes neither a wrong nor an expired token, nor one in the query', async () => {
      const user = await makeUser('ann');
      const token = await tokenOf(user);
      expectProblem(await request('GET', '/api/chat/me', `${token.slice(0, -4)}AAAA`), 401, 'token-invalid');
      expectProblem(await request('GET', '/api/chat/me', 'x'), 401, 'token-invalid');
      expectProblem(await request('GET', '/api/chat/me', await tokenOf(user, -1)), 401, 'token-expired');
      expectProblem(await request('GET', `/api/chat/me?access_token=${token}`), 401, 'token-missing');
    });

    it('names the methods of a path, and does not know any other path', async () => {
      const call = await as(await makeUser('ann'));
      const answer = await call('PUT', '/me', {});
      expectProblem(answer, 405, 'method-not-allowed');
      expect(answer.headers.get('allow')).to.equal('GET, PATCH, DELETE, HEAD');
      expectProblem(await call('GET', '/nothing'), 404, 'not-found');
      expectProblem(await request('GET', '/api/elsewhere'), 404, 'not-found');
      expectProblem(await request('GET', '/health/elsewhere'), 404, 'not-found');
    });

    it('says what is wrong with a body', async () => {
      const call = await as(await makeUser('ann'));
      expectProblem(await call('PATCH', '/me', '{"about":'), 400, 'body-not-json');
      expectProblem(await call('PATCH', '/me', { about: 'x'.repeat(70_000) }), 413, 'too-large');
      const answer = await call('PATCH', '/me', { about: 'x'.repeat(141), id: 'somebody' });
      expectProblem(answer, 400, 'request-invalid');
      expect(answer.body.errors.map((error: { path: string }) => error.path)).to.have.members(['body.about', 'body']);
      expectProblem(await call('POST', '/contact-requests'), 400, 'request-invalid');
    });

    it('stops a user who asks too often, and nobody else', async () => {
      const { perSecond, burst } = house.config.LIMIT_REQUESTS;
      const call = await as(await makeUser('eager'));
      const other = await as(await makeUser('other'));
      // together, so that a slow machine does not give her time
      const answers = await Promise.all(Array.from({ length: 2 * burst }, () => call('GET', '/me')));
      const last = answers.find(({ status }) => status === 429);
      expectProblem(last as Answer, 429, 'too-many-requests');
      expect(Number(last?.headers.get('retry-after'))).to.be.within(1, burst / perSecond);
      expect((await other('GET', '/me')).status).to.equal(200);
    });

    it('answers pages of allowed origins only', async () => {
      const ask = (origin: string) =>
        fetch(`${house.url}/api/chat/me`, {
          method: 'OPTIONS',
          headers: { origin, 'access-control-request-method': 'PATCH' },
        });
      const ours = await ask(house.config.PUBLIC_URL);
      expect(ours.status).to.equal(204);
      expect(ours.headers.get('access-control-allow-origin')).to.equal(house.config.PUBLIC_URL);
      expect(ours.headers.get('access-control-allow-headers')).to.include('Authorization');
      expect((await ask('https://evil.example')).headers.get('access-control-allow-origin')).to.equal(null);
    });
  });

  // ------------------------------------------------------------ people

  describe('people', () => {
    it('shows and changes the profile, and nothing of how one signs in', async () => {
      const ann = await makeUser('ann');
      const call = await as(ann);
      const me = await call('GET', '/me');
      const keys = ['id', 'username', 'displayName', 'kind', 'about', 'avatar', 'privacy', 'preferences'];
      expect(me.body).to.have.all.keys(keys);
      expect(me.headers.get('cache-control')).to.equal('no-store');
      const changed = await call('PATCH', '/me', { displayName: '  Ann  ', about: 'here' });
      expect(changed.body).to.include({ id: ann, displayName: 'Ann', about: 'here' });
      expect((await call('GET', '/me')).body).to.deep.equal(changed.body);
      expectProblem(await call('PATCH', '/me', { displayName: ' ' }), 400, 'request-invalid');
      expectProblem(await call('PATCH', '/me', { about: 'a\0b' }), 400, 'request-invalid');
      expect((await call('PATCH', '/me', {})).status).to.equal(200);
    });

    it('finds people by the beginning of either name, page by page, wildcards taken literally', async () => {
      const tag = newId();
      const ann = await makeUser('ann', { circle: tag });
      const ids = [
        await makeUser('p', { displayName: `${tag} One`, circle: tag }),
        await makeUser('q', { displayName: `${tag.toUpperCase()} Two` }),
        await makeUser('r', { displayName: `${tag} Three` }),
      ];
      await makeUser('s', { displayName: `not ${tag}` });
      const call = await as(ann);
      const first = await call('GET', `/users?query=${tag}&limit=2`);
      const second = await call('GET', `/users?query=${tag}&limit=2&cursor=${first.body.next}`);
      expect(first.body.items.map((one: { id: string }) => one.id)).to.deep.equal(ids.slice(0, 2));
      expect(second.body.items.map((one: { id: string }) => one.id)).to.deep.equal(ids.slice(2));
      expect(second.body.next).to.equal(null);
      expect(first.body.items[0]).to.include({
        mayWrite: true,
        conversation: directConversationId(ann, ids[0] as string),
      });
      expect(first.body.items[1].mayWrite).to.equal(false);
      expect((await call('GET', '/users?query=%25')).body.items).to.deep.equal([]);
      expect((await call('GET', `/users?query=ann-${ann}`)).body.items).to.deep.equal([]);
    });

    it('refuses bad pages', async () => {
      const call = await as(await makeUser('ann'));
      for (const query of [
        '',
        'query=',
        'query=a&limit=0',
        'query=a&limit=201',
        'query=a&limit=x',
        'query=a&cursor=x',
      ]) {
        expectProblem(await call('GET', `/users?${query}`), 400, 'request-invalid');
      }
    });
  });

  // ------------------------------------------------------------ contacts

  describe('contacts', () => {
    it('are asked for, accepted, listed and removed; both are told each time, and once', async () => {
      const [ann, ben] = [await makeUser('ann'), await makeUser('ben')];
      const [asAnn, asBen] = [await as(ann), await as(ben)];
      const [toldAnn, toldBen] = [await listen(ann), await listen(ben)];
      const made = await asAnn('POST', '/contact-requests', { user: ben, note: 'hello' });
      const request = made.body.id;
      expect(made.body).to.include({ direction: 'outgoing', state: 'requested', note: 'hello' });
      const again = await asAnn('POST', '/contact-requests', { user: ben, note: 'again' });
      expect(again.body).to.deep.equal(made.body);

      const open = await asBen('GET', '/contact-requests');
      expect(open.body.items).to.have.length(1);
      expect(open.body.items[0]).to.include({ id: request, direction: 'incoming' });
      expect(open.body.items[0].user.id).to.equal(ann);
      expectProblem(await asAnn('POST', `/contact-requests/${request}/accept`), 404, 'not-found');

      expect((await asBen('POST', `/contact-requests/${request}/accept`)).body.state).to.equal('accepted');
      expect((await asBen('POST', `/contact-requests/${request}/accept`)).status).to.equal(200);
      expectProblem(await asBen('POST', `/contact-requests/${request}/decline`), 409, 'conflict');
      for (const [call, other] of [
        [asAnn, ben],
        [asBen, ann],
      ] as const) {
        const { body } = await call('GET', '/contacts');
        expect(body.items.map((one: { user: { id: string } }) => one.user.id)).to.deep.equal([other]);
        expect(body.items[0].conversation).to.equal(directConversationId(ann, ben));
      }
      expect((await asBen('GET', '/contact-requests')).body.items).to.deep.equal([]);

      expect((await asBen('DELETE', `/contacts/${ann}`)).status).to.equal(204);
      expect((await asBen('DELETE', `/contacts/${ann}`)).status).to.equal(204);
      expect((await asAnn('GET', '/contacts')).body.items).to.deep.equal([]);

      // what comes last says that nothing came twice before it
      for (const [told, user] of [
        [toldAnn, ben],
        [toldBen, ann],
      ] as const) {
        await until('the last event', () =>
          told().some((event) => event.type === 'contact' && event.state === 'removed'),
        );
        expect(told()).to.deep.equal([
          { type: 'contact', user, state: 'requested', request, note: 'hello' },
          { type: 'contact', user, state: 'accepted', request },
          { type: 'contact', user, state: 'removed' },
        ]);
      }
    });

    it('may write to each other for as long as they are', async () => {
      const [ann, ben] = [await makeUser('ann'), await makeUser('ben')];
      const [asAnn, asBen] = [await as(ann), await as(ben)];
      const peer = await house.stomp({ userId: ann });
      expect(await peer.say({ user: ben }, 'too early')).to.include({ code: 'not-a-contact' });
      const { id } = (await asAnn('POST', '/contact-requests', { user: ben })).body;
      await asBen('POST', `/contact-requests/${id}/accept`);
      expect(await peer.say({ user: ben }, 'hello')).to.equal('receipt');
      await asBen('DELETE', `/contacts/${ann}`);
      await until('a refusal', async () => (await peer.say({ user: ben }, 'too late')) !== 'receipt');
      expect(peer.refusals.at(-1)).to.include({ code: 'not-a-contact' });
      const history = `/conversations/${directConversationId(ann, ben)}/messages`;
      const first = await until('the first to be stored', async () => (await asBen('GET', history)).body.items[0]);
      expect(first).to.include({ text: 'hello', seq: 1 });
    });

    it('may be declined, and asked for again', async () => {
      const [ann, ben] = [await makeUser('ann'), await makeUser('ben')];
      const [asAnn, asBen] = [await as(ann), await as(ben)];
      const { id } = (await asAnn('POST', '/contact-requests', { user: ben })).body;
      expect((await asBen('POST', `/contact-requests/${id}/decline`)).body.state).to.equal('declined');
      expectProblem(await asBen('POST', `/contact-requests/${id}/accept`), 409, 'conflict');
      expect((await asAnn('GET', '/contact-requests')).body.items).to.deep.equal([]);
      expect((await asBen('POST', '/contact-requests', { user: ann })).body).to.include({ direction: 'outgoing' });
    });

    it('come about at once where both ask, even in the same moment', async () => {
      const pairs = await Promise.all(
        Array.from({ length: 12 }, async () => {
          const [ann, ben] = [await makeUser('ann'), await makeUser('ben')];
          return { ann, ben, asAnn: await as(ann), asBen: await as(ben) };
        }),
      );
      await Promise.all(
        pairs.map(async ({ ann, ben, asAnn, asBen }) => {
          const answers = await Promise.all([
            asAnn('POST', '/contact-requests', { user: ben }),
            asBen('POST', '/contact-requests', { user: ann }),
          ]);
          expect(answers.map(({ body }) => body.state)).to.have.members(['requested', 'accepted']);
          expect(await house.db.contact.count({ where: { OR: [{ fromId: ann }, { toId: ann }] } })).to.equal(1);
        }),
      );
    });

    it('are neither nobody nor oneself, and are paged', async () => {
      const ann = await makeUser('ann');
      const call = await as(ann);
      expectProblem(await call('POST', '/contact-requests', { user: newId() }), 404, 'no-such-user');
      expectProblem(await call('POST', '/contact-requests', { user: ann }), 400, 'request-invalid');
      expectProblem(await call('POST', '/contact-requests', {}), 400, 'request-invalid');
      expectProblem(await call('POST', '/contact-requests/nonsense/accept'), 404, 'not-found');
      const others = [await makeUser('b'), await makeUser('c'), await makeUser('d')];
      for (const other of others) await makeContacts(other, ann);
      const seen: string[] = [];
      for (let next: string | null = ''; next !== null; ) {
        const page: Answer = await call('GET', `/contacts?limit=2${next ? `&cursor=${next}` : ''}`);
        expect(page.body.items.length).to.be.within(1, 2);
        seen.push(...page.body.items.map((one: { user: { id: string } }) => one.user.id));
        next = page.body.next;
      }
      expect(seen).to.have.members(others);
      const forged = Buffer.from(JSON.stringify(['yesterday', 'a', 'b'])).toString('base64url');
      expectProblem(await call('GET', `/contacts?cursor=${forged}`), 400, 'request-invalid');
    });
  });

  // ------------------------------------------------------------ conversations

  describe('conversations', () => {
    it('of two who may write to each other can be opened before the first message', async () => {
      const [ann, ben, eve] = [await makeUser('ann'), await makeUser('ben'), await makeUser('eve')];
      await makeContacts(ann, ben);
      const id = directConversationId(ann, ben);
      const call = await as(ann);
      const { body } = await call('GET', `/conversations/${id}`);
      expect(body).to.include({ id, kind: 'direct', lastSeq: 0, unread: 0, lastMessage: null });
      expect(body.members.map((one: { user: { id: string } }) => one.user.id)).to.have.members([ann, ben]);
      expect((await call('GET', `/conversations/${id}/messages`)).body).to.deep.equal({ items: [] });
      const toSelf = await call('GET', `/conversations/${directConversationId(ann, ann)}`);
      expect(toSelf.body.members).to.have.length(1);

      for (const [user, conversation] of [
        [eve, id],
        [eve, directConversationId(eve, ann)],
        [eve, directConversationId(eve, newId())],
        [eve, 'nothing'],
      ] as const) {
        const stranger = await as(user);
        expectProblem(await stranger('GET', `/conversations/${conversation}`), 404, 'no-such-conversation');
        expectProblem(await stranger('GET', `/conversations/${conversation}/messages`), 404, 'no-such-conversation');
      }
    });

    it('are listed by latest activity with last message, unread count and markers, page by page', async () => {
      const [ann, ben] = [await makeUser('ann'), await makeUser('ben')];
      const ids = [newId(), newId(), newId()];
      await makeMessages(ids[0] as string, 'group', [ann, ben], 4);
      await makeMessages(ids[1] as string, 'group', [ann, ben], 2_100);
      await makeMessages(ids[2] as string, 'group', [ben, ann], 5);
      await house.db.conversation.update({ where: { id: ids[2] as string }, data: { activeAt: new Date(0) } });
      await house.db.member.update({
        where: { conversationId_userId: { conversationId: ids[0] as string, userId: ann } },
        data: { readSeq: 1, deliveredSeq: 3 },
      });
      const call = await as(ann);
      const first = await call('GET', '/conversations?limit=2');
      const second = await call('GET', `/conversations?limit=2&cursor=${first.body.next}`);
      const items = [...first.body.items, ...second.body.items];
      expect(second.body.next).to.equal(null);
      expect(items.map((one: { id: string }) => one.id)).to.deep.equal([ids[1], ids[0], ids[2]]);
      expect(items.map((one: { unread: number }) => one.unread)).to.deep.equal([1000, 2, 3]);
      expect(items[1].lastMessage).to.include({ type: 'message', seq: 4, text: 'message 4', sender: ben });
      const mine = items[1].members.find((one: { user: { id: string } }) => one.user.id === ann);
      expect(mine).to.include({ role: 'member', delivered: 3, read: 1 });
      expect((await call('GET', `/conversations/${ids[1]}`)).body).to.deep.equal(items[0]);
      expectProblem(await call('GET', '/conversations?cursor=bm90IG91cnM'), 400, 'request-invalid');
      const contactsCursor = Buffer.from(JSON.stringify([new Date().toISOString(), 'a', 'b'])).toString('base64url');
      expectProblem(await call('GET', `/conversations?cursor=${contactsCursor}`), 400, 'request-invalid');
    });

    it('of many are made with people one knows, and all are told', async () => {
      const circle = newId();
      const [ann, ben] = [await makeUser('ann', { circle }), await makeUser('ben', { circle })];
      const [cat, eve] = [await makeUser('cat'), await makeUser('eve')];
      await makeContacts(cat, ann);
      const told = await Promise.all([ann, ben, cat].map(listen));
      const call = await as(ann);
      const made = await call('POST', '/conversations', { kind: 'group', title: 'We', members: [ben, cat, ben, ann] });
      expect(made.status).to.equal(201);
      expect(
        made.body.members.map((one: { user: { id: string }; role: string }) => [one.user.id, one.role]),
      ).to.have.deep.members([
        [ann, 'owner'],
        [ben, 'member'],
        [cat, 'member'],
      ]);
      for (const events of told) {
        const event = await until('the event', () => events()[0]);
        expect(event).to.deep.equal({
          type: 'conversation',
          conversation: made.body.id,
          change: 'made',
          title: 'We',
          by: ann,
        });
      }
      const asBen = await as(ben);
      expect((await asBen('GET', '/conversations')).body.items.map((one: { id: string }) => one.id)).to.deep.equal([
        made.body.id,
      ]);

      const make = (members: string[], title = 'We') =>
        call('POST', '/conversations', { kind: 'group', title, members });
      expectProblem(await make([ben, eve]), 403, 'not-a-contact');
      expectProblem(await make([newId()]), 404, 'no-such-user');
      expectProblem(await make(['1', '2', '3', '4', '5']), 400, 'request-invalid');
      expectProblem(await make([ben], ' '), 400, 'request-invalid');
      expectProblem(await call('POST', '/conversations', { kind: 'direct', members: [ben] }), 400, 'request-invalid');
    });
  });

  describe('history', () => {
    it('is ascending, by before and after, and begins where the member joined', async () => {
      const [ann, ben, eve] = [await makeUser('ann'), await makeUser('ben'), await makeUser('eve')];
      const id = newId();
      await makeMessages(id, 'group', [ann, ben], 300);
      const call = await as(ann);
      const seqs = async (query: string, who = call) =>
        (await who('GET', `/conversations/${id}/messages?${query}`)).body.items.map((one: { seq: number }) => one.seq);
      const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
      expect(await seqs('')).to.deep.equal(range(251, 300));
      expect(await seqs('before=251&limit=200')).to.deep.equal(range(51, 250));
      expect(await seqs('before=1')).to.deep.equal([]);
      expect(await seqs('after=0&limit=3')).to.deep.equal([1, 2, 3]);
      expect(await seqs('after=299')).to.deep.equal([300]);
      await house.db.member.update({
        where: { conversationId_userId: { conversationId: id, userId: ben } },
        data: { joinedSeq: 290 },
      });
      const asBen = await as(ben);
      expect(await seqs('', asBen)).to.deep.equal(range(291, 300));
      expect(await seqs('after=0&limit=2', asBen)).to.deep.equal([291, 292]);
      expect((await asBen('GET', `/conversations/${id}`)).body.unread).to.equal(5);
      await house.db.member.update({
        where: { conversationId_userId: { conversationId: id, userId: ben } },
        data: { joinedSeq: 300 },
      });
      expect((await asBen('GET', `/conversations/${id}`)).body).to.include({ unread: 0, lastMessage: null });
      expect(await seqs('', asBen)).to.deep.equal([]);

      for (const query of ['before=1&after=1', 'limit=201', 'before=-1', 'before=x', 'after=99999999999']) {
        expectProblem(await call('GET', `/conversations/${id}/messages?${query}`), 400, 'request-invalid');
      }
      const stranger = await as(eve);
      expectProblem(await stranger('GET', `/conversations/${id}/messages`), 404, 'no-such-conversation');
    });

    it('shows a message as it was delivered, without what it does not have', async () => {
      const ann = await makeUser('ann');
      const id = newId();
      await makeMessages(id, 'group', [ann], 1);
      await house.db.message.updateMany({
        where: { conversationId: id },
        data: { kind: 'location', text: null, media: { at: [1, 2.5, null], ok: true }, mentions: [ann] },
      });
      const { body } = await (await as(ann))('GET', `/conversations/${id}/messages`);
      expect(body.items[0]).to.have.all.keys(
        'type',
        'id',
        'conversation',
        'seq',
        'sender',
        'device',
        'clientMessageId',
        'kind',
        'media',
        'mentions',
        'sentAt',
      );
      expect(body.items[0].media).to.deep.equal({ at: [1, 2.5, null], ok: true });
    });
  });

  // ------------------------------------------------------------ devices

  describe('devices', () => {
    it('are listed and removed, one’s own only; the removed one is sent away', async () => {
      const [ann, ben] = [await makeUser('ann'), await makeUser('ben')];
      const told = await listen(ann);
      const phone = await house.stomp({ userId: ann }, { device: 'phone', headers: { 'device-name': 'My phone' } });
      await house.db.device.create({ data: { userId: ben, id: 'phone' } });
      const call = await as(ann);
      const { body } = await call('GET', '/devices');
      expect(body.items.map((one: { id: string; name: string }) => [one.id, one.name])).to.have.deep.members([
        ['d1', ''],
        ['phone', 'My phone'],
      ]);
      expect(body.items[0]).to.have.all.keys('id', 'name', 'kind', 'createdAt', 'lastSeenAt');
      expect((await call('DELETE', '/devices/phone')).status).to.equal(204);
      expectProblem(await call('DELETE', '/devices/phone'), 404, 'not-found');
      expect((await call('GET', '/devices')).body.items).to.have.length(1);
      expect((await (await as(ben))('GET', '/devices')).body.items).to.have.length(1);
      expect(await until('the close', () => phone.closeCode)).to.equal(4506);
      const event = await until('the event', () => told()[0]);
      expect(event).to.deep.equal({ type: 'device', device: 'phone', change: 'removed' });
    });
  });

  // ------------------------------------------------------------ documents and health

  describe('documents', () => {
    it('describe every call; every reference leads somewhere', async () => {
      const { body } = await request('GET', '/api/openapi.json');
      expect(body.openapi).to.match(/^3\.1\./);
      for (const row of chatRoutes(undefined as never, undefined as never)) {
        const operation = body.paths[`/api/chat${row.path}`]?.[row.method];
        expect(operation, `${row.method} ${row.path}`).to.have.property('summary', row.summary);
        const declared = operation.parameters.filter((one: { in: string }) => one.in === 'path');
        const wanted = [...row.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
        expect(declared.map((one: { name: string; required: boolean }) => one.required && one.name)).to.have.members(
          wanted,
        );
      }
      const refs = [...JSON.stringify(body).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] as string);
      expect(refs.length).to.be.greaterThan(10);
      for (const ref of refs) {
        const target = ref
          .split('/')
          .slice(1)
          .reduce((at, key) => at?.[key], body);
        expect(target, ref).to.be.an('object');
      }
    });

    it('are shown without a script in the page', async () => {
      const page = await fetch(`${house.url}/api/docs`);
      const html = await page.text();
      expect(page.headers.get('content-security-policy')).to.match(/script-src 'self';/);
      for (const [, src] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
        const file = await fetch(house.url + src);
        expect(file.status, src).to.equal(200);
        // a body that nobody reads keeps its socket
        await file.arrayBuffer();
      }
      expect(html).not.to.match(/<script(?![^>]*src=)/);
      expect(await (await fetch(`${house.url}/api/problems`)).text()).to.include('id="no-such-conversation"');
    });
  });

  describe('health', () => {
    it('is live and ready', async () => {
      expect((await request('GET', '/health/live')).body).to.deep.equal({ status: 'live' });
      expect((await request('GET', '/health/ready')).body).to.deep.equal({ status: 'ready' });
    });
  });
});
