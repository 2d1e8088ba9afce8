// What a file is, by its octets: nobody's word is taken for it, neither a name's nor a header's.
import { isUtf8 } from 'node:buffer';
import fs from 'node:fs/promises';
import { fileTypeFromFile } from 'file-type';
import type { MediaKind } from '../contract/media.ts';

export interface Sniffed {
  readonly kind: MediaKind;
  readonly type: string;
}

const HEAD = 65_536;

/** Pictures that are decoded and written anew; all others are files like any other. */
const pictures: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif']);

/** Containers that hold sound or films: which one, the names of their tracks tell. */
const containers: Readonly<Record<string, { readonly film: RegExp; readonly sound: string }>> = {
  'video/webm': { film: /V_(VP8|VP9|AV1|MPEG|THEORA|UNCOMPRESSED)/, sound: 'audio/webm' },
  'video/matroska': { film: /V_[A-Z]/, sound: 'audio/matroska' },
  'video/mp4': { film: /hdlr[\s\S]{8}vide/, sound: 'audio/mp4' },
  'video/quicktime': { film: /hdlr[\s\S]{8}vide/, sound: 'audio/mp4' },
};
const SOUND = /A_[A-Z]|hdlr[\s\S]{8}soun/;

/** The tracks stand at one end of a file or the other. */
async function ends(file: string): Promise<Buffer> {
  const handle = await fs.open(file, 'r');
  try {
    const { size } = await handle.stat();
    const head = Buffer.alloc(Math.min(HEAD, size));
    await handle.read(head, 0, head.length, 0);
    const tail = Buffer.alloc(Math.max(0, Math.min(HEAD * 16, size - HEAD)));
    await handle.read(tail, 0, tail.length, size - tail.length);
    return Buffer.concat([head, tail]);
  } finally {
    await handle.close();
  }
}

const isText = (head: Buffer): boolean => {
  // the last character may be cut off
  for (let cut = 0; cut < 4; cut++) {
    const part = head.subarray(0, head.length - cut);
    // oxlint-disable-next-line no-control-regex
    if (isUtf8(part)) return !/[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(part.toString('latin1'));
  }
  return false;
};

export async function sniff(file: string): Promise<Sniffed> {
  const found = await fileTypeFromFile(file);
  if (!found) {
    const head = (await ends(file)).subarray(0, HEAD);
    return { kind: 'file', type: isText(head) ? 'text/plain' : 'application/octet-stream' };
  }
  const type = found.mime.split(';')[0] as string;
  if (pictures.has(type)) return { kind: 'image', type };
  const container = containers[type];
  if (container) {
    const text = (await ends(file)).toString('latin1');
    return !container.film.test(text) && SOUND.test(text)
      ? { kind: 'audio', type: container.sound }
      : { kind: 'video', type };
  }
  if (type.startsWith('audio/')) return { kind: 'audio', type };
  if (type.startsWith('video/')) return { kind: 'video', type };
  return { kind: 'file', type };
}
