// Messages that wait for their time: what is said of them by REST, and what their author is shown.
import { z } from 'zod';
import { messageDraft, messageKinds } from './drafts.ts';
import { anyJson } from './json.ts';

const id = z.string();
const at = z.iso.datetime().meta({ description: 'RFC 3339, UTC' });
const sendAt = z.iso
  .datetime({ offset: true })
  .meta({ description: 'RFC 3339: when it is to be sent, in the future and not farther than the server allows' });
const { text, media, mentions, replyTo } = messageDraft.shape;

export const scheduledDraft = messageDraft.and(z.object({ sendAt })).meta({ id: 'ScheduledDraft' });
export type ScheduledDraft = z.infer<typeof scheduledDraft>;

export const scheduledPatch = z
  .strictObject({
    sendAt: sendAt.optional(),
    text,
    media,
    mentions,
    replyTo: replyTo.unwrap().nullable().optional().meta({ description: 'null: it answers none any more' }),
  })
  .refine((patch) => Object.keys(patch).length > 0, { error: 'names nothing to change' })
  .meta({ id: 'ScheduledPatch', description: 'Of one that could not be sent, `sendAt` is needed: it is tried again.' });
export type ScheduledPatch = z.infer<typeof scheduledPatch>;

export const scheduledMessage = z
  .object({
    id: id.meta({ description: 'once it is sent, the id of the message' }),
    clientMessageId: id,
    conversation: id,
    kind: z.enum(messageKinds),
    text: z.string().optional(),
    media: anyJson.optional().meta({ description: 'as the draft has it' }),
    replyTo: id.optional(),
    mentions: z.array(id).optional(),
    sendAt: at,
    madeAt: at,
    failed: z
      .object({ code: z.string(), message: z.string(), at })
      .nullable()
      .meta({ description: 'why it could not be sent; it waits for being changed or removed' }),
  })
  .meta({ id: 'ScheduledMessage' });
export type ScheduledMessage = z.infer<typeof scheduledMessage>;

export const scheduledEvent = z
  .object({
    type: z.literal('scheduled'),
    id: id.meta({ description: 'of the scheduled message; of one that was sent, the id of the message too' }),
    change: z.enum(['made', 'changed', 'removed', 'sent', 'failed']),
    scheduled: scheduledMessage.optional().meta({ description: 'how it stands now; not of `removed` and `sent`' }),
  })
  .meta({
    id: 'ScheduledEvent',
    description:
      "Goes to one's own devices only. `sent` and `failed` may come twice: who has no such message any more ignores them.",
  });
export type ScheduledEvent = z.infer<typeof scheduledEvent>;
