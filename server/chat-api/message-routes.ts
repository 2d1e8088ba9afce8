// The calls of /api/chat about single messages, one row each. What a row does is in server/chat.
import { z } from 'zod';
import { hideMessage, listStars, starMessage, unstarMessage } from '../chat/own-marks.ts';
import type { GroupRooms } from '../chat/groups.ts';
import { changePin, listPins } from '../chat/pins.ts';
import type { Context } from '../context.ts';
import { pageOf, pageQuery } from '../contract/rest.ts';
import { pinned, starred } from '../contract/rest-messages.ts';
import { type Route, route } from '../http/route.ts';
import { byMessage, id } from './params.ts';

export const messageRoutes = (context: Context & GroupRooms): readonly Route[] => [
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
  route({
    method: 'put',
    path: '/conversations/{id}/messages/{seq}/pin',
    summary: 'Pin a message for everybody in the conversation; where only admins post, they do',
    params: byMessage,
    handle: ({ identity, params }) => changePin(context, identity.userId, params, 'pin'),
  }),
  route({
    method: 'delete',
    path: '/conversations/{id}/messages/{seq}/pin',
    summary: 'Unpin it',
    params: byMessage,
    handle: ({ identity, params }) => changePin(context, identity.userId, params, 'unpin'),
  }),
  route({
    method: 'get',
    path: '/conversations/{id}/pins',
    summary: 'The pinned messages, the newest pin first; there are few',
    params: z.object({ id }),
    response: pageOf(pinned),
    handle: ({ identity, params }) => listPins(context, identity.userId, params.id),
  }),
];
