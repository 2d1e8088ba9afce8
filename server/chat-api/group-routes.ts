// The calls of /api/chat that change a group, one row each. What a row does is in server/chat/groups.ts.
import { z } from 'zod';
import { conversationOf } from '../chat/conversations.ts';
import { changeDisappearing } from '../chat/disappearing.ts';
import {
  addMembers,
  changeGroup,
  dissolveGroup,
  giveRole,
  type GroupRooms,
  leaveGroup,
  makeGroup,
  removeMember,
} from '../chat/groups.ts';
import { conversation, groupDraft } from '../contract/rest.ts';
import { groupOutcome } from '../contract/rest-invites.ts';
import { conversationPatch, memberPatch, newMembers } from '../contract/rest-groups.ts';
import { type Route, route } from '../http/route.ts';
import { id } from './params.ts';

const byId = z.object({ id });
const byMember = z.object({ id, userId: id });

export const groupRoutes = (context: GroupRooms): readonly Route[] => [
  route({
    method: 'post',
    path: '/conversations',
    summary: 'Make a group',
    status: 201,
    body: groupDraft,
    response: groupOutcome,
    handle: ({ identity, body }) => makeGroup(context, identity.userId, body),
  }),
  route({
    method: 'patch',
    path: '/conversations/{id}',
    summary:
      'Change a group: its owner and its admins do. Of a direct conversation, how long its messages last: either',
    params: byId,
    body: conversationPatch,
    response: conversation,
    handle: async ({ identity: { userId }, params: { id: of }, body: { disappearAfterSeconds, ...set } }) => {
      if (disappearAfterSeconds !== undefined) await changeDisappearing(context, userId, of, disappearAfterSeconds);
      const onlyThat = disappearAfterSeconds !== undefined && Object.keys(set).length === 0;
      return onlyThat ? conversationOf(context, userId, of) : changeGroup(context, userId, of, set);
    },
  }),
  route({
    method: 'delete',
    path: '/conversations/{id}',
    summary: 'Leave a group; an owner who leaves is followed by an admin, or else a member, the longest there first',
    params: byId,
    handle: ({ identity, params }) => leaveGroup(context, identity.userId, params.id),
  }),
  route({
    method: 'post',
    path: '/conversations/{id}/dissolve',
    summary: 'End a group: its owner does. All cease to be members and keep what they could read',
    params: byId,
    handle: ({ identity, params }) => dissolveGroup(context, identity.userId, params.id),
  }),
  route({
    method: 'post',
    path: '/conversations/{id}/members',
    summary: 'Add people you know, all or none: the owner and the admins do',
    params: byId,
    body: newMembers,
    response: groupOutcome,
    handle: ({ identity, params, body }) => addMembers(context, identity.userId, params.id, body.members),
  }),
  route({
    method: 'patch',
    path: '/conversations/{id}/members/{userId}',
    summary: 'Give a member another role: the owner does. To give away `owner` is to become an admin oneself',
    params: byMember,
    body: memberPatch,
    response: conversation,
    handle: ({ identity, params, body }) => giveRole(context, identity.userId, params.id, params.userId, body.role),
  }),
  route({
    method: 'delete',
    path: '/conversations/{id}/members/{userId}',
    summary: 'Remove a member: the owner removes anybody, an admin those without a role. Of oneself: leave',
    params: byMember,
    handle: ({ identity, params }) => removeMember(context, identity.userId, params.id, params.userId),
  }),
];
