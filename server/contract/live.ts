// What arrives on /user/queue/live, and what is SENT for it: typing and presence. Never stored; what is missed is missed.
import { z } from 'zod';

const id = z.string();
const at = z.iso.datetime().meta({ description: 'RFC 3339, UTC' });
const conversation = z
  .string()
  .min(1)
  .max(128)
  .refine((text) => !text.includes('\0'), { error: 'holds a NUL character' });

const typingState = z.enum(['typing', 'recording', 'paused']);

export const typingDraft = z
  .object({
    conversation,
    state: typingState.meta({ description: 'said again every few seconds while it goes on' }),
  })
  .meta({ id: 'TypingDraft' });
export type TypingDraft = z.infer<typeof typingDraft>;

export const presenceDraft = z.object({ state: z.enum(['online', 'away']) }).meta({ id: 'PresenceDraft' });
export type PresenceDraft = z.infer<typeof presenceDraft>;

export const typingEvent = z
  .object({
    type: z.literal('typing'),
    conversation: id,
    user: id,
    state: typingState,
    expiresIn: z
      .int()
      .min(1)
      .optional()
      .meta({ description: 'milliseconds after which it is over, whatever comes; not with `paused`' }),
  })
  .meta({ id: 'TypingEvent' });
export type TypingEvent = z.infer<typeof typingEvent>;

const state = z.enum(['online', 'away', 'offline']);
export type PresenceState = z.infer<typeof state>;
const lastSeenAt = at.optional().meta({ description: 'of who is offline, where it is known' });

export const presenceEvent = z
  .object({ type: z.literal('presence'), user: id, state, lastSeenAt })
  .meta({ id: 'PresenceEvent' });
export type PresenceEvent = z.infer<typeof presenceEvent>;

export const presencesEvent = z
  .object({
    type: z.literal('presences'),
    people: z.array(z.object({ user: id, state, lastSeenAt })),
  })
  .meta({
    id: 'PresencesEvent',
    description:
      'Everybody whose presence this session is told. It comes with the subscription and when that circle changes, and replaces what was known before: of who is not in it nothing is known.',
  });
export type PresencesEvent = z.infer<typeof presencesEvent>;

export const liveEvent = z.discriminatedUnion('type', [typingEvent, presenceEvent, presencesEvent]);
export type LiveEvent = z.infer<typeof liveEvent>;
