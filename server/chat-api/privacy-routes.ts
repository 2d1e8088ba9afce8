// The calls of /api/chat about blocks, remarks, cancelled requests and reports.
import { z } from 'zod';
import { block, listBlocks, unblock } from '../chat/blocks.ts';
import { cancelContactRequest, remarkContact } from '../chat/contacts.ts';
import { closeReport, listReports, reportPerson } from '../chat/reports.ts';
import type { Context } from '../context.ts';
import { contact, pageOf, pageQuery } from '../contract/rest.ts';
import {
  blocked,
  contactPatch,
  report,
  reportCase,
  reportClosing,
  reportDraft,
  reportsQuery,
} from '../contract/rest-privacy.ts';
import { type Route, route } from '../http/route.ts';
import { mustHold } from '../people/permissions.ts';

// PostgreSQL takes no NUL, and no id holds one
const id = z
  .string()
  .min(1)
  .max(300)
  .refine((text) => !text.includes('\0'), { error: 'holds a NUL character' });
const byUser = z.object({ userId: id });

export const privacyRoutes = (context: Context): readonly Route[] => [
  route({
    method: 'get',
    path: '/blocks',
    summary: 'Whom you have blocked',
    query: pageQuery,
    response: pageOf(blocked),
    handle: ({ identity, query }) => listBlocks(context, identity.userId, query),
  }),
  route({
    method: 'put',
    path: '/blocks/{userId}',
    summary: 'Block somebody: neither messages between you nor presence or typing pass',
    params: byUser,
    handle: ({ identity, params }) => block(context, identity.userId, params.userId),
  }),
  route({
    method: 'delete',
    path: '/blocks/{userId}',
    summary: 'End a block',
    params: byUser,
    handle: ({ identity, params }) => unblock(context, identity.userId, params.userId),
  }),
  route({
    method: 'patch',
    path: '/contacts/{userId}',
    summary: 'Your own name for a contact; nobody else sees it',
    params: byUser,
    body: contactPatch,
    response: contact,
    handle: ({ identity, params, body }) => remarkContact(context, identity.userId, params.userId, body),
  }),
  route({
    method: 'delete',
    path: '/contact-requests/{id}',
    summary: 'Take back a request of yours that is open',
    params: z.object({ id }),
    handle: ({ identity, params }) => cancelContactRequest(context, identity.userId, params.id),
  }),
  route({
    method: 'post',
    path: '/reports',
    summary: 'Report somebody to the administrators',
    status: 201,
    body: reportDraft,
    response: report,
    handle: ({ identity, body }) => reportPerson(context, identity.userId, body),
  }),
  route({
    method: 'get',
    path: '/reports',
    summary: 'What was reported, the longest open first, or the last closed first (permission `reports:read`)',
    query: reportsQuery,
    response: pageOf(reportCase),
    handle: async ({ identity, query }) => {
      await mustHold(context, identity.userId, 'reports:read');
      return listReports(context, query);
    },
  }),
  route({
    method: 'post',
    path: '/reports/{id}/close',
    summary: 'Close a report, with what came of it (permission `reports:write`)',
    params: z.object({ id }),
    body: reportClosing,
    response: reportCase,
    handle: async ({ identity, params, body }) => {
      await mustHold(context, identity.userId, 'reports:write');
      return closeReport(context, identity.userId, params.id, body);
    },
  }),
];
