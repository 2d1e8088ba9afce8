// An export as a zip on its way to who asked for it: packed while it is read, no faster than it is taken, so that it
// costs little memory however large it is. Whoever goes away ends it.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { ExportEntry } from '../chat/export.ts';
import type { Response } from '../http/route.ts';
import type { Storage } from '../media/storage.ts';
import { keyOf } from './media-files.ts';

async function* linesOf(rows: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  for await (const row of rows) yield Buffer.from(`${JSON.stringify(row)}\n`);
}

const open = async (entry: ExportEntry, storage: Storage): Promise<Readable> =>
  'rows' in entry
    ? Readable.from(linesOf(entry.rows()))
    : // swept since it was listed: an empty file says that it was there
      ((await storage.read(keyOf(entry.media, 'original'))) ?? Readable.from([]));

export async function sendArchive(entries: readonly ExportEntry[], storage: Storage, res: Response): Promise<void> {
  const zip = new ZipFile();
  const packed = zip.outputStream as Readable;
  let current: Readable | undefined;
  const fail = (error: Error) => packed.destroy(error);
  zip.on('error', fail);
  for (const entry of entries) {
    // pictures and films are compressed already
    zip.addReadStreamLazy(entry.path, { compress: 'rows' in entry }, (give) => {
      // who asked has gone: nothing more is opened
      if (packed.destroyed) return;
      open(entry, storage).then((stream) => {
        current = stream.once('error', fail);
        if (packed.destroyed) stream.destroy();
        else give(null, stream);
      }, fail);
    });
  }
  zip.end();
  res.set({ 'Content-Disposition': 'attachment; filename="parley-export.zip"', 'X-Content-Type-Options': 'nosniff' });
  res.type('application/zip');
  try {
    await pipeline(packed, res);
  } catch (error) {
    if (!res.destroyed && !res.closed) throw error;
  } finally {
    current?.destroy();
  }
}
