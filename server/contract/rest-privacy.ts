// What the REST calls about blocks, privacy and reports take and return.
import { z } from 'zod';
import { anyJson } from './json.ts';
import { limits } from './limits.ts';
import { preferences } from './list-settings.ts';
import { pageQuery, person, profilePatch } from './rest.ts';

const id = z
  .string()
  .min(1)
  .max(128)
  .refine((text) => !text.includes('\0'), { error: 'holds a NUL character' });
const note = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .refine((text) => !text.includes('\0'), { error: 'holds a NUL character' });
const at = z.iso.datetime().meta({ description: 'RFC 3339, UTC' });

export const privacy = z
  .object({
    presence: z.enum(['everybody', 'contacts', 'nobody']).meta({
      description:
        'who, of those with whom you share a conversation, is told whether you are there and when you were last; with `nobody` you are told nobody’s either',
    }),
    find: z.enum(['everybody', 'circle', 'contacts', 'nobody']).meta({ description: 'who finds you by your name' }),
    groups: z.enum(['everybody', 'circle', 'contacts', 'nobody']).meta({
      description:
        'who, of your contacts, of your circle and of those with whom you share a group, puts you into groups; the others can only invite you',
    }),
    readMarkers: z.boolean().meta({
      description:
        'whether, in direct conversations, the other is told how far you have read, and you how far she has; groups always tell',
    }),
    add: z.enum(['everybody', 'circle', 'nobody']).meta({ description: 'who may ask you to be a contact' }),
  })
  .meta({ id: 'Privacy' });
export type Privacy = z.infer<typeof privacy>;

export const me = person.extend({ privacy, preferences }).meta({ id: 'Me' });
export type Me = z.infer<typeof me>;

export const mePatch = profilePatch
  .extend({
    privacy: z.strictObject(privacy.partial().shape).optional(),
    preferences: z.strictObject(preferences.partial().shape).optional(),
  })
  .meta({
    id: 'MePatch',
  });
export type MePatch = z.infer<typeof mePatch>;

export const blocked = z.object({ user: person, since: at }).meta({ id: 'Blocked' });
export type Blocked = z.infer<typeof blocked>;

export const contactPatch = z
  .strictObject({ remark: note(limits.displayNameChars).meta({ description: 'empty: none any more' }) })
  .meta({ id: 'ContactPatch' });
export type ContactPatch = z.infer<typeof contactPatch>;

export const reportDraft = z
  .strictObject({
    user: id,
    reason: z.enum(['spam', 'abuse', 'impersonation', 'other']),
    text: note(1000).default(''),
    conversation: id.optional().meta({ description: 'where it happened: one of yours' }),
    message: id.optional().meta({ description: 'one of that conversation that you may read' }),
  })
  .refine(({ conversation, message }) => message === undefined || conversation !== undefined, {
    error: 'names a message without its conversation',
    path: ['message'],
  })
  .meta({ id: 'ReportDraft' });
export type ReportDraft = z.infer<typeof reportDraft>;

export const report = z.object({ id, createdAt: at }).meta({ id: 'Report' });
export type Report = z.infer<typeof report>;

export const evidence = z
  .object({
    sender: id,
    kind: z.string(),
    text: z.string().optional(),
    media: anyJson.optional(),
    sentAt: at,
  })
  .meta({ id: 'Evidence', description: 'the message as it read when it was reported' });
export type Evidence = z.infer<typeof evidence>;

const outcome = z.enum(['resolved', 'dismissed']);

export const reportCase = report
  .extend({
    by: person.nullable().meta({ description: 'who reports; null: there is no such user any more' }),
    about: person.nullable(),
    reason: reportDraft.shape.reason,
    text: z.string(),
    conversation: id.nullable(),
    message: id.nullable(),
    evidence: evidence.nullable(),
    closed: z.object({ at, by: id, outcome, note: z.string() }).nullable().meta({ description: 'null: it is open' }),
  })
  .meta({ id: 'ReportCase' });
export type ReportCase = z.infer<typeof reportCase>;

export const reportsQuery = pageQuery.extend({
  state: z.enum(['open', 'closed']).default('open'),
});
export type ReportsQuery = z.infer<typeof reportsQuery>;

export const reportClosing = z.strictObject({ outcome, note: note(1000).default('') }).meta({ id: 'ReportClosing' });
export type ReportClosing = z.infer<typeof reportClosing>;
