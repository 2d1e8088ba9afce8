// Searching: what is found, by whom, and by whom not.
import { expect } from 'chai';
import { directConversationId } from '../contract/conversation-id.ts';
import type { MessageEvent } from '../contract/events.ts';
import type { SearchResult } from '../contract/rest-search.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';

describe('search', () => {
  let house: House;
  let alice: Person;
  let bob: Person;
  let carol: Person;
  let a: StompPeer;

  before(async () => {
    house = await House.open();
  });
  beforeEach(async () => {
    [alice, bob, carol] = (await house.people(3)) as [Person, Person, Person];
    a = await house.stomp(alice);
  });
  after(() => house.close());

  async function ask(who: Person, query: Record<string, string>) {
    const answer = await house.get(`/api/chat/search?${new URLSearchParams(query).toString()}`, who);
    return answer as { status: number; body: SearchResult & { code?: string } };
  }
  const texts = async (who: Person, query: Record<string, string>) =>
    (await ask(who, query)).body.items.map(({ message }) => message.text);
  /** Until the index has it. */
  async function finds(who: Person, q: string, count: number, more: Record<string, string> = {}) {
    let found: (string | undefined)[] = [];
    await until(
      `that ${q} is found ${count} times`,
      async () => (found = await texts(who, { q, ...more })).length === count,
    );
    return found;
  }
  /** Said by alice, and seen by her with its seq. */
  async function said(to: { user: string } | { conversation: string }, text: string): Promise<MessageEvent> {
    expect(await a.say(to, text)).to.equal('receipt');
    await until('that it is stored', () => a.messages.some((message) => message.text === text));
    return a.messages.find((message) => message.text === text) as MessageEvent;
  }

  it('finds words by their beginnings, with highlights, and only for who may read them', async () => {
    const { id, seq } = await said({ user: bob.userId }, 'The <b>Crème</b> brûlée of Zanzibar');
    await finds(bob, 'creme zanz', 1);
    const { body } = await ask(alice, { q: 'creme zanz' });
    const [hit] = body.items;
    expect(hit?.message).to.include({ id, seq, conversation: directConversationId(alice.userId, bob.userId) });
    expect(hit?.highlights.map(({ start, end }) => hit.message.text?.slice(start, end))).to.deep.equal([
      'Crème',
      'Zanzibar',
    ]);
    expect(body.next).to.equal(null);
    expect(await texts(carol, { q: 'zanzibar' })).to.deep.equal([]);
    expect(await texts(carol, { q: 'zanzibar', conversation: hit?.message.conversation ?? '' })).to.deep.equal([]);
    expect(await texts(bob, { q: 'zanzibar nowhere' })).to.deep.equal([]);
    expect(await texts(bob, { q: 'anzibar' })).to.deep.equal([]);
  });

  it('finds Chinese and Japanese without spaces', async () => {
    await said({ user: bob.userId }, '我们明天去北京大学吧');
    await said({ user: bob.userId }, '東京タワーへ行こう');
    await finds(bob, '京', 2);
    expect(await texts(bob, { q: '北京大' })).to.deep.equal(['我们明天去北京大学吧']);
    expect(await texts(bob, { q: 'タワー' })).to.deep.equal(['東京タワーへ行こう']);
    expect(await texts(bob, { q: '北大' })).to.deep.equal([]);
  });

  it('finds an edited text in its new form only, and nothing of a recalled one', async () => {
    const { id } = await said({ user: bob.userId }, 'aubergine');
    const gone = await said({ user: bob.userId }, 'artichoke');
    await finds(bob, 'a', 2);
    expect(await a.send({ id, text: 'courgette' }, '/app/messages/edit')).to.equal('receipt');
    expect(await a.send({ id: gone.id }, '/app/messages/recall')).to.equal('receipt');
    await until('that it is recalled', () => a.events.some(({ type }) => type === 'message.recalled'));
    expect(await texts(bob, { q: 'artichoke' })).to.deep.equal([]);
    await finds(bob, 'courgette', 1);
    expect(await texts(bob, { q: 'aubergine' })).to.deep.equal([]);
    // nor is anything of it left in the index
    await until('that the index is written again', async () => {
      const [left] = await house.db.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int AS count FROM search_chunk WHERE conversation_id = ${gone.conversation}
          AND (terms::text LIKE '%artichoke%' OR terms::text LIKE '%aubergine%')`;
      return left?.count === 0;
    });
  });

  it('finds nothing that one has deleted for oneself or cleared', async () => {
    const { conversation, seq } = await said({ user: bob.userId }, 'chestnut');
    await said({ user: bob.userId }, 'chestnuts');
    await finds(alice, 'chest', 2);
    const call = async (path: string) => {
      const headers = { authorization: `Bearer ${await house.token(alice)}` };
      return (await fetch(`${house.url}/api/chat/conversations/${conversation}${path}`, { method: 'DELETE', headers }))
        .status;
    };
    expect(await call(`/messages/${seq}`)).to.equal(204);
    expect(await texts(alice, { q: 'chest' })).to.deep.equal(['chestnuts']);
    await house.db.member.updateMany({ where: { userId: alice.userId }, data: { joinedSeq: seq + 1 } });
    expect(await texts(alice, { q: 'chest' })).to.deep.equal([]);
    expect(await texts(bob, { q: 'chest' })).to.have.length(2);
  });

  it('of a group finds what was said while one was a member, and no system messages', async () => {
    const conversation = await house.group([alice, bob]);
    await house.db.member.updateMany({
      where: { conversationId: conversation, userId: alice.userId },
      data: { role: 'owner' },
    });
    await said({ conversation }, 'walnut before');
    const call = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(`${house.url}/api/chat/conversations/${conversation}${path}`, {
        method,
        headers: { authorization: `Bearer ${await house.token(alice)}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      expect(response.status).to.be.lessThan(300);
    };
    await call('POST', '/members', { members: [carol.userId] });
    await said({ conversation }, 'walnut meanwhile');
    await call('DELETE', `/members/${carol.userId}`);
    await said({ conversation }, 'walnut after');
    await call('PATCH', '', { title: 'walnut friends' });
    await finds(alice, 'walnut', 3);
    expect(await texts(carol, { q: 'walnut' })).to.deep.equal(['walnut meanwhile']);
    const { groups } = (await ask(bob, { q: 'friend' })).body;
    expect(groups).to.deep.equal([{ id: conversation, title: 'walnut friends', picture: null, members: 2 }]);
    expect((await ask(carol, { q: 'friend' })).body.groups).to.deep.equal([]);
  });

  it('filters by conversation, sender, kind and time, and goes through a kind without words', async () => {
    const b = await house.stomp(bob);
    const conversation = directConversationId(alice.userId, bob.userId);
    await said({ user: carol.userId }, 'pepper for carol');
    const first = await said({ user: bob.userId }, 'pepper of alice');
    expect(await b.say({ user: alice.userId }, 'pepper of bob')).to.equal('receipt');
    const file = {
      clientMessageId: newId(),
      to: { conversation },
      kind: 'location',
      media: { latitude: 1, longitude: 2, name: 'Pepper Hill' },
    };
    expect(await a.send(file)).to.equal('receipt');
    await finds(alice, 'pepper', 4);
    const found = (more: Record<string, string>) => texts(alice, { q: 'pepper', ...more });
    expect(await found({ conversation, sender: alice.userId })).to.deep.equal([undefined, 'pepper of alice']);
    expect(await found({ sender: bob.userId })).to.deep.equal(['pepper of bob']);
    expect(await found({ kind: 'location,image' })).to.deep.equal([undefined]);
    expect(await found({ before: first.sentAt })).to.deep.equal(['pepper for carol']);
    expect(await found({ after: first.sentAt })).to.have.length(3);
    expect(await texts(alice, { kind: 'location' })).to.have.length(1);
    const [hit] = (await ask(alice, { q: 'hill' })).body.items;
    expect(hit?.nameHighlights).to.deep.equal([{ file: 0, start: 7, end: 11 }]);
    expect((await ask(alice, {})).body.code).to.equal('request-invalid');
    expect((await ask(alice, { q: 'x', kind: 'nonsense' })).body.code).to.equal('request-invalid');
    expect((await ask(alice, { q: 'x', cursor: 'nonsense' })).body.code).to.equal('request-invalid');
    expect(await texts(alice, { q: '!?' })).to.deep.equal([]);
  });

  it('shows what matches better first, and every match once over the pages', async () => {
    const conversation = newId();
    const count = 2500;
    await house.db.conversation.create({
      data: { id: conversation, kind: 'group', lastSeq: count, members: { create: [{ userId: alice.userId }] } },
    });
    await house.db.$executeRaw`
      INSERT INTO message (conversation_id, seq, id, sender_id, device_id, client_message_id, kind, text, mentions, sent_at)
      SELECT ${conversation}, n, ${conversation} || n, ${bob.userId}, 'd', ${conversation} || n, 'text',
        CASE WHEN n % 5 = 0 THEN 'nothing of it' WHEN n = 2497 THEN 'of ginger tea' WHEN n = 2498 THEN 'ginger teapot' ELSE 'tea with gingerbread' END,
        '{}', now() - (${count}::int - n) * interval '1 hour' FROM generate_series(1, ${count}::int) n`;
    await said({ conversation }, 'a last ginger teacake');
    await until(
      'that all is in the index',
      async () => (await house.db.searchChunk.count({ where: { conversationId: conversation } })) === 79,
    );
    const seqs: number[] = [];
    for (let cursor: string | null = '', pages = 0; cursor !== null; pages++) {
      expect(pages).to.be.lessThan(200);
      const { body }: { body: SearchResult } = await ask(alice, {
        q: 'ginger tea',
        ...(cursor ? { cursor } : {}),
        limit: '50',
      });
      seqs.push(...body.items.map(({ message }) => message.seq));
      cursor = body.next;
    }
    expect(seqs.slice(0, 4)).to.deep.equal([2497, 2501, 2499, 2498]);
    expect(new Set(seqs).size).to.equal(seqs.length);
    expect(seqs.length).to.equal(2001);
  });

  it('finds people as /users does', async () => {
    const { people } = (await ask(alice, { q: bob.username })).body;
    expect(people.map(({ id }) => id)).to.deep.equal([bob.userId]);
    expect((await ask(alice, { q: bob.username, kind: 'text' })).body.people).to.deep.equal([]);
    await house.db.block.create({ data: { userId: bob.userId, blockedId: alice.userId } });
    expect((await ask(alice, { q: bob.username })).body.people).to.deep.equal([]);
  });
});
