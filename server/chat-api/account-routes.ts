// The calls of /api/chat about the account as a whole.
import type { Context } from '../context.ts';
import { accountRemoval } from '../contract/rest-account.ts';
import { type Route, route } from '../http/route.ts';
import { removeOwnAccount } from '../people/account.ts';

export const accountRoutes = (context: Context): readonly Route[] => [
  route({
    method: 'delete',
    path: '/me',
    summary:
      'Delete your account, for good. What you said stays with those you said it to, by a deleted account; you leave your groups, and everything else of you goes',
    body: accountRemoval,
    handle: ({ identity, body }) => removeOwnAccount(context, identity.userId, body.password),
  }),
];
