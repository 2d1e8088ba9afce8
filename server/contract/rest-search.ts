// What the call that searches takes and returns.
import { z } from 'zod';
import { messageKinds } from './drafts.ts';
import { messageEvent } from './events.ts';
import { limits } from './limits.ts';
import { foundPerson } from './rest.ts';

const noNul = (text: string) => !text.includes('\0');
const id = z.string().min(1).max(300).refine(noNul, { error: 'holds a NUL character' });
const at = z.iso.datetime({ offset: true });

const kinds = z
  .string()
  .transform((list) => list.split(',').filter(Boolean))
  .pipe(z.array(z.enum(messageKinds)).min(1))
  .meta({ type: 'string', description: `of these kinds only, comma list of ${messageKinds.join(', ')}` });

export const searchQuery = z
  .object({
    q: z.string().trim().max(limits.searchChars).refine(noNul, { error: 'holds a NUL character' }).default('').meta({
      description:
        'words, each of them as a beginning: all must be in the message, or in the name of its file, whatever the case, width or accents. Chinese, Japanese and Thai need no spaces',
    }),
    conversation: id.optional(),
    sender: id.optional().meta({ description: 'the id of a user' }),
    kind: kinds.optional(),
    after: at.optional().meta({ description: 'sent at this time or later' }),
    before: at.optional().meta({ description: 'sent before' }),
    limit: z.coerce.number().int().min(1).max(limits.page.max).default(limits.page.default),
    cursor: z.string().max(512).optional().meta({ description: '`next` of the page before' }),
  })
  .refine(({ q, kind, sender }) => q !== '' || kind !== undefined || sender !== undefined, {
    error: 'needs words, or a kind or a sender to go through all of those',
    path: ['q'],
  });
export type SearchQuery = z.infer<typeof searchQuery>;

export const highlight = z.object({ start: z.int().min(0), end: z.int().min(1) }).meta({
  id: 'Highlight',
  description: 'from `start` up to, not including, `end`: UTF-16 units, as JavaScript’s `slice` counts',
});
export type Highlight = z.infer<typeof highlight>;

export const foundMessage = z
  .object({
    message: messageEvent,
    highlights: z.array(highlight).meta({ description: 'what was found in `message.text`' }),
    nameHighlights: z
      .array(highlight.extend({ file: z.int().min(0) }).meta({ id: 'NameHighlight' }))
      .meta({ description: 'what was found in the `name` of `message.media`, or of that file of it' }),
  })
  .meta({ id: 'FoundMessage' });
export type FoundMessage = z.infer<typeof foundMessage>;

export const foundGroup = z
  .object({ id, title: z.string(), picture: z.string().nullable(), members: z.int().min(0) })
  .meta({ id: 'FoundGroup' });
export type FoundGroup = z.infer<typeof foundGroup>;

export const searchResult = z
  .object({
    items: z.array(foundMessage).meta({
      description:
        'the newest first; but the words as they were written, next to each other, count as 30 days newer, and whole words as 7',
    }),
    next: z
      .string()
      .nullable()
      .meta({ description: 'a page may be shorter than `limit`, and even empty: null alone is the end' }),
    people: z.array(foundPerson).meta({ description: 'with the first page of a search without filters' }),
    groups: z.array(foundGroup).meta({ description: 'groups of yours, likewise' }),
  })
  .meta({ id: 'SearchResult' });
export type SearchResult = z.infer<typeof searchResult>;
