// Groups as their members change them. What may be changed is decided when the change is made, in its turn among the
// messages (server/chat/group-rules.ts); here is what that cannot know: whom one may add.
import type { GroupAction } from '../broker/group-change.ts';
import type { Context } from '../context.ts';
import { directMembers } from '../contract/conversation-id.ts';
import type { MemberRole } from '../contract/group.ts';
import type { Conversation, GroupDraft } from '../contract/rest.ts';
import type { GroupPatch } from '../contract/rest-groups.ts';
import { ParleyError } from '../errors.ts';
import { newId } from '../lib/id.ts';
import { acquaintancesOf } from './acquaintances.ts';
import { announce } from './announce.ts';
import { mustBeOwnPicture } from './attachments.ts';
import { conversationOf } from './conversations.ts';
import type { GroupChanges } from './group-changes.ts';
import { peopleById } from './people.ts';
import type { Reach } from './reach.ts';

export type GroupRooms = Pick<Context, 'db' | 'clock' | 'broker' | 'log' | 'config'> & {
  readonly reach: Reach;
  readonly groupChanges: GroupChanges;
};

/** Makes a group of the user and people she knows, and tells all of them. */
export async function makeGroup(context: GroupRooms, userId: string, draft: GroupDraft): Promise<Conversation> {
  const others = [...new Set(draft.members)].filter((id) => id !== userId);
  const { GROUP_LIMIT } = context.config;
  if (others.length + 1 > GROUP_LIMIT) {
    throw new ParleyError('request-invalid', `A group has ${GROUP_LIMIT} members at most.`);
  }
  await mustKnow(context, userId, others);
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
            ...others.map((member) => ({ userId: member, joinedAt: now })),
          ],
        },
      },
    },
  });
  const event = { type: 'conversation', conversation: id, change: 'made', title: draft.title, by: userId } as const;
  await announce(context, { events: [{ to: [userId, ...others], event }] });
  context.groupChanges.note(id, userId, { do: 'made', title: draft.title });
  return conversationOf(context, userId, id);
}

function mustBeGroup(userId: string, id: string): void {
  const members = directMembers(id);
  if (members) throw new ParleyError(members.includes(userId) ? 'not-a-group' : 'no-such-conversation');
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

export async function addMembers(context: GroupRooms, userId: string, id: string, users: readonly string[]) {
  mustBeGroup(userId, id);
  const others = [...new Set(users)].filter((user) => user !== userId);
  // who is in already may be anybody
  const members = await context.db.member.findMany({ where: { conversationId: id }, select: { userId: true } });
  const there = new Set(members.map((member) => member.userId));
  if (!there.has(userId)) throw new ParleyError('no-such-conversation');
  const coming = others.filter((user) => !there.has(user));
  await mustKnow(context, userId, coming);
  return changed(context, userId, id, { do: 'add', users: coming });
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

async function mustKnow(context: Pick<Context, 'db'>, userId: string, others: readonly string[]): Promise<void> {
  const known = await acquaintancesOf(context, userId, others);
  const stranger = others.find((id) => !known.has(id));
  if (stranger === undefined) return;
  const exists = (await peopleById(context, [stranger])).has(stranger);
  throw exists
    ? new ParleyError('not-a-contact', `The user ${stranger} is no contact of yours.`)
    : new ParleyError('no-such-user', `There is no user ${stranger}.`);
}
