// What a page says about itself in its head, read as it comes and no further than the head goes. Nothing it says is
// believed to be more than text: cut, and without characters that show nothing or turn the writing round.
import { Parser } from 'htmlparser2';
import { limits } from '../contract/limits.ts';
import type { LinkPreview } from '../contract/link-preview.ts';

export type PageHead = Omit<LinkPreview, 'url'>;

/** Of a name that comes twice the first counts. */
const named: Readonly<Record<string, keyof Found>> = {
  'og:title': 'title',
  'og:description': 'description',
  'og:site_name': 'siteName',
  'og:image': 'image',
  'og:image:url': 'image',
  'og:image:secure_url': 'image',
  description: 'plainDescription',
};

interface Found {
  title?: string;
  plainTitle?: string;
  description?: string;
  plainDescription?: string;
  siteName?: string;
  image?: string;
}

/** of a title, before it is cut */
const RAW_CHARS = 4096;
const UNSEEN = /[\p{Cc}\p{Cs}\p{Zs}\u2028\u2029]+/gu;
const TURNING = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu;

/** Undefined where nothing is left. */
export function shownText(raw: string | undefined, chars: number): string | undefined {
  const text = raw?.slice(0, RAW_CHARS).replace(TURNING, '').replace(UNSEEN, ' ').trim() ?? '';
  if (text === '') return undefined;
  if (text.length <= chars) return text;
  const cut = text.slice(0, chars - 1).replace(/[\ud800-\udbff]$/, '');
  return `${cut.trimEnd()}…`;
}

export class PageHeadReader {
  readonly #found: Found = {};
  readonly #parser: Parser;
  readonly #charset: string | undefined;
  #decoder: InstanceType<typeof TextDecoder> | undefined;
  #inTitle = false;
  #done = false;

  /** `charset`: as the header says. */
  constructor(charset?: string) {
    this.#charset = charset;
    this.#parser = new Parser({
      onopentag: (name, attributes) => this.#opened(name, attributes),
      ontext: (text) => {
        if (this.#inTitle && (this.#found.plainTitle?.length ?? 0) < RAW_CHARS)
          this.#found.plainTitle = (this.#found.plainTitle ?? '') + text;
      },
      onclosetag: (name) => {
        if (name === 'title') this.#inTitle = false;
        if (name === 'head') this.#done = true;
      },
    });
  }

  /** The head is over: what follows need not be read. */
  get done(): boolean {
    return this.#done;
  }

  write(chunk: Buffer): void {
    if (this.#done) return;
    this.#decoder ??= decoderFor(this.#charset ?? declaredCharset(chunk));
    this.#parser.write(this.#decoder.decode(chunk, { stream: true }));
  }

  /** `base`: where the page was found. */
  end(base: URL): PageHead {
    if (!this.#done) this.#parser.end();
    const { title, plainTitle, description, plainDescription, siteName, image } = this.#found;
    const shown = {
      title: shownText(title, limits.previewTitleChars) ?? shownText(plainTitle, limits.previewTitleChars),
      description: shownText(description ?? plainDescription, limits.previewDescriptionChars),
      siteName: shownText(siteName, limits.previewSiteChars),
      imageUrl: pictureUrl(image, base),
    };
    return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined));
  }

  #opened(name: string, attributes: Record<string, string>): void {
    if (this.#done) return;
    if (name === 'body') this.#done = true;
    if (name === 'title') this.#inTitle = this.#found.plainTitle === undefined;
    if (name !== 'meta') return;
    const key = named[(attributes.property ?? attributes.name ?? '').trim().toLowerCase()];
    if (key && attributes.content !== undefined) this.#found[key] ??= attributes.content;
  }
}

function pictureUrl(raw: string | undefined, base: URL): string | undefined {
  if (raw === undefined || raw.length > limits.linkChars || !URL.canParse(raw, base.href)) return undefined;
  const { protocol, username, password, href } = new URL(raw, base);
  const isPlain = (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
  return isPlain && href.length <= limits.linkChars ? href : undefined;
}

/** As HTML has it: in the first kilobyte. */
const declaredCharset = (beginning: Buffer): string | undefined =>
  /<meta[^>]{0,200}?charset\s*=\s*["']?([\w:-]{1,40})/i.exec(beginning.toString('latin1', 0, 1024))?.[1];

function decoderFor(charset = 'utf-8'): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}
