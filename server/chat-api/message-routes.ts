// The calls of /api/chat about single messages, one row each. What a row does is in server/chat.
import { hideMessage, listStars, starMessage, unstarMessage } from '../chat/own-marks.ts';
import type { Context } from '../context.ts';
import { pageOf, pageQuery } from '../contract/rest.ts';
import { starred } from '../contract/rest-messages.ts';
import { type Route, route } from '../http/route.ts';
import { byMessage } from './params.ts';

export const messageRoutes = (context: Context): readonly Route[] => [
  route({
    method: 'delete',
    path: '/conversations/{id}/messages/{seq}',
    summary:
      'Delete a message for yourself alone: it is gone from your history and list, on all your devices, for good',
    params: byMessage,
    handle: ({ identity, params }) => hideMessage(context, identity.userId, params),
  }),
  route({
    method: 'put',
    path: '/conversations/{id}/messages/{seq}/star',
    summary: 'Give a message a star, for yourself alone',
    params: byMessage,
    handle: ({ identity, params }) => starMessage(context, identity.userId, params),
  }),
  route({
    method: 'delete',
    path: '/conversations/{id}/messages/{seq}/star',
    summary: 'Take the star away',
    params: byMessage,
    handle: ({ identity, params }) => unstarMessage(context, identity.userId, params),
  }),
  route({
    method: 'get',
    path: '/stars',
    summary: 'The messages you gave a star, the newest star first',
    query: pageQuery,
    response: pageOf(starred),
    handle: ({ identity, query }) => listStars(context, identity.userId, query),
  }),
];
