// The role that answers /api/chat: a thin door in front of server/chat. Who asks comes from the token alone.
import { GroupChanges } from '../chat/group-changes.ts';
import { InviteTries } from '../chat/invite-tries.ts';
import { Reach } from '../chat/reach.ts';
import type { Context } from '../context.ts';
import { openPreparedDb } from '../db.ts';
import type { RunningRole } from '../door.ts';
import { openAdmission } from '../http/admission.ts';
import { openApiOf } from '../http/open-api.ts';
import { routerOf } from '../http/route.ts';
import { identityOf } from '../people/require-token.ts';
import { chatRoutes } from './routes.ts';

const PATH = '/api/chat';
const BODY_LIMIT = '64kb';
// for the pages of history and of conversations
const CONNECTIONS = 4;

export async function startChatApi(context: Context): Promise<RunningRole> {
  const reach = new Reach(context);
  const groupChanges = new GroupChanges(context);
  const pages = openPreparedDb(context.config, CONNECTIONS);
  const routes = chatRoutes(
    { ...context, reach, groupChanges, inviteTries: new InviteTries(context) },
    { ...context, reach, db: pages },
  );
  const handler = routerOf(routes, {
    log: context.log,
    identify: (request) => identityOf(context, request),
    admit: openAdmission(context.config),
    bodyLimit: BODY_LIMIT,
  });
  const stop = async () => {
    groupChanges.close();
    reach.close();
    await pages.$disconnect();
  };
  return { doors: [{ path: PATH, handler, openApi: openApiOf(routes, PATH, 'chat') }], stop };
}
