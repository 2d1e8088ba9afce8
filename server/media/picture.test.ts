// Pictures of every format that is decoded: what is left of them, what is found out, and what is refused.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import { ParleyError } from '../errors.ts';
import { cleanPicture } from './picture.ts';

const PIXELS = 10_000;
const plain = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#3355aa' } });
const named = { IFD0: { Copyright: 'whose it is' } };

describe('a picture', () => {
  let folder: string;
  before(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'parley-picture-'));
  });
  after(() => fs.rm(folder, { recursive: true }));

  async function cleaned(bytes: Buffer) {
    const [from, to] = ['from', 'to'].map((name) => path.join(folder, name)) as [string, string];
    await fs.writeFile(from, bytes);
    const known = await cleanPicture(from, to, PIXELS);
    return { known, bytes: await fs.readFile(to) };
  }
  const refusal = (bytes: Buffer) =>
    cleaned(bytes).then(
      () => 'none',
      (error: unknown) => (error instanceof ParleyError ? error.code : error),
    );

  for (const [format, type] of [
    ['jpeg', 'image/jpeg'],
    ['png', 'image/png'],
    ['webp', 'image/webp'],
    ['avif', 'image/webp'],
  ] as const) {
    it(`of ${format} keeps its pixels and loses what was written beside them`, async () => {
      const before = await plain(40, 20).withExif(named).toFormat(format).toBuffer();
      expect(before.includes('whose it is')).to.equal(true);
      const { known, bytes } = await cleaned(before);
      expect(known).to.include({ type, width: 40, height: 20 });
      expect(bytes.includes('whose it is')).to.equal(false);
      const { data } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
      expect(
        [data[0], data[1], data[2]].map((value, i) => Math.abs((value ?? 0) - [0x33, 0x55, 0xaa][i]!) < 6),
      ).to.not.include(false);
    });
  }

  it('loses what hides behind its end', async () => {
    const bytes = Buffer.concat([await plain(10, 10).png().toBuffer(), Buffer.from('PK hidden archive')]);
    expect((await cleaned(bytes)).bytes.includes('hidden')).to.equal(false);
  });

  const film = async (frames: number) => {
    const pages = await Promise.all(
      Array.from({ length: frames }, (_, i) =>
        sharp({ create: { width: 50, height: 50, channels: 3, background: { r: i * 40, g: 0, b: 0 } } })
          .png()
          .toBuffer(),
      ),
    );
    return sharp(pages, { join: { animated: true } })
      .gif({ delay: 100 })
      .toBuffer();
  };

  it('that moves goes on moving; all its frames count', async () => {
    const { known, bytes } = await cleaned(await film(4));
    expect(known).to.include({ type: 'image/gif', width: 50, height: 50 });
    expect((await sharp(bytes).metadata()).pages).to.equal(4);
    expect(await refusal(await film(5))).to.equal('media-too-many-pixels');
  });

  it('is refused by its size before a pixel is decoded, and where it is damaged', async () => {
    expect(await refusal(await plain(101, 100).png().toBuffer())).to.equal('media-too-many-pixels');
    // a header of a few bytes that promises four thousand million of them
    const bomb = await plain(10, 10).png().toBuffer();
    bomb.writeUInt32BE(65_535, 16);
    bomb.writeUInt32BE(65_535, 20);
    expect(await refusal(bomb)).to.be.oneOf(['media-too-many-pixels', 'media-broken']);
    const half = await plain(90, 90).png({ compressionLevel: 0 }).toBuffer();
    expect(await refusal(half.subarray(0, half.length / 2))).to.equal('media-broken');
    expect(await refusal(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'))).to.equal(
      'media-broken',
    );
  });
});
