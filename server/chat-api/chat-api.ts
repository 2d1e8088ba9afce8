// The role that answers /api/chat: a thin door in front of server/chat. Who asks comes from the token alone.
import { GroupChanges } from '../chat/group-changes.ts';
import { InviteTries } from '../chat/invite-tries.ts';
import { LinkPreviews } from '../chat/link-previews.ts';
import { ProfileNews } from '../chat/profile-news.ts';
import { Reach } from '../chat/reach.ts';
import type { Context } from '../context.ts';
import { openPreparedDb } from '../db.ts';
import type { RunningRole } from '../door.ts';
import { openAdmission } from '../http/admission.ts';
import { openApiOf } from '../http/open-api.ts';
import { routerOf } from '../http/route.ts';
import { identityOf } from '../people/require-token.ts';
import { MediaFiles } from './media-files.ts';
import { openIncoming, UPLOADS } from './media-routes.ts';
import { Resumable } from './resumable.ts';
import { chatRoutes } from './routes.ts';
import { SIGNED, signedFor, signedRoutes } from './signed-media.ts';

const PATH = '/api/chat';
const BODY_LIMIT = '64kb';
// for the pages of history and of conversations
const CONNECTIONS = 4;
/** how often it looks for uploads that nobody goes on with */
const SWEEP_MS = 600_000;

export async function startChatApi(context: Context): Promise<RunningRole> {
  const reach = new Reach(context);
  const groupChanges = new GroupChanges(context);
  const profileNews = new ProfileNews(context);
  const linkPreviews = new LinkPreviews(context);
  const pages = openPreparedDb(context.config, CONNECTIONS);
  await openIncoming(context);
  const files = await MediaFiles.open(context);
  const resumable = await Resumable.open(context, files, PATH + UPLOADS);
  const routes = chatRoutes(
    {
      ...context,
      reach,
      files,
      resumable,
      groupChanges,
      profileNews,
      linkPreviews,
      inviteTries: new InviteTries(context),
    },
    { ...context, reach, db: pages },
  );
  const handler = routerOf(routes, {
    log: context.log,
    identify: (request) => identityOf(context, request),
    admit: openAdmission(context.config),
    bodyLimit: BODY_LIMIT,
  });
  const signed = signedRoutes(context, files);
  const signedHandler = routerOf(signed, {
    log: context.log,
    identify: async (request) => signedFor(context, files.signer, request),
    bodyLimit: BODY_LIMIT,
  });
  const sweeping = setInterval(() => {
    resumable.sweep().catch((error: unknown) => context.log.warn({ err: error }, 'unfinished uploads were not swept'));
  }, SWEEP_MS);
  const stop = async () => {
    clearInterval(sweeping);
    groupChanges.close();
    linkPreviews.close();
    await profileNews.close();
    reach.close();
    await pages.$disconnect();
  };
  return {
    doors: [
      { path: PATH, handler, openApi: openApiOf(routes, PATH, 'chat') },
      { path: SIGNED, handler: signedHandler, openApi: openApiOf(signed, SIGNED, 'chat') },
    ],
    stop,
  };
}
