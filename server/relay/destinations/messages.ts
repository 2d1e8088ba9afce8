// /app/messages: a draft becomes an envelope and goes to the shard of its conversation. The receipt is the broker's
// confirm.
import { encodeMessage, type MessageEnvelope } from '../../broker/wire.ts';
import type { MessageDraft } from '../../contract/drafts.ts';
import { ParleyError } from '../../errors.ts';
import { newId } from '../../lib/id.ts';
import { metrics } from '../../metrics.ts';
import type { Session } from '../session.ts';

// JSON escapes that PostgreSQL stores in no text: NUL, and half of a surrogate pair
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

export function sendMessage(session: Session, draft: MessageDraft, done: () => void): Promise<void> | undefined {
  const conversation = session.rooms.reach.check(session.userId, draft.to);
  if (typeof conversation === 'string') {
    handOn(session, draft, conversation, done);
    return undefined;
  }
  return conversation.then((known) => handOn(session, draft, known, done));
}

function handOn(session: Session, draft: MessageDraft, conversation: string, done: () => void): void {
  const { broker } = session.rooms.context;
  const line = encodeMessage(stamp(session, draft, conversation));
  if (line.includes('\\u') && UNSTORABLE.test(line.toString('latin1'))) {
    throw new ParleyError('draft-invalid', 'The body holds a NUL character or half of a surrogate pair.');
  }
  const taken = broker.inbound.offer(conversation, line, () => {
    metrics.receipted.inc();
    done();
  });
  if (!taken) throw new ParleyError('busy');
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
