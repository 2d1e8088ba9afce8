// What is kept of files, and where: the sweep of what nothing shows, the scan hook, a bucket in place of the folder.
import fs from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import type { Attachment } from '../contract/media.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { openStorage } from '../media/storage.ts';
import { SWEEP_LOCK, sweepMedia } from '../worker/media-sweep.ts';
import { openBucket } from './bucket.ts';
import { House, type Person } from './house.ts';

const API = '/api/chat';
const HOUR_MS = 3_600_000;

async function upload(house: House, person: Person, bytes: Buffer | string) {
  const form = new FormData();
  form.append('file', new Blob([bytes]), 'a');
  const headers = { authorization: `Bearer ${await house.token(person)}` };
  const response = await fetch(`${house.url}${API}/media`, { method: 'POST', headers, body: form });
  return { status: response.status, json: (await response.json()) as Attachment & { code?: string } };
}
async function read(house: House, person: Person, id: string, headers: Record<string, string> = {}) {
  const authorization = `Bearer ${await house.token(person)}`;
  const response = await fetch(`${house.url}${API}/media/${id}`, { headers: { authorization, ...headers } });
  return { status: response.status, text: await response.text() };
}

describe('files that nothing shows', () => {
  let house: House;
  let alice: Person;
  let bob: Person;

  before(async () => {
    house = await House.open();
  });
  beforeEach(async () => {
    [alice, bob] = (await house.people(2)) as [Person, Person];
  });
  after(() => house.close());

  /** As the worker does, so many hours from now. */
  const sweep = (hours: number) => {
    const log = { info() {}, warn() {} } as never;
    const clock = { now: () => Date.now() + hours * HOUR_MS };
    return sweepMedia({ db: house.db, config: house.config, clock, log }, openStorage(house.config));
  };
  const picture = () =>
    sharp({ create: { width: 9, height: 9, channels: 3, background: '#123456' } })
      .png()
      .toBuffer();
  const uploaded = async (bytes: Buffer | string = newId()) => (await upload(house, alice, bytes)).json.id;
  const isKept = async (id: string) => {
    const row = (await house.db.media.count({ where: { id } })) === 1;
    const bytes = await openStorage(house.config).read(id);
    bytes?.destroy();
    expect(bytes !== undefined, 'row and bytes').to.equal(row);
    return row;
  };
  const shown = async (id: string) => {
    const peer = await house.stomp(alice);
    await peer.send({ clientMessageId: newId(), to: { user: bob.userId }, kind: 'file', media: { id } });
    const { id: message } = await until('the message', () => peer.messages[0]);
    return { peer, message };
  };

  it('go when their time is over, with their previews; what is shown stays', async () => {
    const [orphan, sent, avatar] = await Promise.all([
      uploaded(await picture()),
      uploaded(),
      uploaded(await picture()),
    ]);
    await shown(sent);
    await house.db.user.update({ where: { id: alice.userId }, data: { avatar } });
    await sweep(23);
    expect(await isKept(orphan)).to.equal(true);
    expect(await sweep(25)).to.be.at.least(1);
    expect([await isKept(orphan), await isKept(sent), await isKept(avatar)]).to.deep.equal([false, true, true]);
    expect(await openStorage(house.config).read(`${orphan}.preview`)).to.equal(undefined);
    // replaced
    await house.db.user.update({ where: { id: alice.userId }, data: { avatar: null } });
    await sweep(25);
    expect(await isKept(avatar)).to.equal(false);
  });

  it('are also those of messages that were recalled, or forgotten', async () => {
    const [recalled, forgotten] = await Promise.all([uploaded(), uploaded()]);
    const { peer, message } = await shown(recalled);
    await peer.send({ clientMessageId: newId(), to: { user: bob.userId }, kind: 'file', media: { id: forgotten } });
    const second = await until('the second', () => peer.messages[1]);
    await peer.send({ id: message }, '/app/messages/recall');
    await until('the recall', () => peer.events.some(({ type }) => type === 'message.recalled'));
    await house.db.message.delete({ where: { id: second.id } });
    await sweep(0);
    expect([await isKept(recalled), await isKept(forgotten)]).to.deep.equal([true, true]);
    await sweep(1.1);
    expect([await isKept(recalled), await isKept(forgotten)]).to.deep.equal([false, false]);
  });

  it('stay a while when they were just named: the message may be on its way', async () => {
    const id = await uploaded();
    await house.db.media.update({ where: { id }, data: { keptUntil: new Date(Date.now() - HOUR_MS) } });
    const { peer } = await shown(id);
    await house.db.messageMedia.deleteMany({ where: { mediaId: id } });
    await sweep(0.9);
    expect(await isKept(id)).to.equal(true);
    void peer;
  });

  it('whose deletion was begun are deleted to the end; one worker is at it', async () => {
    const id = await uploaded();
    await house.db.media.update({ where: { id }, data: { goneAt: new Date() } });
    expect((await read(house, alice, id)).status).to.equal(404);
    await house.db.$transaction(async (other) => {
      await other.$queryRawUnsafe(`SELECT pg_advisory_xact_lock(${SWEEP_LOCK})::text`);
      expect(await sweep(0)).to.equal(0);
    });
    expect(await isKept(id)).to.equal(true);
    await sweep(0);
    expect(await isKept(id)).to.equal(false);
  });
});

