// Both storages by one list of promises: a folder, and S3 as a program that speaks it answers.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { expect } from 'chai';
import { openBucket } from '../test/bucket.ts';
import { openStorage, type Storage } from './storage.ts';

const none = { MEDIA_S3_URL: '', MEDIA_S3_REGION: '', MEDIA_S3_ACCESS_KEY: '', MEDIA_S3_SECRET_KEY: '' };

async function textOf(stream: Readable | undefined): Promise<string | undefined> {
  return stream && Buffer.concat((await stream.toArray()) as Buffer[]).toString();
}

for (const kind of ['a folder', 'S3'] as const) {
  describe(`the storage in ${kind}`, () => {
    let folder: string;
    let bucket: Awaited<ReturnType<typeof openBucket>> | undefined;
    let storage: Storage;

    before(async () => {
      folder = await fs.mkdtemp(path.join(os.tmpdir(), 'parley-storage-'));
      if (kind === 'S3') bucket = await openBucket();
      storage = openStorage({ DATA_DIR: folder, ...none, ...bucket?.settings });
    });
    after(async () => {
      await bucket?.close();
      await fs.rm(folder, { recursive: true, force: true });
    });
    const put = async (key: string, text: string) => {
      const file = path.join(folder, 'incoming');
      await fs.writeFile(file, text);
      await storage.put(key, file);
      return fs.access(file).then(
        () => 'still there',
        () => 'taken',
      );
    };

    it('takes a file away and gives it back, whole or a span of it', async () => {
      expect(await put('0id1', '0123456789')).to.equal('taken');
      expect(await textOf(await storage.read('0id1'))).to.equal('0123456789');
      expect(await textOf(await storage.read('0id1', { start: 2, end: 4 }))).to.equal('234');
      expect(await textOf(await storage.read('0id1', { start: 0, end: 9 }))).to.equal('0123456789');
    });

    it('keeps a large one as it was', async () => {
      const text = 'abcdefgh'.repeat(200_000);
      await put('0large', text);
      expect((await textOf(await storage.read('0large'))) === text).to.equal(true);
    });

    it('keeps an empty one', async () => {
      await put('0empty', '');
      expect(await textOf(await storage.read('0empty'))).to.equal('');
    });

    it('knows what is not there, and removes it without a word', async () => {
      expect(await storage.read('nothing')).to.equal(undefined);
      expect(await storage.read('nothing', { start: 0, end: 1 })).to.equal(undefined);
      await put('0id2', 'x');
      await put('0id2.preview', 'y');
      await storage.remove('0id2');
      await storage.remove('0id2');
      expect(await storage.read('0id2')).to.equal(undefined);
      expect(await textOf(await storage.read('0id2.preview'))).to.equal('y');
    });

    if (kind === 'a folder') {
      it('lets nobody else on the machine read it', async () => {
        await put('0id34', 'x');
        const file = path.join(folder, 'media', 'stored', '34', '0id34');
        expect((await fs.stat(file)).mode & 0o777).to.equal(0o600);
        expect((await fs.stat(path.dirname(file))).mode & 0o777).to.equal(0o700);
      });
    } else {
      it('says so where it is refused', async () => {
        const stranger = openStorage({ DATA_DIR: folder, ...none, ...bucket?.settings, MEDIA_S3_ACCESS_KEY: 'wrong' });
        const said = await stranger.read('0id1').catch((error: Error) => error.message);
        expect(said).to.match(/403/);
      });
    }
  });
}
