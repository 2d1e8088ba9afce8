// Every way in which a SEND is refused: its code, what it echoes, and that nothing else comes of it.
import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { directConversationId } from '../contract/conversation-id.ts';
import { codes, type Code } from '../contract/errors.ts';
import { limits } from '../contract/limits.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { House, type Person } from './house.ts';
import type { RawPeer } from './raw-peer.ts';

describe('a refusal', () => {
  let house: House;
  let alice: Person;
  let bob: Person;
  /** somebody else's world */
  let carol: Person;
  let dave: Person;
  let foreignGroup: string;
  let peer: RawPeer;

  before(async () => {
    house = await House.open();
    [alice, bob] = (await house.people(2)) as [Person, Person];
    [carol, dave] = (await house.people(2)) as [Person, Person];
    foreignGroup = await house.group([carol, dave]);
    peer = await house.raw();
    const passcode = await house.token(alice);
    peer.frame('CONNECT', { 'accept-version': '1.2', 'device-id': 'd1', passcode });
    peer.frame('SUBSCRIBE', { id: 'r', destination: '/user/queue/refusals' });
    peer.frame('SUBSCRIBE', { id: 'e', destination: '/user/queue/events', receipt: 'ready' });
    await peer.awaitFrame('RECEIPT', { 'receipt-id': 'ready' });
  });
  after(() => house.close());

  const draft = (changes: Record<string, unknown> = {}) => ({
    clientMessageId: newId(),
    to: { user: bob.userId },
    kind: 'text',
    text: 'hello',
    ...changes,
  });
  const messages = '/app/messages';

  /** Sends the bytes; gives the refusal's body. */
  const refusalOf = async (body: string | Buffer, destination = messages) => {
    const receipt = newId();
    const head = `SEND\ndestination:${destination}\nreceipt:${receipt}\ncontent-length:${Buffer.byteLength(body)}\n\n`;
    const from = peer.frames.length;
    peer.socket.send(Buffer.concat([Buffer.from(head), Buffer.from(body), Buffer.alloc(1)]));
    const frame = await until('the refusal', () =>
      peer.frames
        .slice(from)
        .find((one) => one.headers.get('subscription') === 'r' || one.headers.get('receipt-id') === receipt),
    );
    expect(frame.command, frame.body.toString()).to.equal('MESSAGE');
    expect(frame.headers.get('destination')).to.equal('/user/queue/refusals');
    const refusal = JSON.parse(frame.body.toString()) as { code: Code; message: string; clientMessageId?: string };
    expect(refusal).to.include({ receipt });
    expect(refusal.message).to.match(/../);
    return refusal;
  };

  /** The session goes on: what is sent now is taken; no RECEIPT came of what was refused. */
  const goesOn = async () => {
    const before = peer.frames.filter(({ command }) => command === 'RECEIPT').length;
    peer.frame('SEND', { destination: messages, receipt: newId() }, JSON.stringify(draft()));
    const receipts = await until('the receipt', () => {
      const all = peer.frames.filter(({ command }) => command === 'RECEIPT');
      return all.length > before ? all : undefined;
    });
    expect(receipts.length).to.equal(before + 1);
  };

  type Refused = [what: string, body: () => unknown, code: Code];
  const drafts: Refused[] = [
    ['to somebody who is no contact', () => draft({ to: { user: carol.userId } }), 'not-a-contact'],
    ['to nobody', () => draft({ to: { user: newId() } }), 'no-such-user'],
    ['to a user whose name cannot be one', () => draft({ to: { user: 'a-b' } }), 'no-such-user'],
    ['into a group one is no member of', () => draft({ to: { conversation: foreignGroup } }), 'no-such-conversation'],
    ['into no conversation', () => draft({ to: { conversation: newId() } }), 'no-such-conversation'],
    [
      'into a conversation of two others',
      () => draft({ to: { conversation: directConversationId(carol.userId, dave.userId) } }),
      'no-such-conversation',
    ],
    [
      'into the conversation with nobody',
      () => draft({ to: { conversation: directConversationId(alice.userId, newId()) } }),
      'no-such-user',
    ],
    ['of 70 kB of text', () => draft({ text: 'x'.repeat(70_000) }), 'text-too-long'],
    ['of 64 KiB and an octet', () => draft({ text: `${'ä'.repeat(limits.textBytes / 2)}x` }), 'text-too-long'],
    ['of an unknown kind', () => draft({ kind: 'smell' }), 'unknown-kind'],
    ['of a kind that is no text', () => draft({ kind: 7 }), 'unknown-kind'],
    ['without `to`', () => draft({ to: undefined }), 'draft-invalid'],
    ['to two at once', () => draft({ to: { user: bob.userId, conversation: 'x' } }), 'draft-invalid'],
    ['to an empty user', () => draft({ to: { user: '' } }), 'draft-invalid'],
    ['to a user with a NUL', () => draft({ to: { user: 'a\0' } }), 'draft-invalid'],
    ['into a conversation with a NUL', () => draft({ to: { conversation: 'a\0' } }), 'draft-invalid'],
    [
      'into a direct conversation with a NUL',
      () => draft({ to: { conversation: `d-\0-${alice.userId}` } }),
      'draft-invalid',
    ],
    ['to a user with half a surrogate', () => draft({ to: { user: '\ud800' } }), 'no-such-user'],
    ['without a text', () => draft({ text: undefined }), 'draft-invalid'],
    ['with an empty text', () => draft({ text: '' }), 'draft-invalid'],
    ['with a text that is none', () => draft({ text: 5 }), 'draft-invalid'],
    ['with a NUL in the text', () => draft({ text: 'a\0b' }), 'draft-invalid'],
    ['with half a surrogate pair in the text', () => draft({ text: 'a\udc00b' }), 'draft-invalid'],
    ['with a NUL deep in its media', () => draft({ kind: 'file', media: { a: [{ 'b\0': 1 }] } }), 'draft-invalid'],
    ['with half a surrogate pair in its media', () => draft({ kind: 'file', media: ['\ud83d'] }), 'draft-invalid'],
    ['with a mention that is none', () => draft({ mentions: [7] }), 'draft-invalid'],
    ['with too many mentions', () => draft({ mentions: Array(limits.mentions + 1).fill('x') }), 'draft-invalid'],
    ['with a NUL in its id', () => draft({ clientMessageId: 'a\0' }), 'draft-invalid'],
    ['with too long an id', () => draft({ clientMessageId: 'x'.repeat(129) }), 'draft-invalid'],
  ];

  for (const [what, make, code] of drafts) {
    it(`meets a message ${what}: ${code}`, async () => {
      const body = make() as { clientMessageId: string };
      const stored = await house.db.message.count();
      const refusal = await refusalOf(JSON.stringify(body));
      expect(refusal).to.include({ code, clientMessageId: body.clientMessageId });
      expect(Object.keys(refusal)).to.have.members(['code', 'message', 'receipt', 'clientMessageId']);
      await goesOn();
      await until('what went on is stored', async () => (await house.db.message.count()) > stored);
      expect(
        await house.db.message.count({ where: { clientMessageId: body.clientMessageId.replace('\0', '') } }),
      ).to.equal(0);
    });
  }

  const bodies: [string, () => string | Buffer, Code, string?][] = [
    ['a body that is no JSON', () => '{"clientMessageId":', 'body-not-json'],
    ['an empty body', () => '', 'body-not-json'],
    ['a body that is not UTF-8', () => Buffer.from([0x22, 0xff, 0x22]), 'body-not-json'],
    ['a body with raw NULs', () => '"a\0"', 'body-not-json'],
    ['a body that is no object', () => 'null', 'draft-invalid'],
    ['a body that is a list', () => '[]', 'draft-invalid'],
    ['an id that is no text', () => JSON.stringify(draft({ clientMessageId: 5 })), 'draft-invalid'],
    ['no id', () => JSON.stringify(draft({ clientMessageId: undefined })), 'draft-invalid'],
    [
      'an unknown destination',
      () => JSON.stringify(draft({ clientMessageId: 'known' })),
      'unknown-destination',
      '/app/nowhere',
    ],
    ['a name every object has', () => '{}', 'unknown-destination', 'constructor'],
    ['markers that are none', () => JSON.stringify({ conversation: 'x' }), 'draft-invalid', '/app/markers'],
    ['markers before the first', () => JSON.stringify({ conversation: 'x', read: 0 }), 'draft-invalid', '/app/markers'],
    [
      'markers of nothing',
      () => JSON.stringify({ conversation: newId(), read: 1 }),
      'no-such-conversation',
      '/app/markers',
    ],
    [
      'markers of others',
      () => JSON.stringify({ conversation: foreignGroup, read: 1 }),
      'no-such-conversation',
      '/app/markers',
    ],
  ];
  for (const [what, make, code, destination] of bodies) {
    it(`meets ${what}: ${code}`, async () => {
      const refusal = await refusalOf(make(), destination);
      expect(refusal).to.include({ code });
      expect(refusal).to.not.have.property('clientMessageId');
      await goesOn();
    });
  }

  it('meets a second subscription to the events, and the first one lives on', async () => {
    peer.frame('SUBSCRIBE', { id: 'e2', destination: '/user/queue/events', receipt: 'second' });
    const isIt = ({ body }: { body: Buffer }) => body.includes('"second"');
    const frame = await until('the refusal', () => peer.frames.find(isIt));
    expect(JSON.parse(frame.body.toString())).to.include({ code: 'already-subscribed', receipt: 'second' });
    const draftOf = draft();
    peer.frame('SEND', { destination: messages }, JSON.stringify(draftOf));
    const event = await until('the event', () =>
      peer.frames.find(({ body }) => body.includes(draftOf.clientMessageId)),
    );
    expect(event.headers.get('subscription')).to.equal('e');
  });

  it('is not told where nobody subscribed to the refusals, and no receipt comes', async () => {
    const quiet = await house.raw();
    quiet.frame('CONNECT', { 'accept-version': '1.2', 'device-id': 'd2', passcode: await house.token(alice) });
    quiet.frame('SEND', { destination: '/app/nowhere', receipt: 'never' }, '{}');
    quiet.frame('BEGIN', { transaction: 't', receipt: 'after' });
    await quiet.awaitFrame('RECEIPT', { 'receipt-id': 'after' });
    expect(quiet.frames.map(({ command }) => command)).to.deep.equal(['CONNECTED', 'RECEIPT']);
  });
});

