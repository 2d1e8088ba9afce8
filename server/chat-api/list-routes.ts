// The calls of /api/chat about one's own list of conversations, one row each.
import { z } from 'zod';
import { clearConversation } from '../chat/clearing.ts';
import { conversationOf, listConversations } from '../chat/conversations.ts';
import { keepDraft } from '../chat/drafts.ts';
import { changeListSettings, pinInOrder } from '../chat/list-settings.ts';
import type { Reach } from '../chat/reach.ts';
import type { Context } from '../context.ts';
import {
  cleared,
  clearing,
  conversationDraft,
  listSettings,
  listSettingsPatch,
  newConversationDraft,
  pinnedOrder,
} from '../contract/list-settings.ts';
import { conversation, conversationsQuery, pageOf } from '../contract/rest.ts';
import { type Route, route } from '../http/route.ts';
import { id } from './params.ts';

const byId = z.object({ id });

type Rooms = Context & { readonly reach: Reach };

/** `pages` is `context` over the database's door for what is read most. */
export const listRoutes = (context: Rooms, pages: Rooms): readonly Route[] => [
  route({
    method: 'get',
    path: '/conversations',
    summary: 'Your conversations: the pinned first, then the most recently active',
    query: conversationsQuery,
    response: pageOf(conversation),
    handle: ({ identity, query }) => listConversations(pages, identity.userId, query),
  }),
  route({
    method: 'get',
    path: '/conversations/{id}',
    summary: 'One conversation',
    params: byId,
    response: conversation,
    handle: ({ identity, params }) => conversationOf(pages, identity.userId, params.id),
  }),
  route({
    method: 'patch',
    path: '/conversations/{id}/settings',
    summary: 'Pin, archive, mute or mark as unread a conversation, for yourself',
    params: byId,
    body: listSettingsPatch,
    response: listSettings,
    handle: ({ identity, params, body }) => changeListSettings(context, identity.userId, params.id, body),
  }),
  route({
    method: 'put',
    path: '/pinned-conversations',
    summary: 'Pin exactly these conversations, in this order',
    body: pinnedOrder,
    handle: ({ identity, body }) => pinInOrder(context, identity.userId, body.conversations),
  }),
  route({
    method: 'post',
    path: '/conversations/{id}/clear',
    summary: 'Clear a conversation for yourself: its history begins later, on all of your devices',
    params: byId,
    body: clearing,
    response: cleared,
    handle: ({ identity, params, body }) => clearConversation(context, identity.userId, params.id, body, false),
  }),
  route({
    method: 'post',
    path: '/conversations/{id}/delete',
    summary: 'Clear a conversation and take it off your list until something new is said; you stay a member',
    params: byId,
    body: clearing,
    response: cleared,
    handle: ({ identity, params, body }) => clearConversation(context, identity.userId, params.id, body, true),
  }),
  route({
    method: 'put',
    path: '/conversations/{id}/draft',
    summary: 'What you have begun to write, for your other devices; say it when the writing pauses',
    params: byId,
    body: newConversationDraft,
    response: conversationDraft,
    handle: ({ identity, params, body }) => keepDraft(context, identity.userId, params.id, body),
  }),
];
