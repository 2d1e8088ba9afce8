// What the REST calls about groups take: how one is changed, and by whose invites one gets in.
import { z } from 'zod';
import { groupHistories, memberRoles, postings } from './group.ts';
import { limits } from './limits.ts';

const NUL = { error: 'holds a NUL character' };
const noNul = (text: string) => !text.includes('\0');
const id = z.string().min(1).max(128).refine(noNul, NUL);

export const groupPatch = z
  .strictObject({
    title: z.string().trim().min(1).max(limits.titleChars).refine(noNul, NUL).optional(),
    picture: z
      .string()
      .regex(/^[\w-]{1,128}$/, { error: 'is no media id' })
      .nullable()
      .optional(),
    description: z.string().trim().max(limits.descriptionChars).refine(noNul, NUL).optional(),
    posting: z.enum(postings).optional().meta({ description: 'who writes: all, or the owner and the admins' }),
    history: z
      .enum(groupHistories)
      .optional()
      .meta({ description: 'what those who join later may read: all, or what is said from then on' }),
  })
  .meta({ id: 'GroupPatch' });
export type GroupPatch = z.infer<typeof groupPatch>;

export const conversationPatch = groupPatch
  .extend({
    disappearAfterSeconds: z
      .int()
      .min(limits.disappearSeconds.min)
      .max(limits.disappearSeconds.max)
      .nullable()
      .optional()
      .meta({
        description: 'how long messages last that are sent from now on; null: for ever. Direct conversations too',
      }),
  })
  .meta({ id: 'ConversationPatch' });

export const newMembers = z
  .strictObject({ members: z.array(id).min(1).meta({ description: 'the ids of people you know' }) })
  .meta({ id: 'NewMembers' });
export type NewMembers = z.infer<typeof newMembers>;

export const memberPatch = z
  .strictObject({ role: z.enum(memberRoles).meta({ description: '`owner`: you become an admin' }) })
  .meta({ id: 'MemberPatch' });
export type MemberPatch = z.infer<typeof memberPatch>;