describe('the table of codes', () => {
  const server = new URL('../', import.meta.url);
  const below = ['relay', 'broker', 'chat', 'people', 'worker', 'stomp', 'contract', 'http'];
  const texts = below.flatMap((room) =>
    readdirSync(new URL(`${room}/`, server), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'errors.ts')
      .map((name) => ({ name: `${room}/${name}`, text: readFileSync(new URL(`${room}/${name}`, server), 'utf8') })),
  );

  it('has no code for the STOMP session that nothing there says', () => {
    const unsaid = Object.entries(codes)
      .filter(([, { refusal, close }]) => refusal || close)
      .map(([code]) => code)
      .filter((code) => !texts.some(({ text }) => text.includes(`'${code}'`)));
    expect(unsaid).to.deep.equal([]);
  });

  it('has every code that is said', () => {
    const says =
      /(?:new (?:ParleyError|StompError|HeadError)|\.(?:fault|refuse|close|#cut))\(\s*'([a-z]+(?:-[a-z]+)*)'/g;
    const said = texts.flatMap(({ name, text }) => [...text.matchAll(says)].map(([, code]) => ({ name, code })));
    expect(said.length).to.be.above(20);
    for (const { name, code } of said) expect(codes, name).to.have.property(code as string);
  });

  it('has one close code a reason: 4000 to 4499 come back, 4500 to 4999 do not', () => {
    const closes = Object.values(codes).flatMap(({ close }) => close ?? []);
    expect(new Set(closes).size).to.equal(closes.length);
    for (const close of closes) expect(close).to.be.within(4000, 4999);
    const forGood = [
      'protocol-error',
      'token-invalid',
      'session-replaced',
      'device-removed',
      'subscription-denied',
    ] as const;
    for (const code of forGood) expect(codes[code].close, code).to.be.at.least(4500);
    const comeBack = ['going-away', 'too-slow', 'token-expired', 'heart-beat-missed', 'internal'] as const;
    for (const code of comeBack) expect(codes[code].close, code).to.be.below(4500);
  });
});
