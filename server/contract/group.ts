// Groups: the roles of their members, their settings, and what a message of kind `system` says has changed. Clients
// cannot send that kind: it is not among the kinds of a draft.
import { z } from 'zod';

export const memberRoles = ['owner', 'admin', 'member'] as const;
export type MemberRole = (typeof memberRoles)[number];

/** Who may write: all members, or the owner and the admins. */
export const postings = ['all', 'admins'] as const;
/** What newcomers may read: all, or what is said from their joining on. */
export const groupHistories = ['all', 'joining'] as const;

export interface GroupSettings {
  readonly title: string;
  readonly picture: string | null;
  readonly description: string;
  readonly posting: (typeof postings)[number];
  readonly history: (typeof groupHistories)[number];
}

export const SYSTEM = 'system';

const users = z.array(z.string());

/** `media` of a message of kind `system`; who did it is the message's sender. */
export const systemContent = z
  .discriminatedUnion('change', [
    z.object({ change: z.literal('made'), title: z.string() }),
    z.object({ change: z.literal('renamed'), title: z.string() }),
    z.object({ change: z.literal('picture'), picture: z.string().nullable() }),
    z.object({ change: z.literal('description'), description: z.string() }),
    z.object({ change: z.literal('posting'), posting: z.enum(postings) }),
    z.object({ change: z.literal('history'), history: z.enum(groupHistories) }),
    z.object({ change: z.literal('joined'), users }),
    z.object({ change: z.literal('left'), users }),
    z.object({ change: z.literal('removed'), users }),
    z.object({ change: z.literal('role'), users, role: z.enum(memberRoles) }),
    z.object({ change: z.literal('dissolved') }),
    z.object({ change: z.literal('disappearing'), disappearAfterSeconds: z.int().nullable() }),
    z.object({ change: z.literal('pinned'), message: z.string(), seq: z.int() }),
    z.object({ change: z.literal('unpinned'), message: z.string(), seq: z.int() }),
  ])
  .meta({ id: 'SystemContent' });
export type SystemContent = z.infer<typeof systemContent>;
