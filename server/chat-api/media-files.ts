// What the media calls share: the storage, the examiner, the signer. An upload, however it came, is examined and kept
// here; a refused one leaves nothing.
import fs from 'node:fs/promises';
import { attachmentOf, type MediaRow } from '../chat/media-access.ts';
import { shelve, unshelve } from '../chat/media-shelf.ts';
import type { Context } from '../context.ts';
import { limits } from '../contract/limits.ts';
import type { Attachment, UploadFields, Variant } from '../contract/media.ts';
import { Examiner, type Examined } from '../media/examine.ts';
import { findFilmTools } from '../media/film.ts';
import { UrlSigner } from '../media/signed-urls.ts';
import { openStorage, type Storage } from '../media/storage.ts';

export interface Upload {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly said: UploadFields;
  /** where its bytes are; taken away from there */
  readonly file: string;
}

export const keyOf = (id: string, variant: Variant): string => (variant === 'preview' ? `${id}.preview` : id);

/** What may stand in a header and a list: no control characters, no path, nothing that turns the direction of text. */
export function cleanName(name: string): string {
  // the end says what it is; half a character that cutting leaves is no better than a control character
  const line = name.slice(-limits.mediaNameChars).replaceAll(/[\p{Cc}\p{Cs}\p{Bidi_Control}/\\]/gu, ' ');
  return line.trim() || 'file';
}

export class MediaFiles {
  readonly storage: Storage;
  readonly signer: UrlSigner;
  readonly #context: Context;
  readonly #examiner: Examiner;

  private constructor(context: Context, examiner: Examiner) {
    this.#context = context;
    this.#examiner = examiner;
    this.storage = openStorage(context.config);
    this.signer = new UrlSigner(context.keys.cookieKeys, context.config.MEDIA_URL_SECONDS);
  }

  static async open(context: Context): Promise<MediaFiles> {
    const tools = await findFilmTools(context.config);
    context.log.info({ ffmpeg: tools !== undefined }, 'films are looked at where there is ffmpeg');
    return new MediaFiles(context, new Examiner(context.config, tools));
  }

  /** Errors: the examiner's, `media-quota`. */
  async keep(upload: Upload): Promise<Attachment> {
    try {
      const examined = await this.#examiner.examine(upload.file, upload.said);
      return attachmentOf(await this.#store(upload, examined));
    } finally {
      for (const ending of ['', '.clean', '.preview']) await fs.rm(`${upload.file}${ending}`, { force: true });
    }
  }

  /** The row comes first: bytes without a row would never be found again. */
  async #store({ id, userId, name }: Upload, { file, preview, ...known }: Examined): Promise<MediaRow> {
    const row = await shelve(this.#context, userId, {
      ...known,
      id,
      name: cleanName(name),
      ...(preview ? { previewSize: preview.size } : {}),
    });
    try {
      if (preview) await this.storage.put(keyOf(id, 'preview'), preview.file);
      await this.storage.put(keyOf(id, 'original'), file);
    } catch (error) {
      await unshelve(this.#context, id);
      throw error;
    }
    return row;
  }
}
