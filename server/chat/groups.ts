// Groups as their members change them. What may be changed is decided when the change is made, in its turn among the
// messages (server/chat/group-rules.ts); here is what that cannot know: whom one may add.
import type { GroupAction } from '../broker/group-change.ts';
import type { Context } from '../context.ts';
import type { MemberRole } from '../contract/group.ts';
import type { Conversation, GroupDraft } from '../contract/rest.ts';
import type { GroupPatch } from '../contract/rest-groups.ts';
import type { GroupOutcome } from '../contract/rest-invites.ts';
import { ParleyError } from '../errors.ts';
import { newId } from '../lib/id.ts';
import { acquaintancesOf } from './acquaintances.ts';
import { announce } from './announce.ts';
import { mustBeOwnPicture } from './attachments.ts';
import { conversationOf } from './conversations.ts';
import type { GroupChanges } from './group-changes.ts';
import { mustAdminister, mustBeGroup } from './group-standing.ts';
import type { InviteTries } from './invite-tries.ts';
import { inviteToGroup } from './joinings.ts';
import { peopleById } from './people.ts';
import type { Reach } from './reach.ts';

export type GroupRooms = Pick<Context, 'db' | 'clock' | 'broker' | 'log' | 'config' | 'keys'> & {
  readonly reach: Reach;
  readonly groupChanges: GroupChanges;
  readonly inviteTries: InviteTries;
};

/** Makes a group of the user and people she knows, and tells all of them; whose settings want it, she asks. */
export async function makeGroup(context: GroupRooms, userId: string, draft: GroupDraft): Promise<GroupOutcome> {
  const others = [...new Set(draft.members)].filter((id) => id !== userId);
  const { GROUP_LIMIT } = context.config;
  if (others.length + 1 > GROUP_LIMIT) {
    throw new ParleyError('request-invalid', `A group has ${GROUP_LIMIT} members at most.`);
  }
  const { added, asked } = await known(context, userId, others);
  const id = newId(context.clock.now());
  const now = new Date(context.clock.now());
  await context.db.conversation.create({
    data: {
      id,
      kind: 'group',
      title: draft.title,
      activeAt: now,
      createdAt: now,
      members: {
        createMany: {
          data: [
            { userId, role: 'owner', joinedAt: now },
            ...added.map((member) => ({ userId: member, joinedAt: now })),
          ],
        },
      },
    },
  });
  const event = { type: 'conversation', conversation: id, change: 'made', title: draft.title, by: userId } as const;
  const members = [userId, ...added];
  const changes =
    members.length <= context.config.PRESENCE_GROUP ? [{ type: 'acquainted', users: members } as const] : [];
  await announce(context, { events: [{ to: members, event }], changes });
  context.groupChanges.note(id, userId, { do: 'made', title: draft.title });
  await inviteToGroup(context, userId, id, asked);
  return { ...(await conversationOf(context, userId, id)), invited: asked };
}

async function change(context: GroupRooms, userId: string, id: string, action: GroupAction): Promise<void> {
  mustBeGroup(userId, id);
  await context.groupChanges.make(id, userId, action);
}

async function changed(context: GroupRooms, userId: string, id: string, action: GroupAction): Promise<Conversation> {
  await change(context, userId, id, action);
  return conversationOf(context, userId, id);
}

/** Errors: the rule's; of a new picture `no-such-media`, `media-kind-wrong`. */
export async function changeGroup(context: GroupRooms, userId: string, id: string, set: GroupPatch) {
  await mustBeOwnPicture(context, userId, set.picture);
  return changed(context, userId, id, { do: 'set', set });
}

/** Who asks to get in comes in, known or not; whose settings want it is asked, when the others are in. */
export async function addMembers(
  context: GroupRooms,
  userId: string,
  id: string,
  users: readonly string[],
): Promise<GroupOutcome> {
  await mustAdminister(context, userId, id);
  const { db } = context;
  const there = { conversationId: id, userId: { in: [...users] } };
  const [members, waiting] = await Promise.all([
    db.member.findMany({ where: there, select: { userId: true } }),
    db.joining.findMany({ where: { ...there, state: 'requested' }, select: { userId: true } }),
  ]);
  const isIn = new Set([userId, ...members.map((member) => member.userId)]);
  const asks = waiting.map((one) => one.userId).filter((user) => !isIn.has(user));
  const others = [...new Set(users)].filter((user) => !isIn.has(user) && !asks.includes(user));
  const { added, asked } = await known(context, userId, others);
  const coming = [...added, ...asks];
  if (coming.length > 0) await change(context, userId, id, { do: 'add', users: coming });
  await inviteToGroup(context, userId, id, asked);
  return { ...(await conversationOf(context, userId, id)), invited: asked };
}

export const giveRole = (context: GroupRooms, userId: string, id: string, user: string, role: MemberRole) =>
  changed(context, userId, id, { do: 'role', user, role });

/** Of oneself: leaves. */
export const removeMember = (context: GroupRooms, userId: string, id: string, user: string): Promise<void> =>
  change(context, userId, id, user === userId ? { do: 'leave' } : { do: 'remove', user });

export const leaveGroup = (context: GroupRooms, userId: string, id: string): Promise<void> =>
  change(context, userId, id, { do: 'leave' });

export const dissolveGroup = (context: GroupRooms, userId: string, id: string): Promise<void> =>
  change(context, userId, id, { do: 'dissolve' });

/** Errors: `not-a-contact`, `no-such-user`. */
async function known(context: Pick<Context, 'db'>, userId: string, others: readonly string[]) {
  const all = await acquaintancesOf(context, userId, others);
  const stranger = others.find((id) => !all.has(id));
  if (stranger === undefined) {
    return {
      added: others.filter((id) => all.get(id) === 'added'),
      asked: others.filter((id) => all.get(id) === 'asked'),
    };
  }
  const exists = (await peopleById(context, [stranger])).has(stranger);
  throw exists
    ? new ParleyError('not-a-contact', `The user ${stranger} is no contact of yours.`)
    : new ParleyError('no-such-user', `There is no user ${stranger}.`);
}
