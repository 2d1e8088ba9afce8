// Files in a bucket of an S3-compatible service, as objects of their keys. Requests are signed (AWS Signature 4), their
// bodies are not: https is what protects those.
import { createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import { Readable } from 'node:stream';
import { AwsClient } from 'aws4fetch';
import type { Config } from '../config.ts';
import type { Span, Storage } from './storage.ts';

type Settings = Pick<Config, 'MEDIA_S3_URL' | 'MEDIA_S3_REGION' | 'MEDIA_S3_ACCESS_KEY' | 'MEDIA_S3_SECRET_KEY'>;

const TRIES = 3;

export class S3 implements Storage {
  readonly #bucket: string;
  readonly #client: AwsClient;

  constructor(config: Settings) {
    this.#bucket = config.MEDIA_S3_URL;
    this.#client = new AwsClient({
      accessKeyId: config.MEDIA_S3_ACCESS_KEY,
      secretAccessKey: config.MEDIA_S3_SECRET_KEY,
      region: config.MEDIA_S3_REGION,
      service: 's3',
      retries: TRIES - 1,
    });
  }

  async put(key: string, file: string): Promise<void> {
    const { size } = await fs.stat(file);
    for (let left = TRIES; ; left--) {
      const response = await this.#send(key, file, size);
      await response.arrayBuffer();
      if (response.ok) return fs.rm(file, { force: true });
      if (response.status < 500 || left === 1) throw refused('PUT', response);
    }
  }

  /** Read from the disk while it is sent. Its length is said: S3 takes no other. */
  async #send(key: string, file: string, size: number): Promise<Response> {
    const headers = { 'content-length': String(size) };
    const bytes = createReadStream(file);
    try {
      const body = Readable.toWeb(bytes) as ReadableStream;
      return await fetch(await this.#client.sign(`${this.#bucket}/${key}`, { method: 'PUT', headers, body }));
    } finally {
      bytes.destroy();
    }
  }

  async read(key: string, span?: Span): Promise<Readable | undefined> {
    const headers = span ? { range: `bytes=${span.start}-${span.end}` } : undefined;
    const response = await this.#client.fetch(`${this.#bucket}/${key}`, {
      method: 'GET',
      ...(headers ? { headers } : {}),
    });
    if (response.status === (span ? 206 : 200) && response.body) return Readable.fromWeb(response.body);
    await response.body?.cancel();
    if (response.status === 404) return undefined;
    throw refused('GET', response);
  }

  async remove(key: string): Promise<void> {
    const response = await this.#client.fetch(`${this.#bucket}/${key}`, { method: 'DELETE' });
    await response.arrayBuffer();
    if (!response.ok && response.status !== 404) throw refused('DELETE', response);
  }
}

const refused = (method: string, { status }: Response): Error =>
  new Error(`the storage answered ${method} with ${status}`);
