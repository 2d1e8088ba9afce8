// Where the bytes of files lie, by key: a folder under DATA_DIR, or an S3-compatible service. Who may read them is
// nobody's business here.
import { createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { Config } from '../config.ts';
import { S3 } from './s3.ts';

/** Bytes from `start` to `end`, both inclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Storage {
  /** Takes a file away from `file`, whole or not at all. */
  put(key: string, file: string): Promise<void>;
  /** undefined: there is nothing under that key. */
  read(key: string, span?: Span): Promise<Readable | undefined>;
  /** What is not there is no error. */
  remove(key: string): Promise<void>;
}

type Settings = Pick<
  Config,
  'DATA_DIR' | 'MEDIA_S3_URL' | 'MEDIA_S3_REGION' | 'MEDIA_S3_ACCESS_KEY' | 'MEDIA_S3_SECRET_KEY'
>;

/** Where uploads wait until they are whole and looked at. On the disk of the folder, so that a move is a rename. */
export const incomingFolder = ({ DATA_DIR }: Pick<Config, 'DATA_DIR'>) => path.join(DATA_DIR, 'media', 'incoming');

export function openStorage(config: Settings): Storage {
  return config.MEDIA_S3_URL === '' ? new Folder(path.join(config.DATA_DIR, 'media', 'stored')) : new S3(config);
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

export class Folder implements Storage {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Ids begin with the time: their ends are what spreads them. */
  #fileOf(key: string): string {
    return path.join(this.#folder, (key.split('.')[0] as string).slice(-2), key);
  }

  async put(key: string, file: string): Promise<void> {
    const target = this.#fileOf(key);
    await fs.mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
    await fs.chmod(file, 0o600);
    const handle = await fs.open(file, 'r');
    await handle.sync().finally(() => handle.close());
    await fs.rename(file, target);
  }

  async read(key: string, span?: Span): Promise<Readable | undefined> {
    const stream = createReadStream(this.#fileOf(key), span);
    return new Promise((resolve, reject) => {
      stream.once('open', () => resolve(stream));
      stream.once('error', (error) => (isMissing(error) ? resolve(undefined) : reject(error)));
    });
  }

  async remove(key: string): Promise<void> {
    await fs.rm(this.#fileOf(key), { force: true });
  }
}
