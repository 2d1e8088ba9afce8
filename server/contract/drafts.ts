// What a client may say in a SEND to /app/…: the drafts. Who sends, from which device and when comes from the
// session, never from here: unknown members (a claimed sender, say) are dropped.
import { z } from 'zod';
import { contents } from './contents.ts';
import { isEmoji } from './emoji.ts';
import { anyJson } from './json.ts';
import { limits } from './limits.ts';
import { isMediaKind, mediaNames } from './media.ts';

const NUL = 'holds a NUL character';
const id = z
  .string()
  .min(1)
  .max(128)
  .refine((text) => !text.includes('\0'), { error: NUL });

export const messageKinds = ['text', 'image', 'audio', 'video', 'file', 'location', 'contact', 'poll'] as const;
export type MessageKind = (typeof messageKinds)[number];

const encoder = new TextEncoder();
/** Counted only where it matters: no character takes more than three bytes for each of its UTF-16 units. */
const fits = (text: string, bytes: number) =>
  text.length * 3 <= bytes || (text.length <= bytes && encoder.encode(text).length <= bytes);

export const target = z
  .union([z.strictObject({ conversation: id }), z.strictObject({ user: id })])
  .meta({ description: 'one of a conversation or a user; a user stands for the direct conversation with her' });

const messageText = z
  .string()
  .refine((text) => fits(text, limits.textBytes), {
    error: `longer than ${limits.textBytes} bytes of UTF-8`,
    params: { code: 'text-too-long' },
  })
  .refine((text) => !text.includes('\0'), { error: NUL });

export const messageDraft = z
  .object({
    clientMessageId: z
      .string()
      .min(1)
      .max(limits.clientMessageIdChars)
      .meta({ description: "the client's own id of this message: a repeat with the same one is the same message" }),
    to: target,
    kind: z.enum(messageKinds),
    text: messageText.optional(),
    media: anyJson.optional().meta({
      description:
        'of an image, audio, video or file: `{ id }` or a list of them, the ids of files; the event lists them as Attachments, by what the server knows. Of a location a Location, of a contact a ContactCardDraft, of a poll a Poll.',
    }),
    replyTo: id
      .optional()
      .meta({ description: 'the id of the message that this one answers, of the same conversation' }),
    mentions: z
      .array(id)
      .max(limits.mentions)
      .optional()
      .meta({ description: 'members of the conversation; who is none is left out' }),
    preview: z.string().min(1).max(limits.linkChars).optional().meta({
      description:
        'an address that is in the text: what `GET /api/chat/link-preview` found there a moment ago is attached by the server; where it knows nothing, the message goes without',
    }),
  })
  .refine((draft) => draft.kind !== 'text' || (draft.text !== undefined && draft.text !== ''), {
    error: 'a message of kind "text" needs a text',
    path: ['text'],
  })
  .refine(({ preview, kind, text }) => preview === undefined || (kind === 'text' && text?.includes(preview)), {
    error: 'is not in the text of a message of kind "text"',
    path: ['preview'],
  })
  .refine((draft) => !isMediaKind(draft.kind) || mediaNames.safeParse(draft.media).success, {
    error: 'needs the id of a file, or a list of them, none twice',
    path: ['media'],
  })
  .superRefine((draft, context) => {
    for (const { message, path } of contents[draft.kind]?.safeParse(draft.media).error?.issues ?? []) {
      context.addIssue({ code: 'custom', message, path: ['media', ...path] });
    }
  })
  .meta({ id: 'MessageDraft' });
export type MessageDraft = z.infer<typeof messageDraft>;

export const forwardDraft = z
  .object({
    clientMessageId: messageDraft.shape.clientMessageId,
    to: target,
    id: id.meta({ description: 'of the message' }),
  })
  .meta({ id: 'ForwardDraft' });
export type ForwardDraft = z.infer<typeof forwardDraft>;

export const editDraft = z
  .object({ id: id.meta({ description: 'of the message' }), text: messageText.min(1) })
  .meta({ id: 'EditDraft' });
export type EditDraft = z.infer<typeof editDraft>;

export const recallDraft = z.object({ id: id.meta({ description: 'of the message' }) }).meta({ id: 'RecallDraft' });
export type RecallDraft = z.infer<typeof recallDraft>;

export const reactionDraft = z
  .object({
    id: id.meta({ description: 'of the message' }),
    emoji: z
      .string()
      .max(limits.emojiChars)
      .refine(isEmoji, { error: 'is not one emoji' })
      .nullable()
      .meta({ description: 'one emoji as Unicode recommends it for interchange (RGI); null takes it back' }),
  })
  .meta({ id: 'ReactionDraft' });
export type ReactionDraft = z.infer<typeof reactionDraft>;

export const voteDraft = z
  .object({
    id: id.meta({ description: 'of the poll' }),
    options: z
      .array(z.int().min(0))
      .max(limits.pollOptions)
      .refine((options) => new Set(options).size === options.length, { error: 'has an option twice' })
      .meta({ description: 'counted from 0; none takes the vote back' }),
  })
  .meta({ id: 'VoteDraft' });
export type VoteDraft = z.infer<typeof voteDraft>;

export const pollDraft = z.object({ id: id.meta({ description: 'of the poll' }) }).meta({ id: 'PollDraft' });
export type PollDraft = z.infer<typeof pollDraft>;

const seq = z.int().min(1).max(2_147_483_647);

export const markerDraft = z
  .object({ conversation: id, delivered: seq.optional(), read: seq.optional() })
  .refine((draft) => draft.delivered !== undefined || draft.read !== undefined, {
    error: 'needs "delivered" or "read"',
  })
  .meta({ id: 'MarkerDraft' });
export type MarkerDraft = z.infer<typeof markerDraft>;

export const tokenDraft = z.object({ accessToken: z.string().min(1) }).meta({ id: 'TokenDraft' });
export type TokenDraft = z.infer<typeof tokenDraft>;
