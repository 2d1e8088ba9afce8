// The calls of /api/chat by which people get into groups, one row each. What a row does is in server/chat.
import { z } from 'zod';
import type { GroupRooms } from '../chat/groups.ts';
import { listInvites, makeInvite, qrOfInvite, revokeInvite } from '../chat/invites.ts';
import {
  acceptGroupInvitation,
  acceptJoinRequest,
  declineGroupInvitation,
  declineJoinRequest,
  joinByInvite,
  listGroupInvitations,
  listJoinRequests,
  viewInvite,
} from '../chat/joinings.ts';
import { pageOf, pageQuery } from '../contract/rest.ts';
import { groupInvitation, invite, inviteDraft, inviteView, joined, joinRequest } from '../contract/rest-invites.ts';
import { type Route, route } from '../http/route.ts';
import { id } from './params.ts';

const byId = z.object({ id });
const byInvite = z.object({ id, inviteId: id });
const byCode = z.object({ code: id });
const byUser = z.object({ id, userId: id });

export const inviteRoutes = (context: GroupRooms): readonly Route[] => [
  route({
    method: 'post',
    path: '/conversations/{id}/invites',
    summary: 'Make a link into a group: its owner and its admins do',
    status: 201,
    params: byId,
    body: inviteDraft,
    response: invite,
    handle: ({ identity, params, body }) => makeInvite(context, identity.userId, params.id, body),
  }),
  route({
    method: 'get',
    path: '/conversations/{id}/invites',
    summary: 'The links into a group',
    params: byId,
    response: pageOf(invite),
    handle: async ({ identity, params }) => ({
      items: await listInvites(context, identity.userId, params.id),
      next: null,
    }),
  }),
  route({
    method: 'get',
    path: '/conversations/{id}/invites/{inviteId}/qr',
    summary: 'A link as a QR code',
    params: byInvite,
    response: z.string(),
    type: 'image/svg+xml',
    handle: ({ identity, params }) => qrOfInvite(context, identity.userId, params.id, params.inviteId),
  }),
  route({
    method: 'delete',
    path: '/conversations/{id}/invites/{inviteId}',
    summary: 'Revoke a link: nobody comes in by it any more',
    params: byInvite,
    handle: ({ identity, params }) => revokeInvite(context, identity.userId, params.id, params.inviteId),
  }),

  route({
    method: 'get',
    path: '/invites/{code}',
    summary: 'Where a link leads to',
    params: byCode,
    response: inviteView,
    handle: ({ identity, params }) => viewInvite(context, identity.userId, params.code),
  }),
  route({
    method: 'post',
    path: '/invites/{code}/join',
    summary: 'Come into a group by a link, or ask its admins where they must agree; so must they to who was removed',
    params: byCode,
    response: joined,
    handle: ({ identity, params }) => joinByInvite(context, identity.userId, params.code),
  }),

  route({
    method: 'get',
    path: '/conversations/{id}/join-requests',
    summary: 'Who asks to get into a group, and who is asked to: its owner and its admins see it',
    params: byId,
    query: pageQuery,
    response: pageOf(joinRequest),
    handle: ({ identity, params, query }) => listJoinRequests(context, identity.userId, params.id, query),
  }),
  route({
    method: 'post',
    path: '/conversations/{id}/join-requests/{userId}/accept',
    summary: 'Let somebody in who asks',
    params: byUser,
    handle: ({ identity, params }) => acceptJoinRequest(context, identity.userId, params.id, params.userId),
  }),
  route({
    method: 'post',
    path: '/conversations/{id}/join-requests/{userId}/decline',
    summary: 'Say no to somebody who asks, or take back that she is asked',
    params: byUser,
    handle: ({ identity, params }) => declineJoinRequest(context, identity.userId, params.id, params.userId),
  }),

  route({
    method: 'get',
    path: '/group-invitations',
    summary: 'The groups that you are asked to come into, and those that you ask to get into',
    response: pageOf(groupInvitation),
    handle: async ({ identity }) => ({ items: await listGroupInvitations(context, identity.userId), next: null }),
  }),
  route({
    method: 'post',
    path: '/group-invitations/{id}/accept',
    summary: 'Come into a group that you are asked to; by the id of its conversation',
    params: byId,
    response: joined,
    handle: ({ identity, params }) => acceptGroupInvitation(context, identity.userId, params.id),
  }),
  route({
    method: 'post',
    path: '/group-invitations/{id}/decline',
    summary: 'Say no to being asked, or take back that you ask',
    params: byId,
    handle: ({ identity, params }) => declineGroupInvitation(context, identity.userId, params.id),
  }),
];
