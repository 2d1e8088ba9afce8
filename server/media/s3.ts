// Files in a bucket of an S3-compatible service, as objects of their keys. Requests are signed (AWS Signature 4), their
// bodies are not: https is what protects those.
import { openAsBlob } from 'node:fs';
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
    // read from the disk while it is sent; its length is known, which S3 demands
    const body = await openAsBlob(file);
    const response = await this.#client.fetch(`${this.#bucket}/${key}`, { method: 'PUT', body });
    await response.arrayBuffer();
    if (!response.ok) throw refused('PUT', response);
    await fs.rm(file, { force: true });
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
