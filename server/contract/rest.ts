// What the REST calls of /api/chat take and return. The OpenAPI document is generated from these, the web
// client takes its types from them, and nothing that is not named here leaves the server.
import { z } from 'zod';
import { deviceKinds } from './device.ts';
import { messageEvent } from './events.ts';
import { groupHistories, memberRoles, postings } from './group.ts';
import { limits } from './limits.ts';
import { conversationDraft, listSettings } from './list-settings.ts';

const at = z.iso.datetime().meta({ description: 'RFC 3339, UTC' });
const seq = z.int().min(0);
const noNul = (text: string) => !text.includes('\0');
const id = z.string().min(1).max(128).refine(noNul, { error: 'holds a NUL character' });
const line = (max: number) => z.string().trim().min(1).max(max).refine(noNul, { error: 'holds a NUL character' });
const note = (max: number) => z.string().trim().max(max).refine(noNul, { error: 'holds a NUL character' });

/** One page of a list: `next` is the cursor of the page that follows, null at the end. */
export const pageOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() });

const limit = z.coerce.number().int().min(1).max(limits.page.max).default(limits.page.default);
export const pageQuery = z.object({
  limit: limit.meta({ description: 'items of a page' }),
  cursor: z.string().max(512).optional().meta({ description: '`next` of the page before' }),
});
export type PageQuery = z.infer<typeof pageQuery>;

// ---------------------------------------------------------------- people

export const person = z
  .object({
    id,
    username: z.string(),
    displayName: z.string(),
    kind: z
      .enum(['person', 'bot', 'deleted'])
      .meta({ description: '`deleted`: the account is gone, and only its id is left' }),
    about: z.string(),
    avatar: z.string().nullable().meta({ description: 'the id of an uploaded picture' }),
  })
  .meta({ id: 'Person' });
export type Person = z.infer<typeof person>;

export const profilePatch = z
  .strictObject({
    displayName: line(limits.displayNameChars).optional(),
    about: note(limits.aboutChars).optional(),
    avatar: z
      .string()
      .regex(/^[\w-]{1,128}$/, { error: 'is no media id' })
      .nullable()
      .optional(),
  })
  .meta({ id: 'ProfilePatch' });
export type ProfilePatch = z.infer<typeof profilePatch>;

export const foundPerson = person
  .extend({
    mayWrite: z.boolean().meta({ description: 'whether you may write to this user without asking first' }),
    conversation: id.meta({ description: 'your direct conversation with this user' }),
  })
  .meta({ id: 'FoundPerson' });
export type FoundPerson = z.infer<typeof foundPerson>;

export const peopleQuery = pageQuery.extend({
  query: line(limits.displayNameChars).meta({ description: 'how the username or the display name begins' }),
});

// ---------------------------------------------------------------- contacts

export const contact = z
  .object({
    user: person,
    conversation: id.meta({ description: 'your direct conversation with this user' }),
    since: at,
    remark: z.string().optional().meta({ description: 'your own name for this user' }),
  })
  .meta({ id: 'Contact' });
export type Contact = z.infer<typeof contact>;

export const contactRequest = z
  .object({
    id,
    direction: z.enum(['incoming', 'outgoing']),
    user: person.meta({ description: 'the other one' }),
    state: z.enum(['requested', 'accepted', 'declined']),
    note: z.string(),
    createdAt: at,
  })
  .meta({ id: 'ContactRequest' });
export type ContactRequest = z.infer<typeof contactRequest>;

export const contactRequestDraft = z
  .strictObject({ user: id, note: note(limits.noteChars).default('') })
  .meta({ id: 'ContactRequestDraft' });
export type ContactRequestDraft = z.infer<typeof contactRequestDraft>;

// ---------------------------------------------------------------- conversations

export const member = z
  .object({
    user: person,
    role: z.enum(memberRoles),
    delivered: seq.meta({ description: 'everything up to this seq has reached a device of this member' }),
    read: seq.meta({ description: 'everything up to this seq was read' }),
  })
  .meta({ id: 'Member' });
export type Member = z.infer<typeof member>;

export const conversation = z
  .object({
    id,
    kind: z.enum(['direct', 'group']),
    title: z.string().meta({ description: 'empty for a direct conversation' }),
    picture: z.string().nullable().meta({ description: "of a group: an uploaded picture's id" }),
    description: z.string(),
    posting: z.enum(postings).meta({ description: 'who writes here: all, or the owner and the admins' }),
    history: z.enum(groupHistories).meta({ description: 'what newcomers may read: all, or from their joining on' }),
    disappearAfterSeconds: z.int().nullable().meta({ description: 'how long messages last; null: for ever' }),
    lastSeq: seq,
    lastMessage: messageEvent.nullable(),
    unread: z.int().min(0).meta({
      description: 'messages of others after your read marker; of more than 100, your own among them too, up to 1000',
    }),
    members: z.array(member),
    historyAfter: seq.meta({
      description: 'your history begins after this seq: you came later, or have cleared what was before',
    }),
    settings: listSettings,
    draft: conversationDraft.nullable().meta({ description: 'what you have begun to write' }),
    activeAt: at.meta({ description: 'when the newest message was sent, or the conversation was made' }),
    createdAt: at,
  })
  .meta({ id: 'Conversation' });
export type Conversation = z.infer<typeof conversation>;

export const conversationsQuery = pageQuery.extend({
  archived: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: 'only what is archived, or only what is not; without it both' }),
});
export type ConversationsQuery = z.infer<typeof conversationsQuery>;

export const groupDraft = z
  .strictObject({
    kind: z.literal('group'),
    title: line(limits.titleChars),
    members: z.array(id).meta({ description: 'the ids of the other members' }),
  })
  .meta({ id: 'GroupDraft' });
export type GroupDraft = z.infer<typeof groupDraft>;

const bound = z.coerce.number().int().min(0).max(2_147_483_647);
export const historyQuery = z
  .object({
    before: bound.optional().meta({ description: 'the newest messages with a smaller seq' }),
    after: bound.optional().meta({ description: 'the oldest messages with a larger seq' }),
    limit,
  })
  .refine((query) => query.before === undefined || query.after === undefined, {
    error: 'takes "before" or "after", not both',
    path: ['after'],
  });
export type HistoryQuery = z.infer<typeof historyQuery>;

export const history = z.object({
  items: z.array(messageEvent).meta({ description: 'ascending by seq, as they were delivered' }),
});

export const messageVersion = z
  .object({ text: z.string(), writtenAt: at.meta({ description: 'when it was sent, or edited to this' }) })
  .meta({ id: 'MessageVersion' });
export type MessageVersion = z.infer<typeof messageVersion>;

export const messageVersions = z.object({
  items: z.array(messageVersion).meta({ description: 'the oldest first; the last is how it reads now' }),
});

export const reader = z
  .object({
    user: person,
    delivered: z.boolean().meta({ description: 'it has reached a device of this member' }),
    read: z.boolean().meta({ description: 'in a direct conversation always false where one of you hides it' }),
  })
  .meta({ id: 'Reader' });
export type Reader = z.infer<typeof reader>;

// ---------------------------------------------------------------- devices

export const device = z
  .object({
    id,
    name: z.string(),
    kind: z.enum(deviceKinds).nullable().meta({ description: 'null: its client does not say' }),
    createdAt: at,
    lastSeenAt: at,
  })
  .meta({ id: 'Device' });
export type Device = z.infer<typeof device>;

// ---------------------------------------------------------------- errors

/** RFC 9457. `code` is stable and listed in server/contract/errors.ts. */
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string().optional(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;
