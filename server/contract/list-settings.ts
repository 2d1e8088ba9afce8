// A member's own list of conversations: what she has set for each, and what she has begun to write there. Only her own
// devices ever see any of it.
import { z } from 'zod';
import { limits } from './limits.ts';

const NUL = { error: 'holds a NUL character' };
const noNul = (text: string) => !text.includes('\0');
const id = z.string().min(1).max(128).refine(noNul, NUL);
const at = z.iso.datetime().meta({ description: 'RFC 3339, UTC' });
const seq = z.int().min(0);

export const FOREVER = 'forever';

export const listSettings = z
  .object({
    pinned: z
      .int()
      .min(1)
      .nullable()
      .meta({ description: 'pinned conversations stand first, the one with the largest number on top; null: not' }),
    archived: z.boolean().meta({
      description:
        'put aside. A message that comes leaves it there, unless the preference `keepArchived` is off and it is not muted',
    }),
    mutedUntil: z
      .union([at, z.literal(FOREVER)])
      .nullable()
      .meta({ description: 'nobody is to be disturbed by it until then' }),
    markedUnread: z.boolean().meta({
      description: 'to come back to; ends when the read marker moves, or when it is set to false',
    }),
  })
  .meta({ id: 'ListSettings' });
export type ListSettings = z.infer<typeof listSettings>;

export const listSettingsPatch = z
  .strictObject({
    pinned: z
      .boolean()
      .optional()
      .meta({
        description: `true: on top of the pinned, of which there are ${limits.pinnedConversations} at most; it is archived no longer`,
      }),
    archived: z.boolean().optional().meta({ description: 'true: it is pinned no longer' }),
    mutedUntil: z
      .union([z.iso.datetime({ offset: true }), z.literal(FOREVER)])
      .nullable()
      .optional(),
    markedUnread: z.boolean().optional(),
  })
  .refine(({ pinned, archived }) => !(pinned && archived), { error: 'is pinned or archived, not both' })
  .meta({ id: 'ListSettingsPatch' });
export type ListSettingsPatch = z.infer<typeof listSettingsPatch>;

export const pinnedOrder = z
  .strictObject({
    conversations: z
      .array(id)
      .max(limits.pinnedConversations)
      .refine((ids) => new Set(ids).size === ids.length, { error: 'names one twice' })
      .meta({ description: 'those to be pinned, the topmost first; all others are pinned no longer' }),
  })
  .meta({ id: 'PinnedOrder' });
export type PinnedOrder = z.infer<typeof pinnedOrder>;

export const clearing = z
  .strictObject({
    through: z
      .int()
      .min(0)
      .max(2_147_483_647)
      .optional()
      .meta({ description: 'the last seq to go, such as the last one shown; without it, all there is' }),
  })
  .meta({ id: 'Clearing' });
export type Clearing = z.infer<typeof clearing>;

export const cleared = z
  .object({
    conversation: id,
    seq: seq.meta({ description: 'history begins after it' }),
    deleted: z.boolean().meta({
      description:
        'true: it also is off the list until a message with a larger seq comes, and no longer pinned, archived or with a draft',
    }),
  })
  .meta({ id: 'Cleared' });
export type Cleared = z.infer<typeof cleared>;

const bytes = new TextEncoder();
export const conversationDraft = z
  .object({
    text: z.string().meta({ description: 'empty: there is none any more' }),
    replyTo: id.optional(),
    writtenAt: at,
  })
  .meta({ id: 'ConversationDraft' });
export type ConversationDraft = z.infer<typeof conversationDraft>;

export const newConversationDraft = z
  .strictObject({
    text: z
      .string()
      .refine(noNul, NUL)
      .refine((text) => bytes.encode(text).length <= limits.draftBytes, {
        error: `is longer than ${limits.draftBytes} bytes`,
      })
      .meta({ description: 'empty: it was sent, or given up' }),
    replyTo: id.optional(),
    writtenAt: z.iso.datetime({ offset: true }).optional().meta({
      description: 'when it was written; the latest counts, whenever it comes. Without it, and in the future: now',
    }),
  })
  .meta({ id: 'NewConversationDraft' });
export type NewConversationDraft = z.infer<typeof newConversationDraft>;

export const preferences = z
  .object({
    keepArchived: z.boolean().meta({
      description: 'whether a message that comes leaves its conversation archived; of one that is muted it always does',
    }),
  })
  .meta({ id: 'Preferences' });
export type Preferences = z.infer<typeof preferences>;
