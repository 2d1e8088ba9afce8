// Uploads that go on where they broke off (the tus protocol, tus.io), in files under DATA_DIR until they are whole. An
// upload's id is its file's: who has lost the last answer asks for the file.
import { AsyncLocalStorage } from 'node:async_hooks';
import fs from 'node:fs/promises';
import path from 'node:path';
import { FileStore } from '@tus/file-store';
import { Server, type Upload } from '@tus/server';
import type { Request, Response } from '../http/route.ts';
import { mustHaveRoom, usedBy } from '../chat/media-shelf.ts';
import type { Context } from '../context.ts';
import { uploadFields } from '../contract/media.ts';
import { ParleyError } from '../errors.ts';
import { problemOf, RequestInvalid } from '../http/problem.ts';
import { newId } from '../lib/id.ts';
import { largestOf } from '../media/examine.ts';
import { incomingFolder } from '../media/storage.ts';
import type { MediaFiles } from './media-files.ts';

const HOUR_MS = 3_600_000;

interface Open {
  readonly userId: string;
  readonly size: number;
  readonly at: number;
}

export class Resumable {
  readonly #context: Context;
  readonly #files: MediaFiles;
  readonly #store: FileStore;
  readonly #server: Server;
  /** whose request the protocol's server is at */
  readonly #asking = new AsyncLocalStorage<string>();
  /** begun and not finished, by id */
  readonly #open = new Map<string, Open>();
  readonly #largest: number;

  private constructor(context: Context, files: MediaFiles, url: string, directory: string) {
    this.#context = context;
    this.#files = files;
    this.#largest = Math.max(...Object.values(largestOf(context.config)));
    this.#store = new FileStore({ directory });
    this.#server = new Server({
      path: url,
      datastore: this.#store,
      relativeLocation: true,
      maxSize: this.#largest,
      allowedOrigins: () => false,
      namingFunction: () => newId(context.clock.now()),
      onUploadCreate: async (_request, upload) => this.#begin(this.#asking.getStore() as string, upload),
      onUploadFinish: (_request, upload) => this.#finish(upload),
    });
  }

  static async open(context: Context, files: MediaFiles, url: string): Promise<Resumable> {
    const folder = path.join(incomingFolder(context.config), 'resumable');
    await fs.mkdir(folder, { recursive: true, mode: 0o700 });
    const resumable = new Resumable(context, files, url, folder);
    await resumable.#remember(folder);
    return resumable;
  }

  /** What an earlier process left: the unfinished go on; of those it died of finishing, nothing is kept. */
  async #remember(folder: string): Promise<void> {
    const ids = (await fs.readdir(folder)).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5));
    for (const id of ids) {
      const upload = await this.#store.getUpload(id).catch(() => undefined);
      const userId = upload?.metadata?.owner;
      if (!upload || !userId || upload.offset === upload.size) await this.#remove(id);
      else this.#open.set(id, { userId, size: upload.size ?? 0, at: Date.parse(upload.creation_date ?? '') || 0 });
    }
  }

  async #remove(id: string): Promise<void> {
    this.#open.delete(id);
    await this.#store.remove(id).catch(() => {});
  }

  /** POST begins one. Errors: `request-invalid`, `media-too-large`, `too-many-requests`, `media-quota`. */
  async create(userId: string, req: Request, res: Response): Promise<void> {
    const size = Number(req.headers['upload-length']);
    if (!Number.isInteger(size) || size < 1) {
      throw new RequestInvalid([{ path: 'Upload-Length', message: 'is needed: how many bytes will come' }]);
    }
    if (size > this.#largest) throw new ParleyError('media-too-large', `A file has ${this.#largest} bytes at most.`);
    const used = await usedBy(this.#context, userId);
    const { MEDIA_UPLOADS_PER_USER } = this.#context.config;
    const mine = [...this.#open.values()].filter((one) => one.userId === userId);
    if (mine.length >= MEDIA_UPLOADS_PER_USER) {
      throw new ParleyError('too-many-requests', `You may have ${MEDIA_UPLOADS_PER_USER} unfinished uploads.`);
    }
    mustHaveRoom(this.#context, used + mine.reduce((sum, one) => sum + one.size, 0), size);
    await this.#asking.run(userId, () => this.#server.handle(req, res));
  }

  /** HEAD, PATCH and DELETE of one. Error: `no-such-media`. */
  async serve(userId: string, id: string, req: Request, res: Response): Promise<void> {
    if (this.#open.get(id)?.userId !== userId)
      throw new ParleyError('no-such-media', 'There is no such unfinished upload.');
    await this.#server.handle(req, res);
    if (req.method === 'DELETE') this.#open.delete(id);
  }

  #begin(userId: string, { id, size = 0, metadata = {} }: Upload) {
    const { filename = '', duration, waveform } = metadata;
    this.#open.set(id, { userId, size, at: this.#context.clock.now() });
    const said = { ...(duration ? { duration } : {}), ...(waveform ? { waveform } : {}) };
    return { metadata: { owner: userId, filename: filename ?? '', ...said } };
  }

  /** Its last bytes have come. The answer is the file, or the problem; either way the upload is over. */
  async #finish({ id, metadata = {}, storage }: Upload) {
    const { owner, filename, ...fields } = metadata;
    try {
      const said = uploadFields.parse(fields);
      const file = storage?.path as string;
      const kept = await this.#files.keep({ id, userId: owner as string, name: filename ?? '', said, file });
      return { status_code: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(kept) };
    } catch (error) {
      const problem = problemOf(error);
      if (!problem) throw error;
      const headers = { 'Content-Type': 'application/problem+json' };
      return { status_code: problem.status, headers, body: JSON.stringify(problem) };
    } finally {
      await this.#remove(id);
    }
  }

  /** Forgets what nobody has gone on with. */
  async sweep(): Promise<void> {
    const before = this.#context.clock.now() - this.#context.config.MEDIA_UPLOAD_HOURS * HOUR_MS;
    for (const [id, { at }] of this.#open) if (at < before) await this.#remove(id);
  }
}
