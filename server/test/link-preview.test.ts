// Previews of links: of pages on this machine, which only a setting allows.
import { expect } from 'chai';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import zlib from 'node:zlib';
import { directConversationId } from '../contract/conversation-id.ts';
import type { MessageEvent } from '../contract/events.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { bounds } from '../links/link-bounds.ts';
import { sweepLinks } from '../worker/link-sweep.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';

const HEAD = '<head><meta property="og:title" content="Told"><meta property="og:site_name" content="Site"></head>';

describe('link previews', () => {
  let house: House;
  let pages: http.Server;
  let hidden: http.Server;
  let base: string;
  let hiddenUrl: string;
  let alice: Person;
  let bob: Person;
  let a: StompPeer;
  let b: StompPeer;
  const asked: string[] = [];
  const reached: string[] = [];
  /** bytes that the endless page has written */
  let written = 0;

  const html = { 'content-type': 'text/html; charset=utf-8' };
  const answers: Record<string, (response: http.ServerResponse) => void> = {
    page: (response) => response.writeHead(200, html).end(`${HEAD}<body>`),
    plain: (response) => response.writeHead(200, html).end('<title>Plain</title>'),
    bare: (response) => response.writeHead(200, html).end('<p>nothing'),
    loop: (response) => response.writeHead(302, { location: '/loop' }).end(),
    twice: (response) => response.writeHead(301, { location: 'once' }).end(),
    once: (response) => response.writeHead(307, { location: `${base}/page` }).end(),
    inside: (response) => response.writeHead(302, { location: hiddenUrl }).end(),
    byName: (response) => response.writeHead(302, { location: hiddenUrl.replace('127.0.0.1', 'localhost') }).end(),
    file: (response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    picture: (response) => response.writeHead(200, { 'content-type': 'image/png' }).end('<title>no</title>'),
    missing: (response) => response.writeHead(404, html).end('<title>not here</title>'),
    bomb: (response) =>
      response.writeHead(200, { ...html, 'content-encoding': 'gzip' }).end(zlib.gzipSync(Buffer.alloc(10_000_000))),
    wordy: (response) => response.writeHead(200, { ...html, 'x-a': 'a'.repeat(bounds.headerBytes) }).end(HEAD),
    slow: (response) => void response.writeHead(200, html).write('<title>'),
    giant: (response) => {
      response.writeHead(200, html).write('<head><title>Giant</title>');
      const more = () => {
        while (!response.destroyed && written < 100_000_000) {
          written += 65_536;
          if (!response.write('<meta name="x" content="y">'.padEnd(65_536, ' '))) return;
        }
      };
      response.on('drain', more);
      more();
    },
  };

  const listening = (server: http.Server) =>
    new Promise<string>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
    );

  before(async () => {
    pages = http.createServer((request, response) => {
      const name = new URL(request.url ?? '/', 'http://x').pathname.slice(1);
      asked.push(name);
      (answers[name] ?? answers.missing)?.(response);
    });
    hidden = http.createServer((request, response) => {
      reached.push(request.url ?? '');
      response.writeHead(200, html).end('<title>secret</title>');
    });
    [base, hiddenUrl] = [await listening(pages), await listening(hidden)];
    const allow = base.replace('http://', '');
    house = await House.open({ LINK_PREVIEW_ALLOW: allow, LINK_PREVIEW_MS: '500', LINK_PREVIEW_BYTES: '262144' });
  });
  beforeEach(async () => {
    [alice, bob] = (await house.people(2)) as [Person, Person];
    [a, b] = await Promise.all([house.stomp(alice), house.stomp(bob)]);
    await house.db.linkPreview.deleteMany();
    house.aheadMs = 0;
    asked.splice(0);
  });
  after(async () => {
    await house?.close();
    for (const server of [pages, hidden]) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function ask(url: string, who = alice) {
    const answer = await house.get(`/api/chat/link-preview?${new URLSearchParams({ url }).toString()}`, who);
    return answer as { status: number; body: { code?: string; title?: string } };
  }
  const codeOf = async (url: string, who = alice) => (await ask(url, who)).body.code;

  /** Sent by alice; as bob gets it. */
  async function got(draft: Record<string, unknown>): Promise<MessageEvent> {
    const clientMessageId = newId();
    const to = { user: bob.userId };
    expect(await a.send({ clientMessageId, to, kind: 'text', ...draft })).to.equal('receipt');
    const isIt = (message: MessageEvent) => message.clientMessageId === clientMessageId;
    await until('that bob has it', () => b.messages.some(isIt));
    return b.messages.find(isIt) as MessageEvent;
  }
  async function stored({ id }: Pick<MessageEvent, 'id'>, who = bob): Promise<MessageEvent | undefined> {
    const conversation = directConversationId(alice.userId, bob.userId);
    const { body } = await house.get(`/api/chat/conversations/${conversation}/messages`, who);
    return (body as { items: MessageEvent[] }).items.find((message) => message.id === id);
  }

  it('says what a page says, and looks once', async () => {
    expect(await ask(`${base}/page#part`)).to.deep.equal({
      status: 200,
      body: { url: `${base}/page#part`, title: 'Told', siteName: 'Site' },
    });
    expect((await ask(`${base}/page`, bob)).body.title).to.equal('Told');
    expect(asked).to.deep.equal(['page']);
    house.aheadMs = 25 * 3_600_000;
    expect((await ask(`${base}/page`)).body.title).to.equal('Told');
    expect(asked).to.deep.equal(['page', 'page']);
    expect((await ask(`${base}/twice`)).body.title).to.equal('Told');
  });

  it('refuses what is not public, named or led to', async () => {
    const { port } = new URL(hiddenUrl);
    const refused = [
      hiddenUrl,
      `http://localhost:${port}/`,
      `http://[::ffff:127.0.0.1]:${port}/`,
      `http://2130706433:${port}/`,
      'http://127.0.0.1/',
      'http://localhost/',
      'http://169.254.169.254/latest/meta-data/',
      'http://[::1]/',
      'http://10.0.0.1/',
      'ftp://127.0.0.1/',
      'http://a:b@example.org/',
      'http://example.org:22/',
      'nothing',
      `${base}/inside`,
      `${base}/byName`,
      `${base}/file`,
    ];
    for (const url of refused) expect(await codeOf(url), url).to.equal('preview-refused');
    expect((await ask(hiddenUrl)).status).to.equal(422);
    expect(reached).to.deep.equal([]);
    expect(await house.db.linkPreview.count()).to.equal(0);
  });

  it('shows nothing of what is no page, or does not come to an end', async () => {
    for (const name of ['bare', 'loop', 'picture', 'missing', 'bomb', 'wordy', 'slow'])
      expect(await codeOf(`${base}/${name}`), name).to.equal('no-preview');
    expect(asked.filter((name) => name === 'loop')).to.have.length(1 + bounds.redirects);
    expect(await house.db.linkPreview.count()).to.equal(0);
  });

  it('reads no further than its bound', async () => {
    expect((await ask(`${base}/giant`)).body.title).to.equal('Giant');
    // what the sockets hold comes on top
    expect(written).to.be.lessThan(20_000_000);
  });

  it('looks for one user at a few pages at a time, and so often', async () => {
    const slow = Array.from({ length: 12 }, (_, n) => codeOf(`${base}/slow?${n}`));
    const codes = await Promise.all(slow);
    expect(codes.filter((code) => code === 'no-preview')).to.have.length(bounds.fetchesOfUser);
    expect(codes.filter((code) => code === 'too-many-requests')).to.have.length(12 - bounds.fetchesOfUser);
    const many = await Promise.all(Array.from({ length: 60 }, () => codeOf('nothing', bob)));
    expect(many.filter((code) => code === 'too-many-requests')).to.have.length.within(20, 30);
  });

  it('goes with a message that asks for it, live and in history, and forwarded', async () => {
    const url = `${base}/page`;
    await ask(url);
    const preview = { url, title: 'Told', siteName: 'Site' };
    const message = await got({ text: `see ${url}!`, preview: url });
    expect(message.preview).to.deep.equal(preview);
    expect((await stored(message))?.preview).to.deep.equal(preview);
    const clientMessageId = newId();
    expect(
      await b.send({ clientMessageId, to: { user: alice.userId }, id: message.id }, '/app/messages/forward'),
    ).to.equal('receipt');
    await until('that it is forwarded', () => a.messages.some((other) => other.clientMessageId === clientMessageId));
    expect(a.messages.find((other) => other.clientMessageId === clientMessageId)?.preview).to.deep.equal(preview);
    // not asked for: none
    expect(await got({ text: url })).not.to.have.property('preview');
    // asked for, and nothing known: the message is not kept waiting, and nobody looks
    expect(await got({ text: `${base}/plain`, preview: `${base}/plain` })).not.to.have.property('preview');
    expect(asked).to.deep.equal(['page']);
  });

  it('cannot be forged', async () => {
    const url = `${base}/page`;
    await ask(url);
    const lie = { url, title: 'Lie' };
    const [to, clientMessageId] = [{ user: bob.userId }, newId()];
    const refused = [
      { text: url, preview: lie },
      { text: 'elsewhere', preview: url },
      { kind: 'location', media: { latitude: 1, longitude: 1 }, text: url, preview: url },
    ];
    for (const draft of refused)
      expect(await a.send({ clientMessageId, to, kind: 'text', ...draft })).to.include({ code: 'draft-invalid' });
    const told = await got({ text: url, preview: url, linkPreview: lie, previews: [lie] });
    expect(told.preview).to.include({ title: 'Told' });
    expect(await got({ text: url, linkPreview: lie })).not.to.have.property('preview');
    for (const text of [hiddenUrl, 'http://127.0.0.1:1/', 'nothing'])
      expect(await got({ text, preview: text })).not.to.have.property('preview');
    expect(reached).to.deep.equal([]);
  });

  it('goes with its address when that is edited away, and with the message when that is recalled', async () => {
    const url = `${base}/page`;
    await ask(url);
    const [kept, edited, recalled] = [
      await got({ text: `1 ${url}`, preview: url }),
      await got({ text: `2 ${url}`, preview: url }),
      await got({ text: `3 ${url}`, preview: url }),
    ];
    await a.send({ id: kept.id, text: `look: ${url}` }, '/app/messages/edit');
    await a.send({ id: edited.id, text: 'never mind' }, '/app/messages/edit');
    await a.send({ id: recalled.id }, '/app/messages/recall');
    await until('that it is recalled', () => b.events.some(({ type }) => type === 'message.recalled'));
    await until('that both are edited', () => b.events.filter(({ type }) => type === 'message.edited').length === 2);
    expect((await stored(kept))?.preview).to.include({ title: 'Told' });
    expect(await stored(edited)).not.to.have.property('preview');
    expect(await stored(recalled)).not.to.have.property('preview');
    const [row] = await house.db.message.findMany({ where: { id: recalled.id }, select: { preview: true } });
    expect(row?.preview).to.equal(null);
  });

  it('is forgotten when it is old, and where there are too many', async () => {
    await ask(`${base}/plain`);
    const rooms = { db: house.db, config: house.config, clock: { now: () => Date.now() } };
    expect(await sweepLinks(rooms)).to.equal(0);
    house.aheadMs = 1000;
    for (const n of [1, 2]) await ask(`${base}/page?${n}`);
    expect(await sweepLinks({ ...rooms, config: { ...house.config, LINK_PREVIEWS_KEPT: 2 } })).to.equal(1);
    expect(await sweepLinks({ ...rooms, clock: { now: () => Date.now() + 25 * 3_600_000 } })).to.equal(2);
    expect(await house.db.linkPreview.count()).to.equal(0);
  });

  it('is made of nothing where it is switched off', async () => {
    const url = `${base}/page`;
    await ask(url);
    await house.stop();
    Object.assign(house.config, { LINK_PREVIEWS: false });
    await house.start();
    expect(await codeOf(url)).to.equal('preview-refused');
    [a, b] = await Promise.all([house.stomp(alice), house.stomp(bob)]);
    expect(await got({ text: url, preview: url })).not.to.have.property('preview');
  });
});
