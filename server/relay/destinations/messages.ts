// /app/messages: a draft becomes an envelope, which goes to the shard of its conversation. The receipt is the broker's
// confirm.
import { encodeMessage, type MessageEnvelope } from '../../broker/wire.ts';
import { refers, settleReferences } from '../../chat/draft-references.ts';
import type { MessageDraft } from '../../contract/drafts.ts';
import { newId } from '../../lib/id.ts';
import { metrics } from '../../metrics.ts';
import type { Session } from '../session.ts';
import type { Deed } from './deed.ts';
import { mustBeStorable } from './storable.ts';

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

function lineOf(session: Session, draft: MessageDraft, conversation: string, done: () => void): Deed {
  const line = encodeMessage(stamp(session, draft, conversation));
  mustBeStorable(line);
  const confirmed = () => {
    metrics.receipted.inc();
    done();
  };
  return { conversation, sender: session.userId, line, confirmed };
}

/** Who, from where and when come from the session; the rest from the draft. */
function stamp(session: Session, draft: MessageDraft, conversation: string): MessageEnvelope {
  const now = session.rooms.context.clock.now();
  const { clientMessageId, kind, text, media, replyTo, mentions } = draft;
  return {
    id: newId(now),
    conversation,
    sender: session.userId,
    device: session.deviceId,
    clientMessageId,
    kind,
    text,
    media: media ?? undefined,
    replyTo,
    mentions: mentions?.length ? mentions : undefined,
    sentAt: new Date(now).toISOString(),
  };
}
