// The calls of /api/chat about messages that are sent later, one row each.
import { z } from 'zod';
import { MessageLookup } from '../chat/message-lookup.ts';
import type { Reach } from '../chat/reach.ts';
import { changeScheduled, listScheduled, removeScheduled, scheduleMessage } from '../chat/scheduled.ts';
import type { Context } from '../context.ts';
import { pageOf, pageQuery } from '../contract/rest.ts';
import { scheduledDraft, scheduledMessage, scheduledPatch } from '../contract/scheduled.ts';
import { type Route, route } from '../http/route.ts';
import { id } from './params.ts';

const byId = z.object({ id });

export function scheduledRoutes(context: Context & { readonly reach: Reach }): readonly Route[] {
  const rooms = { ...context, lookup: new MessageLookup(context) };
  return [
    route({
      method: 'post',
      path: '/scheduled',
      status: 201,
      summary: 'Have a message sent later; what may be said where is asked again when its time comes',
      body: scheduledDraft,
      response: scheduledMessage,
      handle: ({ identity, body }) => scheduleMessage(rooms, identity.userId, body),
    }),
    route({
      method: 'get',
      path: '/scheduled',
      summary: 'Your scheduled messages, the next first, and those that could not be sent',
      query: pageQuery,
      response: pageOf(scheduledMessage),
      handle: ({ identity, query }) => listScheduled(rooms, identity.userId, query),
    }),
    route({
      method: 'patch',
      path: '/scheduled/{id}',
      summary: 'Change when it is sent, or what it says',
      params: byId,
      body: scheduledPatch,
      response: scheduledMessage,
      handle: ({ identity, params, body }) => changeScheduled(rooms, identity.userId, params.id, body),
    }),
    route({
      method: 'delete',
      path: '/scheduled/{id}',
      summary: 'Do not send it',
      params: byId,
      handle: ({ identity, params }) => removeScheduled(rooms, identity.userId, params.id),
    }),
  ];
}
