// What becomes of an upload before it is kept: what is it → is it small enough → does it pass the scan → what can be
// known of it. What comes out stands beside it, under names of its own.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Config } from '../config.ts';
import type { MediaKind, UploadFields } from '../contract/media.ts';
import { ParleyError } from '../errors.ts';
import { Slots } from '../lib/slots.ts';
import type { FilmTools } from './film.ts';
import { cleanPicture, previewOf } from './picture.ts';
import { mustPassScan } from './scan.ts';
import { type Sniffed, sniff } from './sniff.ts';

/** Everything that is known of a file but who brought it. */
export interface Examined {
  readonly kind: MediaKind;
  readonly type: string;
  readonly size: number;
  readonly etag: string;
  readonly width?: number;
  readonly height?: number;
  readonly duration?: number;
  readonly waveform?: readonly number[];
  readonly declared?: boolean;
  readonly blurhash?: string;
  /** where they lie now */
  readonly file: string;
  readonly preview?: { readonly file: string; readonly size: number };
}

/** What is found out of one kind of file. */
type Findings = Omit<Examined, 'kind' | 'size' | 'etag' | 'file' | 'type'> & {
  readonly type?: string;
  readonly file?: string;
};

export const largestOf = (config: Config): Readonly<Record<MediaKind, number>> => ({
  image: config.MEDIA_IMAGE_BYTES,
  audio: config.MEDIA_AUDIO_BYTES,
  video: config.MEDIA_VIDEO_BYTES,
  file: config.MEDIA_FILE_BYTES,
});

/** Decoding takes a processor, and the others belong to the messages. */
const AT_ONE_TIME = 2;

export class Examiner {
  readonly #config: Config;
  readonly #tools: FilmTools | undefined;
  readonly #slots = new Slots(AT_ONE_TIME);
  readonly #looks: Readonly<Record<MediaKind, (file: string, said: UploadFields) => Promise<Findings>>> = {
    image: (file) => this.#image(file),
    audio: (file, said) => this.#audio(file, said),
    video: (file, said) => this.#video(file, said),
    file: async () => ({}),
  };

  constructor(config: Config, tools: FilmTools | undefined) {
    this.#config = config;
    this.#tools = tools;
  }

  /** Errors: `media-too-large`, `media-refused`, `media-not-scanned`, `media-too-many-pixels`, `media-broken`. */
  async examine(file: string, said: UploadFields): Promise<Examined> {
    const { kind, type } = await sniff(file);
    mustFit(this.#config, kind, (await fs.stat(file)).size);
    await mustPassScan(this.#config, file, type);
    const found = await this.#slots.run(() => this.#looks[kind](file, said));
    const kept = found.file ?? file;
    const { size } = await fs.stat(kept);
    mustFit(this.#config, kind, size);
    return { kind, type, ...found, file: kept, size, etag: await digestOf(kept) };
  }

  async #image(file: string): Promise<Findings> {
    const clean = `${file}.clean`;
    const { preview, ...rest } = await cleanPicture(file, clean, this.#config.MEDIA_PIXELS);
    return { ...rest, file: clean, preview: await writePreview(file, preview) };
  }

  async #audio(file: string, said: UploadFields): Promise<Findings> {
    const probed = await this.#tools?.probe(file);
    if (this.#tools && !probed) throw new ParleyError('media-broken');
    if (!this.#tools || probed?.duration === undefined) return declaredBy(said);
    const waveform = await this.#tools.waveform(file);
    return { duration: probed.duration, ...(waveform ? { waveform } : {}) };
  }

  async #video(file: string, said: UploadFields): Promise<Findings> {
    const probed = await this.#tools?.probe(file);
    if (!this.#tools) return declaredBy(said);
    if (!probed?.width) throw new ParleyError('media-broken');
    const lasts = probed.duration === undefined ? declaredBy(said) : { duration: probed.duration };
    const frame = await this.#tools.poster(file, probed.duration);
    if (!frame) return { ...lasts, ...sizeOf(probed) };
    const { preview, blurhash, ...shown } = await previewOf(frame, this.#config.MEDIA_PIXELS);
    return { ...lasts, ...sizeOf(probed, shown), blurhash, preview: await writePreview(file, preview) };
  }
}

function mustFit(config: Config, kind: Sniffed['kind'], size: number): void {
  const largest = largestOf(config)[kind];
  if (size > largest)
    throw new ParleyError('media-too-large', `A file of the kind "${kind}" has ${largest} bytes at most.`);
}

/** A film may lie on its side and say so: its frames come upright. */
function sizeOf(
  { width = 0, height = 0 }: { readonly width?: number; readonly height?: number },
  shown?: { readonly width: number; readonly height: number },
) {
  const turned = shown !== undefined && shown.width > shown.height !== width > height;
  return turned ? { width: height, height: width } : { width, height };
}

const declaredBy = ({ duration, waveform }: UploadFields): Findings =>
  duration === undefined && waveform === undefined
    ? {}
    : { declared: true, ...(duration === undefined ? {} : { duration }), ...(waveform ? { waveform } : {}) };

async function writePreview(beside: string, preview: Buffer) {
  const file = `${beside}.preview`;
  await fs.writeFile(file, preview, { mode: 0o600 });
  return { file, size: preview.length };
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('base64url').slice(0, 27);
}
