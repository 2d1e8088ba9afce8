// Every call of /api/chat, one row each (the contract's table). What a row does is in server/chat.
import { z } from 'zod';
import {
  answerContactRequest,
  listContactRequests,
  listContacts,
  removeContact,
  requestContact,
} from '../chat/contacts.ts';
import { listDevices, removeDevice } from '../chat/devices.ts';
import type { GroupRooms } from '../chat/groups.ts';
import { historyOf } from '../chat/history.ts';
import { meOf } from '../chat/me.ts';
import { versionsOf } from '../chat/message-edits.ts';
import { changePrivacy } from '../chat/privacy.ts';
import { changePreferences } from '../chat/preferences.ts';
import { changeProfile, findPeople } from '../chat/people.ts';
import type { ProfileNews } from '../chat/profile-news.ts';
import type { Reach } from '../chat/reach.ts';
import { readersOf } from '../chat/readers.ts';
import type { Context } from '../context.ts';
import { deviceKindOf } from '../contract/device.ts';
import {
  contact,
  contactRequest,
  contactRequestDraft,
  device,
  foundPerson,
  history,
  historyQuery,
  messageVersions,
  pageOf,
  pageQuery,
  peopleQuery,
  reader,
} from '../contract/rest.ts';
import { me, mePatch } from '../contract/rest-privacy.ts';
import { rules } from '../contract/rest-rules.ts';
import { type Route, route } from '../http/route.ts';
import { accountRoutes } from './account-routes.ts';
import { groupRoutes } from './group-routes.ts';
import { inviteRoutes } from './invite-routes.ts';
import { type LinkRooms, linkRoutes } from './link-routes.ts';
import { listRoutes } from './list-routes.ts';
import { messageRoutes } from './message-routes.ts';
import { byMessage, id } from './params.ts';
import { type MediaRooms, mediaRoutes } from './media-routes.ts';
import { privacyRoutes } from './privacy-routes.ts';
import { scheduledRoutes } from './scheduled-routes.ts';
import { searchRoutes } from './search-routes.ts';

const byId = z.object({ id });
const byUser = z.object({ userId: id });

/** `pages` is `context` over the database's door for what is read most. */
export const chatRoutes = (
  context: Context & GroupRooms & MediaRooms & LinkRooms & { readonly profileNews: ProfileNews },
  pages: Context & { readonly reach: Reach },
): readonly Route[] => [
  route({
    method: 'get',
    path: '/me',
    summary: 'Your profile, and what you have set',
    response: me,
    handle: ({ identity }) => meOf(context, identity.userId),
  }),
  route({
    method: 'patch',
    path: '/me',
    summary: 'Change your profile, who may see, find and ask you, and your preferences',
    body: mePatch,
    response: me,
    handle: async ({ identity: { userId }, body: { privacy, preferences, ...profile } }) => {
      if (privacy) await changePrivacy(context, userId, privacy);
      if (preferences) await changePreferences(context, userId, preferences);
      if (await changeProfile(context, userId, profile)) await context.profileNews.changed(userId);
      return meOf(context, userId);
    },
  }),
  route({
    method: 'get',
    path: '/users',
    summary: 'Find people by how their username or display name begins',
    query: peopleQuery,
    response: pageOf(foundPerson),
    handle: ({ identity, query }) => findPeople(context, identity.userId, query),
  }),

  route({
    method: 'get',
    path: '/contacts',
    summary: 'Your contacts',
    query: pageQuery,
    response: pageOf(contact),
    handle: ({ identity, query }) => listContacts(context, identity.userId, query),
  }),
  route({
    method: 'delete',
    path: '/contacts/{userId}',
    summary: 'End being contacts, for both',
    params: byUser,
    handle: ({ identity, params }) => removeContact(context, identity.userId, params.userId),
  }),
  route({
    method: 'get',
    path: '/contact-requests',
    summary: 'Open requests, to and from you',
    query: pageQuery,
    response: pageOf(contactRequest),
    handle: ({ identity, query }) => listContactRequests(context, identity.userId, query),
  }),
  route({
    method: 'post',
    path: '/contact-requests',
    summary: 'Ask somebody to be your contact; where she has asked you, both are contacts at once',
    body: contactRequestDraft,
    response: contactRequest,
    handle: ({ identity, body }) => requestContact(context, identity.userId, body),
  }),
  route({
    method: 'post',
    path: '/contact-requests/{id}/accept',
    summary: 'Accept a request to you',
    params: byId,
    response: contactRequest,
    handle: ({ identity, params }) => answerContactRequest(context, identity.userId, params.id, 'accepted'),
  }),
  route({
    method: 'post',
    path: '/contact-requests/{id}/decline',
    summary: 'Decline a request to you',
    params: byId,
    response: contactRequest,
    handle: ({ identity, params }) => answerContactRequest(context, identity.userId, params.id, 'declined'),
  }),

  ...privacyRoutes(context),

  ...listRoutes(context, pages),

  route({
    method: 'get',
    path: '/conversations/{id}/messages',
    summary: 'History, ascending; without `before` and `after` the newest messages',
    params: byId,
    query: historyQuery,
    response: history,
    handle: async ({ identity, params, query }) => ({
      items: await historyOf(pages, identity.userId, params.id, query),
    }),
  }),
  route({
    method: 'get',
    path: '/conversations/{id}/messages/{seq}/versions',
    summary: 'How an edited message read before; nothing of a recalled one',
    params: byMessage,
    response: messageVersions,
    handle: async ({ identity, params }) => ({
      items: await versionsOf(context, identity.userId, params.id, params.seq),
    }),
  }),

  ...messageRoutes(context),
  ...scheduledRoutes(context),
  route({
    method: 'get',
    path: '/conversations/{id}/messages/{seq}/readers',
    summary: 'Who has got and who has read a message of yours: the members who were there then',
    params: byMessage,
    query: pageQuery,
    response: pageOf(reader),
    handle: ({ identity, params, query }) => readersOf(context, identity.userId, params.id, params.seq, query),
  }),

  ...groupRoutes(context),
  ...inviteRoutes(context),
  ...searchRoutes(context),
  ...linkRoutes(context),
  ...mediaRoutes(context, context),
  ...accountRoutes(context),

  route({
    method: 'get',
    path: '/rules',
    summary: 'What this server allows',
    response: rules,
    handle: async () => ({
      editWindowSeconds: context.config.EDIT_WINDOW_SECONDS,
      recallWindowSeconds: context.config.RECALL_WINDOW_SECONDS,
      groupLimit: context.config.GROUP_LIMIT,
    }),
  }),

  route({
    method: 'get',
    path: '/devices',
    summary: 'Your devices',
    response: pageOf(device),
    handle: async ({ identity }) => ({
      items: (await listDevices(context, identity.userId)).map(({ kind, createdAt, lastSeenAt, ...rest }) => ({
        ...rest,
        kind: deviceKindOf(kind) ?? null,
        createdAt: createdAt.toISOString(),
        lastSeenAt: lastSeenAt.toISOString(),
      })),
      next: null,
    }),
  }),
  route({
    method: 'delete',
    path: '/devices/{id}',
    summary: 'Remove a device: its session is closed and its queue deleted',
    params: byId,
    handle: ({ identity, params }) => removeDevice(context, identity.userId, params.id),
  }),
];
