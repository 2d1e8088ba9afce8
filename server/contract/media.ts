// Files that people upload: what is known of one, how a message names some, and what the calls about them take and
// return. All that is known of a file was found out by the server, but for what `declared` says.
import { z } from 'zod';
import { limits } from './limits.ts';

const at = z.iso.datetime().meta({ description: 'RFC 3339, UTC' });
export const mediaId = z.string().regex(/^[\w-]{1,128}$/, { error: 'is no media id' });

export const mediaKinds = ['image', 'audio', 'video', 'file'] as const;
export type MediaKind = (typeof mediaKinds)[number];

const kinds: ReadonlySet<string> = new Set(mediaKinds);
/** Whether messages of this kind show files. */
export const isMediaKind = (kind: string): kind is MediaKind => kinds.has(kind);

/** Loudness in equal steps over the whole, 0 to 100. */
const waveform = z.array(z.int().min(0).max(100)).min(1).max(limits.waveformSteps);
const duration = z.int().min(0).max(limits.durationMs);

export const attachment = z
  .object({
    id: z.string(),
    kind: z.enum(mediaKinds).meta({ description: 'by what the file is, whatever it was called' }),
    name: z.string().meta({ description: 'what its uploader called it' }),
    type: z.string().meta({ description: 'its MIME type, by its octets' }),
    size: z.int().min(0).meta({ description: 'bytes' }),
    width: z.int().optional().meta({ description: 'pixels, upright' }),
    height: z.int().optional(),
    duration: z.int().optional().meta({ description: 'milliseconds' }),
    waveform: z.array(z.int()).optional().meta({ description: 'loudness in equal steps, 0 to 100' }),
    declared: z.literal(true).optional().meta({ description: 'duration and waveform are what the uploader said' }),
    blurhash: z.string().optional(),
    preview: z.literal(true).optional().meta({ description: 'it has a preview: `variant=preview`, a small WebP' }),
  })
  .meta({
    id: 'Attachment',
    description: 'A file, as messages of kind image, audio, video and file list it in `media`',
  });
export type Attachment = z.infer<typeof attachment>;

/** How a draft names files: only the ids count, the rest is known. */
export const mediaNames = z.union([
  z.object({ id: mediaId }).transform(({ id }) => [id]),
  z
    .array(z.object({ id: mediaId }).transform(({ id }) => id))
    .min(1)
    .max(limits.attachments)
    .refine((ids) => new Set(ids).size === ids.length, { error: 'names a file twice' }),
]);

/** What may stand beside the file: said before it. */
export const uploadFields = z.object({
  duration: z.coerce.number().pipe(duration).optional().meta({
    description: 'milliseconds, of a sound or a film; counts where the server cannot look itself',
  }),
  waveform: z
    .string()
    .max(limits.waveformSteps * 5)
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'is no JSON' });
        return z.NEVER;
      }
    })
    .pipe(waveform)
    .optional()
    .meta({ description: 'a JSON array of numbers from 0 to 100; counts where the server cannot look itself' }),
});
export type UploadFields = z.infer<typeof uploadFields>;

/** For the documents alone: a form is not read as JSON. */
export const uploadForm = z.object({
  duration: z.int().optional().meta({ description: 'milliseconds' }),
  waveform: z.string().optional().meta({ description: 'a JSON array of numbers from 0 to 100' }),
  file: z.string().meta({ format: 'binary', description: 'the last part' }),
});

export const variants = ['original', 'preview'] as const;
export const variantQuery = z.object({ variant: z.enum(variants).default('original') });
export type Variant = (typeof variants)[number];

export const mediaUrl = z
  .object({
    url: z.string().meta({ description: 'relative to the origin; needs no token, and is for the one who asked' }),
    preview: z.string().optional().meta({ description: 'the same of its preview, where it has one' }),
    expiresAt: at,
  })
  .meta({ id: 'MediaUrl' });
export type MediaUrl = z.infer<typeof mediaUrl>;

export const mediaUrlsDraft = z
  .strictObject({ ids: z.array(mediaId).min(1).max(limits.page.max) })
  .meta({ id: 'MediaUrlsDraft' });
export const mediaUrls = z.object({
  items: z
    .array(mediaUrl.extend({ id: z.string() }).meta({ id: 'NamedMediaUrl' }))
    .meta({ description: 'of those that you may read' }),
});

export const mediaUsage = z
  .object({
    used: z.int().meta({ description: 'bytes of your files' }),
    quota: z.int().meta({ description: 'bytes you may have' }),
    direct: z.int().meta({ description: 'larger files go by the tus protocol, to /api/chat/media/uploads' }),
    largest: z.record(z.enum(mediaKinds), z.int()).meta({ description: 'bytes of a file of this kind' }),
  })
  .meta({ id: 'MediaUsage' });
export type MediaUsage = z.infer<typeof mediaUsage>;
