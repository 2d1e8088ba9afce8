// What messages of the kinds location, contact and poll hold in `media`: checked when they are sent. What the server
// adds (a name, the end of a poll) no draft can claim.
import { z } from 'zod';
import { limits } from './limits.ts';

const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !text.includes('\0') && text.trim() !== '', { error: 'is empty, or holds a NUL character' });

export const location = z
  .strictObject({
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    name: line(limits.lineChars).optional(),
    address: line(limits.lineChars).optional(),
  })
  .meta({ id: 'Location' });
export type Location = z.infer<typeof location>;

/** One of our users, or anybody with a telephone. */
export const contactDraft = z
  .union([
    z.strictObject({ userId: line(128) }),
    z.strictObject({
      name: line(limits.displayNameChars),
      phones: z
        .array(z.string().regex(/^\+?[\d ()./-]{2,40}$/, { error: 'is no telephone number' }))
        .min(1)
        .max(10),
    }),
  ])
  .meta({ id: 'ContactCardDraft' });

/** As it is told: of one of our users with the names that she has given herself. */
export type ContactCard =
  | { readonly userId: string; readonly username: string; readonly name: string }
  | { readonly name: string; readonly phones: readonly string[] };

export const poll = z
  .strictObject({
    question: line(limits.lineChars),
    options: z
      .array(line(100))
      .min(2)
      .max(limits.pollOptions)
      .refine((options) => new Set(options).size === options.length, { error: 'has an option twice' }),
    multiple: z.boolean().optional().meta({ description: 'whether one may vote for several' }),
  })
  .meta({ id: 'Poll' });
/** `closedAt`: no votes are taken any more. */
export type Poll = z.infer<typeof poll> & { readonly closedAt?: string };

/** By the kind of message. */
export const contents: Readonly<Partial<Record<string, z.ZodType>>> = { location, contact: contactDraft, poll };
