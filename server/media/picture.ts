// Pictures: written anew, so that nothing but pixels is left of them (no place, no camera, nothing hidden behind), upright,
// and never more pixels than allowed; their previews and blurhashes.
import { encode } from 'blurhash';
import sharp, { type Sharp } from 'sharp';
import { ParleyError } from '../errors.ts';

const PREVIEW_EDGE = 480;
const BLUR_EDGE = 32;
const SECONDS = 30;

// only what is decoded on purpose: libvips knows many more formats, and their defects
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpeg',
    'VipsForeignLoadPng',
    'VipsForeignLoadWebp',
    'VipsForeignLoadNsgif',
    'VipsForeignLoadHeif',
  ],
});
sharp.cache(false);
// a picture is never worth more than one processor: messages come first
sharp.concurrency(1);

export interface Preview {
  readonly preview: Buffer;
  readonly blurhash: string;
  readonly width: number;
  readonly height: number;
}

export interface Picture extends Preview {
  readonly type: string;
}

const writers: Readonly<Record<string, { readonly type: string; readonly write: (image: Sharp) => Sharp }>> = {
  jpeg: { type: 'image/jpeg', write: (image) => image.jpeg({ quality: 88 }) },
  png: { type: 'image/png', write: (image) => image.png() },
  gif: { type: 'image/gif', write: (image) => image.gif() },
  webp: { type: 'image/webp', write: (image) => image.webp({ quality: 88 }) },
  // to write AVIF takes a hundred times as long
  heif: { type: 'image/webp', write: (image) => image.webp({ quality: 88 }) },
};

const open = (input: string | Buffer, pixels: number, animated = false) =>
  sharp(input, { limitInputPixels: pixels, failOn: 'error', animated }).timeout({ seconds: SECONDS });

/** Writes the picture of `file` to `target`. Errors: `media-too-many-pixels`, `media-broken`. */
export async function cleanPicture(file: string, target: string, pixels: number): Promise<Picture> {
  try {
    const { width, height, pages = 1, format } = await sharp(file, { limitInputPixels: false }).metadata();
    if (width * height * pages > pixels) {
      throw new ParleyError(
        'media-too-many-pixels',
        `A picture has ${pixels} pixels at most, all its frames together.`,
      );
    }
    const writer = writers[format];
    if (!writer) throw new ParleyError('media-broken');
    const { type, write } = writer;
    await write(open(file, pixels, pages > 1).autoOrient()).toFile(target);
    return { type, ...(await previewOf(target, pixels)) };
  } catch (error) {
    if (error instanceof ParleyError) throw error;
    throw new ParleyError('media-broken');
  }
}

/** Of its first frame. Width and height are those of the whole. */
export async function previewOf(input: string | Buffer, pixels: number): Promise<Preview> {
  const { width, height } = await open(input, pixels).metadata();
  const fitting = { width: PREVIEW_EDGE, height: PREVIEW_EDGE, fit: 'inside', withoutEnlargement: true } as const;
  const preview = await open(input, pixels).resize(fitting).webp({ quality: 75 }).toBuffer();
  const { data, info } = await open(preview, pixels)
    .resize(BLUR_EDGE, BLUR_EDGE, { fit: 'inside' })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const [across, down] = width >= height ? [4, 3] : [3, 4];
  return {
    preview,
    width,
    height,
    blurhash: encode(new Uint8ClampedArray(data), info.width, info.height, across, down),
  };
}