describe('the scan hook', () => {
  let folder: string;
  before(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'parley-scan-'));
  });
  after(() => fs.rm(folder, { recursive: true }));

  async function withScan(scan: string, tried: (code: (text: string) => Promise<string>) => Promise<void>) {
    const house = await House.open({
      MEDIA_SCAN: scan,
      MEDIA_SCAN_MS: '2000',
      DATA_DIR: await fs.mkdtemp(path.join(folder, 'd-')),
    });
    try {
      const [alice] = (await house.people(1)) as [Person];
      await tried(async (text) => {
        const { status, json } = await upload(house, alice, text);
        return status === 201 ? 'kept' : (json.code ?? String(status));
      });
      const left = await fs.readdir(path.join(house.config.DATA_DIR, 'media'), {
        recursive: true,
        withFileTypes: true,
      });
      expect(
        left.filter((entry) => entry.isFile()),
        'what was kept',
      ).to.have.length(1);
    } finally {
      await house.close();
    }
  }

  it('may be a program: its end says what it found, and no answer is a no', async () => {
    const program = path.join(folder, 'scan.sh');
    const cases = 'bad) exit 1;; fails) exit 2;; hangs) exec sleep 60;;';
    await fs.writeFile(program, `case "$(cat "$2")" in ${cases} esac\n[ "$1" = --all ]\n`);
    await withScan(`/bin/sh ${program} --all`, async (code) => {
      const codes = await Promise.all(['good', 'bad', 'fails', 'hangs'].map(code));
      expect(codes).to.deep.equal(['kept', 'media-refused', 'media-not-scanned', 'media-not-scanned']);
    });
  });

  it('may be a service, which is sent the file', async () => {
    const server = http.createServer((request, response) => {
      void (async () => {
        const text = Buffer.concat((await request.toArray()) as Buffer[]).toString();
        if (text === 'hangs') return;
        const status = { bad: 422, fails: 500, moves: 302 }[text] ?? 204;
        response.writeHead(status, { location: '/elsewhere', connection: 'close' }).end();
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      await withScan(`http://127.0.0.1:${(server.address() as AddressInfo).port}/scan`, async (code) => {
        const codes = await Promise.all(['good', 'bad', 'fails', 'moves', 'hangs'].map(code));
        const no = 'media-not-scanned';
        expect(codes).to.deep.equal(['kept', 'media-refused', no, no, no]);
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
        expect(await code('good')).to.equal(no);
      });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('files in a bucket', () => {
  it('are uploaded, read in ranges, and withdrawn as in the folder', async () => {
    const bucket = await openBucket();
    const house = await House.open(bucket.settings);
    try {
      const [alice] = (await house.people(1)) as [Person];
      const { json } = await upload(house, alice, '0123456789');
      expect(await bucket.keys()).to.deep.equal([json.id]);
      expect(await read(house, alice, json.id)).to.deep.equal({ status: 200, text: '0123456789' });
      expect(await read(house, alice, json.id, { range: 'bytes=3-5' })).to.deep.equal({ status: 206, text: '345' });
      const headers = { authorization: `Bearer ${await house.token(alice)}` };
      const gone = await fetch(`${house.url}${API}/media/${json.id}`, { method: 'DELETE', headers });
      expect(gone.status).to.equal(204);
      expect(await bucket.keys()).to.deep.equal([]);
    } finally {
      await house.close();
      await bucket.close();
    }
  });
});
