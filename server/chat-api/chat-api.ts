// The role that answers /api/chat: a thin door in front of server/chat. Who asks comes from the token alone.
import { GroupChanges } from '../chat/group-changes.ts';
import { InviteTries } from '../chat/invite-tries.ts';
import { Reach } from '../chat/reach.ts';
import type { Context } from '../context.ts';
import type { RunningRole } from '../door.ts';
import { openAdmission } from '../http/admission.ts';
import { openApiOf } from '../http/open-api.ts';
import { routerOf } from '../http/route.ts';
import { identityOf } from '../people/require-token.ts';
import { chatRoutes } from './routes.ts';

const PATH = '/api/chat';
const BODY_LIMIT = '64kb';

export async function startChatApi(context: Context): Promise<RunningRole> {
  const reach = new Reach(context);
  const groupChanges = new GroupChanges(context);
  const routes = chatRoutes({ ...context, reach, groupChanges, inviteTries: new InviteTries(context) });
  const handler = routerOf(routes, {
    log: context.log,
    identify: (request) => identityOf(context, request),
    admit: openAdmission(context.config),
    bodyLimit: BODY_LIMIT,
  });
  const stop = () => {
    groupChanges.close();
    reach.close();
  };
  return { doors: [{ path: PATH, handler, openApi: openApiOf(routes, PATH, 'chat') }], stop };
}
