import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { sniff } from './sniff.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
/** The head of a Matroska file of this document type, and the names of its tracks. */
const matroska = (type: string, ...tracks: string[]) => {
  const head = Buffer.concat([
    hex('4286 8101 42f7 8101 42f2 8104 42f3 8108 4282'),
    Buffer.from([0x80 | type.length]),
    Buffer.from(type),
    hex('4287 8104 4285 8102'),
  ]);
  const size = Buffer.from([0x80 | head.length]);
  return Buffer.concat([
    hex('1a45dfa3'),
    size,
    head,
    hex('18538067 01ffffffffffffff'),
    Buffer.from(tracks.join('\u0001')),
  ]);
};
/** The head of an MPEG-4 file with tracks of these handlers, which stand behind so many other bytes. */
const mpeg4 = (handlers: readonly string[], before = 0) =>
  Buffer.concat([
    hex('00000018'),
    Buffer.from('ftypmp42\0\0\0\0mp42isom'),
    Buffer.alloc(before),
    ...handlers.map((handler) => Buffer.from(`....hdlr\0\0\0\0\0\0\0\0${handler}....`)),
  ]);

describe('what a file is', () => {
  let folder: string;
  before(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'parley-sniff-'));
  });
  after(() => fs.rm(folder, { recursive: true }));

  const cases: [what: string, bytes: Buffer, kind: string, type: string][] = [
    ['a WebM of a voice', matroska('webm', 'A_OPUS'), 'audio', 'audio/webm'],
    ['a WebM of a film', matroska('webm', 'V_VP9', 'A_OPUS'), 'video', 'video/webm'],
    ['a WebM without a track', matroska('webm'), 'video', 'video/webm'],
    ['a Matroska of a film', matroska('matroska', 'V_MPEG4', 'A_AAC'), 'video', 'video/matroska'],
    ['an MPEG-4 of a voice', mpeg4(['soun']), 'audio', 'audio/mp4'],
    ['an MPEG-4 of a film', mpeg4(['vide', 'soun']), 'video', 'video/mp4'],
    ['an MPEG-4 whose tracks stand at the end', mpeg4(['soun'], 3_000_000), 'audio', 'audio/mp4'],
    ['a picture that is none of those we decode', hex('49492a00 08000000 0000'), 'file', 'image/tiff'],
    ['text', Buffer.from('a,b\r\n1,2\t\u001b[1m'), 'file', 'text/plain'],
    ['text of many bytes a character', Buffer.from('\u6f22'.repeat(30_000)), 'file', 'text/plain'],
    ['a page', Buffer.from('<!doctype html><script>1</script>'), 'file', 'text/plain'],
    ['text with a NUL', Buffer.from('a\0b'), 'file', 'application/octet-stream'],
    ['text that is not UTF-8', Buffer.from([0x61, 0xff, 0x62, 0x63, 0x64, 0x65]), 'file', 'application/octet-stream'],
    ['nothing', Buffer.alloc(0), 'file', 'text/plain'],
  ];
  for (const [what, bytes, kind, type] of cases) {
    it(`${what}: ${kind}, ${type}`, async () => {
      const file = path.join(folder, 'file');
      await fs.writeFile(file, bytes);
      expect(await sniff(file)).to.deep.equal({ kind, type });
    });
  }
});
