// An upload in one request: a multipart form, written to the disk as it comes. What stands beside the file comes first.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import fs from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import type { Request } from '../http/route.ts';
import { type UploadFields, uploadFields } from '../contract/media.ts';
import { ParleyError } from '../errors.ts';
import { RequestInvalid } from '../http/problem.ts';
import { sleep } from '../lib/backoff.ts';

/** Who is refused in the middle of her upload reads the answer only when she has sent the rest, or some of it. */
const DRAIN_MS = 5000;
const FIELD_BYTES = 4096;

export interface Form {
  readonly name: string;
  readonly said: UploadFields;
}

/** Writes the form's file to `target`, which must not exist. Errors: `request-invalid`, `media-too-large`. */
export async function receiveForm(req: Request, target: string, largest: number): Promise<Form> {
  try {
    if (Number(req.headers['content-length'] ?? 0) > largest + FIELD_BYTES * 4) throw tooLarge(largest);
    return await read(req, target, largest);
  } catch (error) {
    req.unpipe();
    req.resume();
    await drained(req);
    await fs.rm(target, { force: true });
    throw error;
  }
}

const tooLarge = (largest: number) =>
  new ParleyError(
    'media-too-large',
    `In one request a file has ${largest} bytes at most; larger ones are resumable uploads.`,
  );

async function drained(req: Request): Promise<void> {
  if (req.readableEnded || req.destroyed) return;
  const given = new AbortController();
  await Promise.race([
    once(req, 'close').then(() => {}),
    once(req, 'end').then(() => {}),
    sleep(DRAIN_MS, given.signal),
  ]);
  given.abort();
}

function read(req: Request, target: string, largest: number): Promise<Form> {
  return new Promise((resolve, refuse) => {
    const form = open(req, largest);
    // what it was writing is closed with it
    const reject = (error: unknown) => {
      refuse(error);
      form?.destroy();
    };
    const invalid = (message: string) => reject(new RequestInvalid([{ path: 'body', message }]));
    if (!form) return invalid('needs to be a multipart form');
    const fields: Record<string, string> = {};
    let name: string | undefined;
    let written: Promise<unknown> | undefined;
    form.on('field', (field, value, { valueTruncated }) => {
      if (valueTruncated) return invalid(`${field} is too long`);
      fields[field] = value;
    });
    form.on('file', (_field, file: Readable & { truncated?: boolean }, { filename }) => {
      // how a browser writes a quotation mark there
      name = (filename ?? '').replaceAll('%22', '"');
      written = pipeline(file, createWriteStream(target, { flags: 'wx', mode: 0o600 })).then(() => {
        if (file.truncated) throw tooLarge(largest);
      });
      written.catch(reject);
    });
    form.on('filesLimit', () => invalid('takes one file'));
    form.on('error', () => invalid('is no whole multipart form'));
    form.on('close', () => {
      if (name === undefined || !written) return invalid('has no file');
      const said = uploadFields.safeParse(fields);
      if (!said.success) return reject(RequestInvalid.of(said.error, 'body'));
      const received = { name, said: said.data };
      written.then(() => resolve(received), reject);
    });
    // who hangs up in the middle
    req.once('close', () => {
      if (!req.complete) invalid('has not come whole');
    });
    req.pipe(form);
  });
}

function open(req: Request, largest: number): busboy.Busboy | undefined {
  try {
    return busboy({
      headers: req.headers,
      defParamCharset: 'utf8',
      limits: {
        files: 1,
        fields: 8,
        parts: 10,
        fieldSize: FIELD_BYTES,
        fieldNameSize: 100,
        headerPairs: 32,
        fileSize: largest,
      },
    });
  } catch {
    return undefined;
  }
}
