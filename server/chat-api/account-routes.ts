// The calls of /api/chat about the account as a whole.
import { exportOf } from '../chat/export.ts';
import type { Reach } from '../chat/reach.ts';
import type { Context } from '../context.ts';
import { accountRemoval } from '../contract/rest-account.ts';
import { type Route, route } from '../http/route.ts';
import { removeOwnAccount } from '../people/account.ts';
import { sendArchive } from './export-archive.ts';
import { ExportTurns } from './export-turns.ts';
import type { MediaRooms } from './media-routes.ts';

type Rooms = Context & Pick<MediaRooms, 'files'> & { readonly reach: Reach };

export function accountRoutes(context: Rooms): readonly Route[] {
  const turns = new ExportTurns(() => context.clock.now());
  return [
    route({
      method: 'post',
      path: '/export',
      summary:
        'All that is yours and all you may read, as a zip: profile, contacts, blocks, devices, conversations, messages (JSON lines) and the files you have sent',
      status: 200,
      produces: 'application/zip',
      handle: ({ identity: { userId } }, { res }) =>
        turns.run(userId, async () => sendArchive(await exportOf(context, userId), context.files.storage, res)),
    }),
    route({
      method: 'delete',
      path: '/me',
      summary:
        'Delete your account, for good. What you said stays with those you said it to, by a deleted account; you leave your groups, and everything else of you goes',
      body: accountRemoval,
      handle: ({ identity, body }) => removeOwnAccount(context, identity.userId, body.password),
    }),
  ];
}
