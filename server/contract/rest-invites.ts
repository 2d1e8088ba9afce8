// What the REST calls about getting into groups take and return: links, requests, invitations.
import { z } from 'zod';
import { limits } from './limits.ts';
import { conversation, person } from './rest.ts';

const at = z.iso.datetime().meta({ description: 'RFC 3339, UTC' });

export const inviteDraft = z
  .strictObject({
    expiresInSeconds: z.int().min(limits.inviteSeconds.min).max(limits.inviteSeconds.max).optional().meta({
      description: 'without it, it does not expire',
    }),
    maxUses: z.int().min(1).max(limits.inviteUses).optional().meta({ description: 'people who may come in by it' }),
    approval: z.boolean().default(false).meta({ description: 'whether an admin must agree to each who comes' }),
  })
  .meta({ id: 'InviteDraft' });
export type InviteDraft = z.infer<typeof inviteDraft>;

export const invite = z
  .object({
    id: z.string(),
    url: z.string().nullable().meta({
      description: 'the link to pass on, whose last part is the code; null: it works, but cannot be shown any more',
    }),
    madeBy: z.string(),
    approval: z.boolean(),
    expiresAt: at.nullable(),
    maxUses: z.int().nullable(),
    uses: z.int().min(0),
    createdAt: at,
  })
  .meta({ id: 'Invite' });
export type Invite = z.infer<typeof invite>;

export const inviteView = z
  .object({
    title: z.string(),
    picture: z.string().nullable(),
    memberCount: z.int().min(1),
    approval: z.boolean().meta({ description: 'whether an admin must agree to you' }),
    state: z.enum(['none', 'requested', 'invited', 'member']).meta({ description: 'how you stand to the group' }),
    conversation: z.string().optional().meta({ description: 'where you are a member' }),
  })
  .meta({ id: 'InviteView' });
export type InviteView = z.infer<typeof inviteView>;

export const joined = z
  .object({
    state: z.enum(['member', 'requested']).meta({ description: '`requested`: an admin must agree' }),
    conversation: z.string().meta({ description: 'its id; what it holds is for members' }),
  })
  .meta({ id: 'Joined' });
export type Joined = z.infer<typeof joined>;

export const joinRequest = z
  .object({
    user: person,
    state: z.enum(['requested', 'invited']),
    invitedBy: z.string().optional(),
    at,
  })
  .meta({ id: 'JoinRequest' });
export type JoinRequest = z.infer<typeof joinRequest>;

/** One's own requests and invitations. */
export const groupInvitation = z
  .object({
    conversation: z.string(),
    title: z.string(),
    picture: z.string().nullable(),
    memberCount: z.int().min(0),
    state: z.enum(['requested', 'invited']),
    invitedBy: person.optional(),
    at,
  })
  .meta({ id: 'GroupInvitation' });
export type GroupInvitation = z.infer<typeof groupInvitation>;

export const groupOutcome = conversation
  .extend({
    invited: z
      .array(z.string())
      .meta({ description: 'those of the members named who are asked first: their settings want it' }),
  })
  .meta({ id: 'GroupOutcome' });
export type GroupOutcome = z.infer<typeof groupOutcome>;
