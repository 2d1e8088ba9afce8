// /app/messages/forward: a message that the user reads, said again somewhere else by her.
import { settleReferences } from '../../chat/draft-references.ts';
import { forwardedContent } from '../../chat/forwarding.ts';
import type { ForwardDraft } from '../../contract/drafts.ts';
import type { Session } from '../session.ts';
import type { Deed } from './deed.ts';
import { lineOf } from './messages.ts';

export async function readForward(
  session: Session,
  { clientMessageId, to, id }: ForwardDraft,
  done: () => void,
): Promise<Deed> {
  const { context, lookup, reach } = session.rooms;
  const conversation = await reach.check(session.userId, to);
  const content = await forwardedContent(context, session.userId, id, clientMessageId);
  const settled = await settleReferences({ ...context, lookup }, session.userId, conversation, content);
  return lineOf(session, settled, conversation, done);
}
