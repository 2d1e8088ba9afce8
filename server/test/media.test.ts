// Files, from the upload to the last byte that anybody may read, through the public interfaces: forms, the tus protocol,
// messages, signed URLs; who may read what and when no longer; what becomes of what nobody shows.
import fs from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import { Upload } from 'tus-js-client';
import { directConversationId } from '../contract/conversation-id.ts';
import type { MessageEvent } from '../contract/events.ts';
import type { Attachment, MediaUrl } from '../contract/media.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';

const API = '/api/chat';
const PIXELS = 400_000;

/** A picture that says where it was taken. */
const photo = (width = 300, height = 200, colour = '#336699') =>
  sharp({ create: { width, height, channels: 3, background: colour } })
    .jpeg()
    .withExif({ IFD0: { Copyright: 'secret owner' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
    .toBuffer();

/** A second of a tone, 16 bits, 8 kHz. */
function tone(): Buffer {
  const samples = 8000;
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples * 2, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(16_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples * 2, 40);
  const body = Buffer.alloc(samples * 2);
  for (let i = 0; i < samples; i++) body.writeInt16LE(Math.round((i / samples) * 30_000 * Math.sin(i / 3)), i * 2);
  return Buffer.concat([head, body]);
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly json: ReturnType<typeof JSON.parse>;
}

describe('media', () => {
  let house: House;
  let alice: Person;
  let bob: Person;
  let carol: Person;

  before(async () => {
    house = await House.open({
      MEDIA_PIXELS: String(PIXELS),
      MEDIA_FILE_BYTES: '300000',
      MEDIA_DIRECT_BYTES: '200000',
      MEDIA_QUOTA_BYTES: '1000000',
      MEDIA_UPLOADS_PER_USER: '5',
      MEDIA_FFMPEG: '0',
    });
  });
  beforeEach(async () => {
    [alice, bob, carol] = (await house.people(3)) as [Person, Person, Person];
  });
  after(() => house.close());

  // ------------------------------------------------------------ furniture

  async function fetched(url: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(house.url + url, init);
    const bytes = Buffer.from(await response.arrayBuffer());
    const isJson = bytes.length > 0 && /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      json: isJson ? JSON.parse(bytes.toString()) : undefined,
    };
  }
  const call = async (
    person: Person,
    method: string,
    of: string,
    headers: object = {},
    body?: unknown,
  ): Promise<Answer> =>
    fetched(API + of, {
      method,
      headers: {
        authorization: `Bearer ${await house.token(person)}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  async function upload(person: Person, bytes: Buffer | string, name = 'a.bin', fields: Record<string, string> = {}) {
    const form = new FormData();
    for (const [field, value] of Object.entries(fields)) form.append(field, value);
    form.append('file', new Blob([bytes]), name);
    const headers = { authorization: `Bearer ${await house.token(person)}` };
    return fetched(`${API}/media`, { method: 'POST', headers, body: form });
  }
  const uploaded = async (...of: Parameters<typeof upload>): Promise<Attachment> => {
    const answer = await upload(...of);
    expect(answer.status, answer.bytes.toString()).to.equal(201);
    return answer.json as Attachment;
  };
  const read = (person: Person, id: string, headers: object = {}, query = '') =>
    call(person, 'GET', `/media/${id}${query}`, headers);
  const statusOf = async (person: Person, id: string) => (await read(person, id)).status;
  const show = (peer: StompPeer, to: object, media: unknown, kind = 'file', clientMessageId = newId()) =>
    peer.send({ clientMessageId, to, kind, media });
  const codeOf = async (outcome: Promise<'receipt' | { code: string }>) => {
    const known = await outcome;
    return known === 'receipt' ? known : known.code;
  };
  const heard = (peer: StompPeer, id: string) =>
    until('the message', () => peer.messages.find((one) => mediaOf(one)[0]?.id === id));
  const mediaOf = (event: MessageEvent): Attachment[] => (event.media ?? []) as unknown as Attachment[];
  const stored = async () => {
    const entries = await fs.readdir(path.join(house.config.DATA_DIR, 'media'), {
      recursive: true,
      withFileTypes: true,
    });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  };

  // ------------------------------------------------------------ uploads

  it('takes a picture, keeps its pixels and nothing else, and shows a preview of it', async () => {
    const bytes = await photo();
    expect(bytes.toString('latin1')).to.include('secret owner');
    const picture = await uploaded(alice, bytes, 'Ferien "am" Meer.exe');
    expect(picture).to.include({ kind: 'image', type: 'image/jpeg', width: 300, height: 200, preview: true });
    expect(picture).to.include({ name: 'Ferien "am" Meer.exe' });
    expect(picture.blurhash).to.match(/^.{20,}$/);
    const whole = await read(alice, picture.id);
    expect(whole.status).to.equal(200);
    expect(whole.bytes.length).to.equal(picture.size);
    expect(whole.bytes.toString('latin1')).to.not.include('secret owner');
    expect((await sharp(whole.bytes).metadata()).exif).to.equal(undefined);
    const preview = await read(alice, picture.id, {}, '?variant=preview');
    expect(preview.headers.get('content-type')).to.equal('image/webp');
    expect(await sharp(preview.bytes).metadata()).to.include({ format: 'webp', width: 300, height: 200 });
    expect((await call(alice, 'GET', `/media/${picture.id}/info`)).json).to.deep.equal(picture);
    expect(await stored()).to.include.members([picture.id, `${picture.id}.preview`]);
  });

  it('turns a picture upright', async () => {
    const lying = await sharp(await photo(300, 200))
      .withMetadata({ orientation: 6 })
      .toBuffer();
    expect(await uploaded(alice, lying)).to.include({ width: 200, height: 300 });
  });

  it('believes octets, not names: no page, whatever it is called, is ever shown as one', async () => {
    for (const [bytes, name, type, kind] of [
      ['<html><script>alert(1)</script>', 'a.html', 'text/plain', 'file'],
      ['<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', 'a.svg', 'text/plain', 'file'],
      [Buffer.from([0, 1, 2, 255]), 'a.png', 'application/octet-stream', 'file'],
      ['%PDF-1.7 ', 'a.jpg', 'application/pdf', 'file'],
      [tone(), 'a.html', 'audio/wav', 'audio'],
    ] as const) {
      const file = await uploaded(alice, bytes, name);
      expect(file, name).to.include({ kind, type, name });
      const { headers } = await read(alice, file.id);
      expect(headers.get('content-type')).to.match(new RegExp(`^${type}`));
      expect(headers.get('content-disposition')).to.match(kind === 'file' ? /^attachment; / : /^inline; /);
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('content-security-policy')).to.include('sandbox').and.include("default-src 'none'");
      expect(headers.get('cross-origin-resource-policy')).to.equal('same-origin');
    }
  });

  it('cleans a name: no path, no line break, nothing that turns it round', async () => {
    const name = '../../etc/a\u202egpj.exe';
    const file = await uploaded(alice, 'x', name);
    expect(file.name).to.not.match(/[/\\\u202e\r\n]/);
    expect((await uploaded(alice, 'x', 'Übersicht 概要.txt')).name).to.equal('Übersicht 概要.txt');
    const { headers } = await read(alice, (await uploaded(alice, 'x', `${'ä'.repeat(300)}.txt`)).id);
    expect(headers.get('content-disposition')).to.match(/^attachment; filename="[ -~]+"; filename\*=UTF-8''[%\w.]+$/);
  });

  it('takes what is said of a sound, within bounds, and says that it was said', async () => {
    const said = { duration: '1234', waveform: JSON.stringify([0, 50, 100]) };
    const sound = await uploaded(alice, tone(), 'voice', said);
    expect(sound).to.deep.include({ kind: 'audio', duration: 1234, waveform: [0, 50, 100], declared: true });
    for (const wrong of [
      { duration: '-1' },
      { duration: '1e12' },
      { waveform: '[101]' },
      { waveform: 'x' },
      { waveform: `[${'1,'.repeat(200)}1]` },
    ]) {
      expect((await upload(alice, tone(), 'voice', wrong as never)).json, JSON.stringify(wrong)).to.include({
        code: 'request-invalid',
      });
    }
    // of what is no sound nothing is said
    expect(await uploaded(alice, 'text', 'a', said)).to.not.have.any.keys('duration', 'waveform', 'declared');
  });

  it('refuses, each with its code, and keeps nothing of it', async () => {
    const before = (await stored()).length;
    const refusals: [string, Promise<Answer>, number, string][] = [
      ['too many pixels', upload(alice, await photo(1000, 500)), 413, 'media-too-many-pixels'],
      ['half a picture', upload(alice, (await photo(600, 400)).subarray(0, 700)), 422, 'media-broken'],
      ['too many bytes at once', upload(alice, Buffer.alloc(200_001)), 413, 'media-too-large'],
      [
        'no file',
        upload(alice, '', undefined as never, {}).then(() => call(alice, 'POST', '/media', {}, {})),
        400,
        'request-invalid',
      ],
    ];
    for (const [what, asked, status, code] of refusals) {
      const answer = await asked;
      expect(answer.json, what).to.include({ code, status });
      expect(answer.status).to.equal(status);
    }
    const noFile = new FormData();
    noFile.append('file', 'a text field');
    const headers = { authorization: `Bearer ${await house.token(alice)}` };
    expect((await fetched(`${API}/media`, { method: 'POST', headers, body: noFile })).json).to.include({
      code: 'request-invalid',
    });
    expect((await fetched(`${API}/media`, { method: 'POST' })).json).to.include({ code: 'token-missing' });
    // the empty file of the fourth case is one like any other
    expect((await stored()).length).to.equal(before + 1);
  });

  it('keeps everybody within her quota, though she uploads many at once', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => upload(alice, Buffer.alloc(190_000))));
    expect(answers.map(({ status }) => status)).to.deep.equal([201, 201, 201, 201, 201]);
    const over = await Promise.all(Array.from({ length: 3 }, () => upload(alice, Buffer.alloc(30_000))));
    expect(over.map(({ json }) => json.code ?? 'kept')).to.have.members(['kept', 'media-quota', 'media-quota']);
    const { json: usage } = await call(alice, 'GET', '/media/usage');
    expect(usage).to.include({ used: 980_000, quota: 1_000_000, direct: 200_000 });
    const [first] = answers.map(({ json }) => json as Attachment);
    expect((await call(alice, 'DELETE', `/media/${first?.id}`)).status).to.equal(204);
    expect(await statusOf(alice, first?.id as string)).to.equal(404);
    expect(await stored()).to.not.include(first?.id);
    expect((await upload(alice, Buffer.alloc(30_000))).status).to.equal(201);
  });

  it('leaves nothing of who hangs up in the middle', async () => {
    const token = await house.token(alice);
    const before = await stored();
    const request = http.request(`${house.url}${API}/media`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'multipart/form-data; boundary=x',
        'content-length': 100_000,
      },
    });
    request.on('error', () => {});
    request.write('--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nhalf of it');
    await until('its beginning on the disk', async () => (await stored()).length > before.length);
    request.destroy();
    await until('it gone', async () => (await stored()).length === before.length);
  });

  // ------------------------------------------------------------ resumable

  const begin = (person: Person, size: number, more: Record<string, string> = {}) =>
    call(person, 'POST', '/media/uploads', { 'tus-resumable': '1.0.0', 'upload-length': String(size), ...more });
  const put = async (person: Person, url: string, offset: number, body: Buffer) => {
    const authorization = `Bearer ${await house.token(person)}`;
    const headers = {
      authorization,
      'tus-resumable': '1.0.0',
      'upload-offset': String(offset),
      'content-type': 'application/offset+octet-stream',
    };
    return fetched(url, { method: 'PATCH', headers, body: body as never });
  };

  it('goes on with an upload where it broke off, by the protocol, also after a restart', async () => {
    const bytes = Buffer.alloc(250_000, 'abc');
    const began = await begin(alice, bytes.length, {
      'upload-metadata': `filename ${Buffer.from('große.txt').toString('base64')}`,
    });
    expect(began.status).to.equal(201);
    const url = began.headers.get('location') as string;
    expect((await put(alice, url, 0, bytes.subarray(0, 100_000))).headers.get('upload-offset')).to.equal('100000');
    // nobody else's business
    expect((await put(bob, url, 100_000, bytes.subarray(100_000))).json).to.include({ code: 'no-such-media' });
    expect((await put(alice, url, 0, bytes)).status).to.equal(409);
    await house.stop();
    await house.start();
    const head = await call(alice, 'HEAD', url.slice(API.length), { 'tus-resumable': '1.0.0' });
    expect(head.headers.get('upload-offset')).to.equal('100000');
    const last = await put(alice, url, 100_000, bytes.subarray(100_000));
    expect(last.status, last.bytes.toString()).to.equal(200);
    expect(last.json).to.include({
      id: url.split('/').at(-1),
      name: 'große.txt',
      size: bytes.length,
      kind: 'file',
      type: 'text/plain',
    });
    expect((await read(alice, (last.json as Attachment).id)).bytes.equals(bytes)).to.equal(true);
    expect((await call(alice, 'HEAD', url.slice(API.length), { 'tus-resumable': '1.0.0' })).status).to.equal(404);
  });

  it('is what tus-js-client uploads to', async () => {
    const bytes = await photo(320, 240, '#aa2200');
    const token = await house.token(alice);
    let progress = 0;
    const body = await new Promise<string>((resolve, reject) => {
      new Upload(bytes as never, {
        endpoint: `${house.url}${API}/media/uploads`,
        headers: { authorization: `Bearer ${token}` },
        metadata: { filename: 'photo.jpg' },
        chunkSize: 500,
        onProgress: (sent) => (progress = sent),
        onSuccess: ({ lastResponse }) => resolve(lastResponse.getBody()),
        onError: reject,
      }).start();
    });
    expect(progress).to.equal(bytes.length);
    expect(JSON.parse(body)).to.include({ kind: 'image', width: 320, name: 'photo.jpg' });
  });

  it('bounds unfinished uploads: how large, how many, how much together', async () => {
    expect((await begin(alice, 2 ** 31)).json).to.include({ code: 'media-too-large' });
    expect(
      (await call(alice, 'POST', '/media/uploads', { 'tus-resumable': '1.0.0', 'upload-defer-length': '1' })).json,
    ).to.include({ code: 'request-invalid' });
    expect((await begin(alice, 600_000)).status).to.equal(201);
    expect((await begin(alice, 600_000)).json).to.include({ code: 'media-quota' });
    const urls = await Promise.all(
      [1, 2, 3, 4].map(async () => (await begin(alice, 10)).headers.get('location') as string),
    );
    expect((await begin(alice, 10)).json).to.include({ code: 'too-many-requests' });
    const given = await call(alice, 'DELETE', (urls[0] as string).slice(API.length), { 'tus-resumable': '1.0.0' });
    expect(given.status).to.equal(204);
    expect((await begin(alice, 10)).status).to.equal(201);
    // refused at its end like any other, and over
    const broken = (await photo(600, 400)).subarray(0, 10);
    const end = await put(alice, urls[1] as string, 0, broken);
    expect([end.status, end.json.code]).to.deep.equal([422, 'media-broken']);
    expect(await stored()).to.not.include(urls[1]?.split('/').at(-1));
  });

  // ------------------------------------------------------------ reading

  it('gives ranges, and nothing where nothing has changed', async () => {
    const bytes = Buffer.from('0123456789');
    const { id } = await uploaded(alice, bytes, 'a.txt');
    const whole = await read(alice, id);
    const etag = whole.headers.get('etag') as string;
    expect(whole.headers.get('accept-ranges')).to.equal('bytes');
    for (const [range, status, text, place] of [
      ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
      ['bytes=7-', 206, '789', 'bytes 7-9/10'],
      ['bytes=-3', 206, '789', 'bytes 7-9/10'],
      ['bytes=8-100', 206, '89', 'bytes 8-9/10'],
      ['bytes=10-', 416, '', 'bytes */10'],
      ['bytes=0-1,4-5', 200, '0123456789', null],
      ['lines=1-2', 200, '0123456789', null],
    ] as const) {
      const part = await read(alice, id, { range });
      expect([part.status, part.bytes.toString(), part.headers.get('content-range')], range).to.deep.equal([
        status,
        text,
        place,
      ]);
    }
    expect((await read(alice, id, { range: 'bytes=0-0', 'if-range': etag })).status).to.equal(206);
    expect((await read(alice, id, { range: 'bytes=0-0', 'if-range': '"another"' })).status).to.equal(200);
    expect((await read(alice, id, { 'if-none-match': etag })).status).to.equal(304);
    const head = await call(alice, 'HEAD', `/media/${id}`);
    expect([head.status, head.headers.get('content-length'), head.bytes.length]).to.deep.equal([200, '10', 0]);
    expect((await read(alice, id, {}, '?variant=preview')).json).to.include({ code: 'no-such-media' });
    expect((await read(alice, id, {}, '?variant=huge')).json).to.include({ code: 'request-invalid' });
  });

  it('signs URLs that hold for a while, for one file and one reader', async () => {
    const { id } = await uploaded(alice, await photo());
    const { json } = await call(alice, 'GET', `/media/${id}/url`);
    const { url, preview, expiresAt } = json as MediaUrl;
    expect(Date.parse(expiresAt) - Date.now()).to.be.within(440_000, 900_000);
    expect(url).to.not.include(await house.token(alice));
    expect((await fetched(url)).status).to.equal(200);
    expect((await fetched(url, { headers: { range: 'bytes=0-1' } })).status).to.equal(206);
    expect((await fetched(preview as string)).headers.get('content-type')).to.equal('image/webp');
    const other = await uploaded(alice, 'x');
    for (const forged of [
      url.replace(id, other.id),
      url.replace('variant=original', 'variant=preview'),
      url.replace(alice.userId, bob.userId),
      url.replace(/expires=\d+/, 'expires=9999999999'),
      url.replace(/signature=.{4}/, 'signature=AAAA'),
      url.replace(/&signature=.*/, ''),
      url.split('?')[0] as string,
    ]) {
      const answer = await fetched(forged);
      expect([answer.status, answer.json.code], forged).to.deep.equal([403, 'not-allowed']);
    }
    expect((await call(bob, 'GET', `/media/${id}/url`)).json).to.include({ code: 'no-such-media' });
    const many = await call(alice, 'POST', '/media/urls', {}, { ids: [id, other.id, 'nothing'] });
    expect(many.json.items.map((one: { id: string }) => one.id)).to.have.members([id, other.id]);
    expect((await fetched(many.json.items[0].url)).status).to.equal(200);
    house.aheadMs += 901_000;
    try {
      expect((await fetched(url)).status).to.equal(403);
    } finally {
      house.aheadMs -= 901_000;
    }
  });

  // ------------------------------------------------------------ messages

  it('shows in messages what the server knows, not what a draft says, to every device', async () => {
    const [phone, b] = await Promise.all([house.stomp(alice, { device: 'phone' }), house.stomp(bob)]);
    const away = await house.stomp(bob, { device: 'b2' });
    await away.close();
    const [one, two] = await Promise.all([uploaded(alice, await photo()), uploaded(alice, await photo(100, 100))]);
    const forged = [{ id: one.id, name: 'forged', size: 1, type: 'text/html' }, { id: two.id }];
    expect(await show(phone, { user: bob.userId }, forged, 'image')).to.equal('receipt');
    const back = await house.stomp(bob, { device: 'b2' });
    for (const peer of [phone, b, back]) {
      expect(mediaOf(await heard(peer, one.id))).to.deep.equal([one, two]);
    }
    const conversation = directConversationId(alice.userId, bob.userId);
    const { json } = await call(bob, 'GET', `/conversations/${conversation}/messages`);
    expect(mediaOf(json.items[0] as MessageEvent)).to.deep.equal([one, two]);
    for (const person of [alice, bob]) expect(await statusOf(person, two.id)).to.equal(200);
    expect((await read(carol, one.id)).json).to.include({ code: 'no-such-media', status: 404 });
    expect((await call(alice, 'DELETE', `/media/${one.id}`)).json).to.include({ code: 'conflict' });
    // one alone, without a list
    expect(await show(b, { user: alice.userId }, { id: one.id }, 'image')).to.equal('receipt');
  });

  it('lets nobody show what she may not read, or as what it is not', async () => {
    const [a, b] = await Promise.all([house.stomp(alice), house.stomp(bob)]);
    const sound = await uploaded(alice, tone());
    const to = { user: bob.userId };
    expect(await codeOf(show(b, { user: alice.userId }, { id: sound.id }))).to.equal('no-such-media');
    expect(await codeOf(show(a, to, { id: 'nothing' }))).to.equal('no-such-media');
    expect(await codeOf(show(a, to, { id: sound.id }, 'image'))).to.equal('media-kind-wrong');
    for (const media of [undefined, {}, [], [{ id: sound.id }, { id: sound.id }], 'x', { id: '../x' }]) {
      expect(await codeOf(show(a, to, media)), JSON.stringify(media)).to.equal('draft-invalid');
    }
    expect(await codeOf(show(a, to, { id: sound.id }, 'file'))).to.equal('receipt');
    expect(await codeOf(show(a, to, { id: sound.id }, 'audio'))).to.equal('receipt');
  });

  it('is read by those who were members when it was sent; forwarded, by others too', async () => {
    const [a, b] = await Promise.all([house.stomp(alice), house.stomp(bob)]);
    const group = await house.group([alice, bob]);
    const early = await uploaded(alice, 'early');
    await show(a, { conversation: group }, { id: early.id });
    await heard(b, early.id);
    const { lastSeq } = await house.db.conversation.findUniqueOrThrow({ where: { id: group } });
    await house.db.member.create({ data: { conversationId: group, userId: carol.userId, joinedSeq: lastSeq } });
    await house.db.member.delete({ where: { conversationId_userId: { conversationId: group, userId: bob.userId } } });
    await house.db.formerMember.create({
      data: { conversationId: group, userId: bob.userId, joinedSeq: 0, leftSeq: lastSeq, leftAt: new Date() },
    });
    const late = await uploaded(alice, 'late');
    await show(a, { conversation: group }, { id: late.id });
    await heard(a, late.id);
    expect([await statusOf(bob, early.id), await statusOf(bob, late.id)]).to.deep.equal([200, 404]);
    expect([await statusOf(carol, early.id), await statusOf(carol, late.id)]).to.deep.equal([404, 200]);
    const c = await house.stomp(carol);
    expect(await show(b, { user: carol.userId }, { id: early.id })).to.equal('receipt');
    await heard(c, early.id);
    expect(await statusOf(carol, early.id)).to.equal(200);
  });

  it('is gone with the recall of the message that shows it, for everybody, signed URLs too', async () => {
    const [a, b] = await Promise.all([house.stomp(alice), house.stomp(bob)]);
    const file = await uploaded(alice, 'gone');
    const clientMessageId = newId();
    await show(a, { user: bob.userId }, { id: file.id }, 'file', clientMessageId);
    const { id } = await heard(b, file.id);
    const { url } = (await call(bob, 'GET', `/media/${file.id}/url`)).json as MediaUrl;
    expect((await fetched(url)).status).to.equal(200);
    await a.send({ id }, '/app/messages/recall');
    await until('the recall', () => b.events.some(({ type }) => type === 'message.recalled'));
    for (const person of [alice, bob]) expect(await statusOf(person, file.id)).to.equal(404);
    expect((await fetched(url)).json).to.include({ code: 'no-such-media' });
    // neither is it shown again; the message itself sent once more is a repeat
    expect(await codeOf(show(a, { user: bob.userId }, { id: file.id }))).to.equal('no-such-media');
    expect(await codeOf(show(a, { user: bob.userId }, { id: file.id }, 'file', clientMessageId))).to.equal('receipt');
  });

  it('is an avatar or a group’s picture only of who uploaded it, and is seen by those who see the person or group', async () => {
    const [mine, hers, text] = await Promise.all([
      uploaded(alice, await photo()),
      uploaded(bob, await photo()),
      uploaded(alice, 'x'),
    ]);
    const avatar = (id: string | null) => call(alice, 'PATCH', '/me', {}, { avatar: id });
    expect((await avatar(hers.id)).json).to.include({ code: 'no-such-media' });
    expect((await avatar(text.id)).json).to.include({ code: 'media-kind-wrong' });
    expect(await statusOf(bob, mine.id)).to.equal(404);
    expect((await avatar(mine.id)).json).to.include({ avatar: mine.id });
    expect(await statusOf(bob, mine.id)).to.equal(200);
    await house.db.block.create({ data: { userId: alice.userId, blockedId: bob.userId } });
    expect(await statusOf(bob, mine.id)).to.equal(404);
    expect(await statusOf(carol, mine.id)).to.equal(200);
    await avatar(null);
    expect(await statusOf(carol, mine.id)).to.equal(404);

    const made = await call(bob, 'POST', '/conversations', {}, { kind: 'group', title: 'g', members: [carol.userId] });
    const group = `/conversations/${made.json.id}`;
    expect((await call(bob, 'PATCH', group, {}, { picture: mine.id })).json).to.include({ code: 'no-such-media' });
    expect((await call(bob, 'PATCH', group, {}, { picture: hers.id })).json).to.include({ picture: hers.id });
    expect([await statusOf(carol, hers.id), await statusOf(alice, hers.id)]).to.deep.equal([200, 404]);
  });
});
