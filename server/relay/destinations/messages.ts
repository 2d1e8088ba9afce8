// /app/messages: a draft becomes an envelope, which goes to the shard of its conversation. The receipt is the broker's
// confirm.
import { encodeMessage } from '../../broker/wire.ts';
import { refers, settleReferences } from '../../chat/draft-references.ts';
import { type Content, envelopeOf } from '../../chat/envelope.ts';
import type { MessageDraft } from '../../contract/drafts.ts';
import { newId } from '../../lib/id.ts';
import { metrics } from '../../metrics.ts';
import type { Session } from '../session.ts';
import type { Deed } from './deed.ts';
import { mustBeStorable } from '../../chat/storable.ts';

export function readMessage(session: Session, draft: MessageDraft, done: () => void): Deed | Promise<Deed> {
  const conversation = session.rooms.reach.check(session.userId, draft.to);
  if (refers(draft)) return referringLine(session, draft, conversation, done);
  if (typeof conversation === 'string') return lineOf(session, draft, conversation, done);
  return conversation.then((known) => lineOf(session, draft, known, done));
}

async function referringLine(
  session: Session,
  draft: MessageDraft,
  checked: string | Promise<string>,
  done: () => void,
): Promise<Deed> {
  const { context, lookup } = session.rooms;
  const conversation = await checked;
  const settled = await settleReferences({ ...context, lookup }, session.userId, conversation, draft);
  return lineOf(session, settled, conversation, done);
}

export function lineOf(session: Session, content: Content, conversation: string, done: () => void): Deed {
  const now = session.rooms.context.clock.now();
  const { userId: sender, deviceId: device } = session;
  const line = encodeMessage(envelopeOf({ id: newId(now), conversation, sender, device, now }, content));
  mustBeStorable(line);
  const confirmed = () => {
    metrics.receipted.inc();
    done();
  };
  return { conversation, sender: session.userId, line, confirmed };
}
