// Taking one's data along: what is in the archive, and what is not.
import { expect } from 'chai';
import { inflateRawSync } from 'node:zlib';
import { directConversationId } from '../contract/conversation-id.ts';
import { until } from '../lib/backoff.ts';
import { House, type Person } from './house.ts';

/** The files of a zip, by its central directory. */
function filesOf(zip: Buffer): Map<string, Buffer> {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  const files = new Map<string, Buffer>();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [method, size] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)];
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const local = zip.readUInt32LE(at + 42);
    const data = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const bytes = zip.subarray(data, data + size);
    files.set(zip.toString('utf8', at + 46, at + 46 + name), method === 8 ? inflateRawSync(bytes) : bytes);
    at += 46 + name + extra + comment;
  }
  return files;
}

describe('an export', () => {
  let house: House;
  let alice: Person;
  let bob: Person;

  before(async () => {
    house = await House.open();
    [alice, bob] = (await house.people(2)) as [Person, Person];
  });
  after(() => house.close());

  const ask = async (who: Person) =>
    fetch(`${house.url}/api/chat/export`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await house.token(who)}` },
    });
  const rows = (files: Map<string, Buffer>, path: string) =>
    (files.get(path)?.toString('utf8') ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));

  it('holds what is hers and what she may read, and nothing else', async () => {
    const group = await house.group([alice, bob]);
    const mine = directConversationId(alice.userId, bob.userId);
    const [a, b] = await Promise.all([house.stomp(alice), house.stomp(bob)]);
    for (let i = 1; i <= 3; i++) expect(await a.say({ user: bob.userId }, `hello ${i}`)).to.equal('receipt');
    expect(await b.say({ conversation: group }, 'to all')).to.equal('receipt');
    expect(await b.say({ user: bob.userId }, 'to myself')).to.equal('receipt');
    await until('what was said', () => a.messages.length === 4 && b.messages.length === 5);
    await house.db.member.updateMany({ where: { conversationId: mine, userId: alice.userId }, data: { joinedSeq: 1 } });
    await house.db.contact.create({ data: { fromId: bob.userId, toId: alice.userId, state: 'accepted' } });
    await house.db.message.createMany({
      data: Array.from({ length: 450 }, (_, i) => ({
        conversationId: group,
        seq: i + 2,
        id: `${group}${i}`,
        senderId: bob.userId,
        deviceId: 'd',
        clientMessageId: `${group}${i}`,
        kind: 'text',
        text: `n${i}`,
        mentions: [],
        sentAt: new Date(),
      })),
    });
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const draft = { clientMessageId: 'x', to: { user: bob.userId }, kind: 'text', text: 'later', sendAt: later };
    for (const who of [alice, bob]) {
      expect((await house.call(who, 'POST', '/api/chat/scheduled', draft)).status).to.equal(201);
    }
    const form = new FormData();
    form.set('file', new Blob(['the bytes of it']), '../notes.txt');
    const headers = { authorization: `Bearer ${await house.token(alice)}` };
    const upload = await fetch(`${house.url}/api/chat/media`, { method: 'POST', headers, body: form });
    expect(upload.status).to.equal(201);
    const { id } = (await upload.json()) as { id: string };

    const answer = await ask(alice);
    expect([answer.status, answer.headers.get('content-type')]).to.deep.equal([200, 'application/zip']);
    const files = filesOf(Buffer.from(await answer.arrayBuffer()));
    expect(rows(files, 'profile.jsonl')[0]).to.include({ id: alice.userId, username: alice.username });
    expect(rows(files, 'contacts.jsonl').map(({ user }) => user.id)).to.deep.equal([bob.userId]);
    expect(rows(files, 'devices.jsonl')).to.have.length(1);
    expect(rows(files, 'scheduled.jsonl').map(({ text, sendAt }) => [text, sendAt])).to.deep.equal([['later', later]]);
    expect(rows(files, `messages/${mine}.jsonl`).map(({ text }) => text)).to.deep.equal(['hello 2', 'hello 3']);
    expect(rows(files, `messages/${group}.jsonl`).map(({ text }) => text)).to.deep.equal([
      'to all',
      ...Array.from({ length: 450 }, (_, i) => `n${i}`),
    ]);
    expect(rows(files, 'conversations.jsonl').map((one) => one.id)).to.have.members([mine, group]);
    const stored = [...files].filter(([path]) => path.startsWith('media/'));
    expect(
      stored.map(([path, bytes]) => [path.startsWith(`media/${id}/`), path.includes('..'), bytes.toString()]),
    ).to.deep.equal([[true, false, 'the bytes of it']]);
    const whole = [...files.values()].join('\n');
    expect(whole).not.to.include('to myself');
    expect(whole).not.to.match(/passwordHash|grantId|password_hash/);
  });

  it('is not for strangers, and comes a few times a day', async () => {
    expect((await fetch(`${house.url}/api/chat/export`, { method: 'POST' })).status).to.equal(401);
    for (let i = 0; i < 5; i++) {
      const answer = await ask(bob);
      expect(answer.status).to.equal(200);
      await answer.arrayBuffer();
    }
    expect((await ask(bob)).status).to.equal(429);
  });
});
