// A file as an answer: whole or a range of it, conditionally, and in such a way that nothing uploaded ever runs as a
// page of ours.
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from '../http/route.ts';
import type { MediaRow } from '../chat/media-access.ts';
import type { Variant } from '../contract/media.ts';
import { ParleyError } from '../errors.ts';
import type { Storage } from '../media/storage.ts';
import { keyOf } from './media-files.ts';

export const PREVIEW_TYPE = 'image/webp';

/** Shown where they stand; everything else is for saving. */
const shownKinds: ReadonlySet<MediaRow['kind']> = new Set(['image', 'audio', 'video']);

function disposition({ kind, name }: MediaRow): string {
  const way = shownKinds.has(kind) ? 'inline' : 'attachment';
  const ascii = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  const whole = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${way}; filename="${ascii}"; filename*=UTF-8''${whole}`;
}

/** What of it is wanted: undefined where all is. A range that it does not have is answered here. */
function spanOf(req: Request, res: Response, size: number, etag: string) {
  const condition = req.headers['if-range'];
  if (condition !== undefined && condition !== etag) return undefined;
  const ranges = req.range(size);
  if (ranges === undefined || ranges === -2) return undefined;
  if (ranges === -1) {
    res.status(416).set('Content-Range', `bytes */${size}`).end();
    return 'answered';
  }
  // of several parts we give the whole (RFC 9110 §14.2 leaves that to us)
  return ranges.type === 'bytes' && ranges.length === 1 ? ranges[0] : undefined;
}

/** Whatever `Cache-Control` says besides: a program that names what it has wants no more (Express takes that otherwise). */
function isKnown({ headers }: Request, etag: string): boolean {
  const known = headers['if-none-match']?.split(',').map((one) => one.trim().replace(/^W\//, ''));
  return known !== undefined && (known.includes(etag) || known.includes('*'));
}

export interface Sending {
  readonly row: MediaRow;
  readonly variant: Variant;
  /** seconds for which a browser need not ask again */
  readonly fresh: number;
}

/** Error: `no-such-media`. */
export async function sendMedia(
  storage: Storage,
  { row, variant, fresh }: Sending,
  req: Request,
  res: Response,
): Promise<void> {
  const size = variant === 'preview' ? row.previewSize : row.size;
  if (size === null) throw new ParleyError('no-such-media', 'This file has no preview.');
  const etag = `"${row.etag}${variant === 'preview' ? '.p' : ''}"`;
  res.set({
    ETag: etag,
    'Cache-Control': fresh > 0 ? `private, max-age=${fresh}, immutable` : 'private, no-cache',
    'Content-Security-Policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Accept-Ranges': 'bytes',
  });
  if (isKnown(req, etag)) {
    res.status(304).end();
    return;
  }
  const span = spanOf(req, res, size, etag);
  if (span === 'answered') return;
  res.type(variant === 'preview' ? PREVIEW_TYPE : row.type).set('Content-Disposition', disposition(row));
  res.set('Content-Length', String(span ? span.end - span.start + 1 : size));
  if (span) res.status(206).set('Content-Range', `bytes ${span.start}-${span.end}/${size}`);
  if (req.method === 'HEAD' || size === 0) {
    res.end();
    return;
  }
  const bytes = await storage.read(keyOf(row.id, variant), span);
  if (!bytes) throw notThere(res);
  try {
    await pipeline(bytes, res);
  } catch (error) {
    // she has gone, or has what she wanted
    if (!res.destroyed && !res.closed) throw error;
  }
}

function notThere(res: Response): ParleyError {
  for (const name of ['ETag', 'Content-Length', 'Content-Range', 'Content-Disposition', 'Accept-Ranges'])
    res.removeHeader(name);
  res.set('Cache-Control', 'no-store');
  return new ParleyError('no-such-media');
}
