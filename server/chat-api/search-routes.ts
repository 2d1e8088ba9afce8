// The call of /api/chat that searches. What it finds is decided in server/chat/search.ts.
import { search } from '../chat/search.ts';
import type { Context } from '../context.ts';
import type { Reach } from '../chat/reach.ts';
import { searchQuery, searchResult } from '../contract/rest-search.ts';
import { type Route, route } from '../http/route.ts';

export const searchRoutes = (context: Context & { readonly reach: Reach }): readonly Route[] => [
  route({
    method: 'get',
    path: '/search',
    summary: 'Search what you may read: messages, the names of files, people and your groups',
    query: searchQuery,
    response: searchResult,
    handle: ({ identity, query }) => search(context, identity.userId, query),
  }),
];
