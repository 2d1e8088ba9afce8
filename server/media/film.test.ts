// Waveforms, and what ffmpeg says of a film and a sound that it makes itself; where it is not on the machine, that
// nothing is said.
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { readConfig } from '../config.ts';
import { ParleyError } from '../errors.ts';
import { Examiner } from './examine.ts';
import { type FilmTools, findFilmTools, waveformOf } from './film.ts';

const run = promisify(execFile);

describe('a waveform', () => {
  it('has the loudest moment of each step, of which the loudest of all is 100', () => {
    const pcm = Buffer.alloc(400);
    for (let i = 0; i < 200; i++) pcm.writeInt16LE(i < 100 ? -50 : i < 150 ? 100 : 0, i * 2);
    expect(waveformOf(pcm, 4)).to.deep.equal([50, 50, 100, 0]);
    expect(waveformOf(Buffer.alloc(8), 4)).to.deep.equal([0, 0, 0, 0]);
    expect(waveformOf(Buffer.alloc(6), 4)).to.equal(undefined);
  });
});

describe('a film', () => {
  const config = readConfig({});
  let folder: string;
  let tools: FilmTools | undefined;
  before(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'parley-film-'));
    tools = await findFilmTools(config);
  });
  after(() => fs.rm(folder, { recursive: true }));
  const made = async (name: string, ...args: string[]) => {
    const file = path.join(folder, name);
    await run('ffmpeg', ['-v', 'error', '-y', ...args, file]);
    return file;
  };
  const codeOf = (examined: Promise<unknown>) =>
    examined.then(
      () => 'fine',
      (error: unknown) => (error instanceof ParleyError ? error.code : error),
    );

  it('is nobody’s business where the tools are switched off, or not where they should be', async () => {
    expect(await findFilmTools({ ...config, MEDIA_FFMPEG: '0' })).to.equal(undefined);
    expect(await findFilmTools({ ...config, MEDIA_FFMPEG: folder })).to.equal(undefined);
  });

  it('has a poster, a size and a duration', async function () {
    if (!tools) this.skip();
    const source = ['-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=5:duration=2'];
    const file = await made('a.mp4', ...source, '-pix_fmt', 'yuv420p');
    const film = await new Examiner(config, tools).examine(file, { duration: 7 });
    expect(film).to.include({ kind: 'video', type: 'video/mp4', width: 160, height: 120, duration: 2000 });
    expect(film.blurhash).to.be.a('string');
    expect(film.declared).to.equal(undefined);
    expect((await fs.stat(film.preview?.file as string)).size).to.equal(film.preview?.size);
    // turned on its side, it is shown upright
    const turned = await made('b.mp4', '-display_rotation', '90', '-i', file, '-c', 'copy').catch(() =>
      // as older ones want it
      made('b.mp4', '-i', file, '-c', 'copy', '-metadata:s:v:0', 'rotate=90'),
    );
    const upright = await new Examiner(config, tools).examine(turned, {});
    expect(upright).to.include({ width: 120, height: 160 });
  });

  it('or a sound has a duration and a waveform that were found out, not said', async function () {
    if (!tools) this.skip();
    const file = await made('a.ogg', '-f', 'lavfi', '-i', 'sine=frequency=440:duration=1', '-c:a', 'libopus');
    const sound = await new Examiner(config, tools).examine(file, { duration: 7, waveform: [1] });
    expect(sound).to.include({ kind: 'audio', type: 'audio/ogg' });
    expect(sound.duration).to.be.within(950, 1050);
    expect(sound.waveform).to.have.length(64);
    expect(sound.declared).to.equal(undefined);
  });

  it('that ffmpeg makes nothing of is broken; without ffmpeg, what was said of it counts, and is marked', async function () {
    const file = path.join(folder, 'c.mp4');
    const write = () =>
      fs.writeFile(file, Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypmp42\0\0\0\0mp42isom')]));
    await write();
    const blind = await new Examiner(config, undefined).examine(file, { duration: 7 });
    expect(blind).to.include({ kind: 'video', duration: 7, declared: true });
    if (!tools) this.skip();
    await write();
    expect(await codeOf(new Examiner(config, tools).examine(file, { duration: 7 }))).to.equal('media-broken');
  });
});
