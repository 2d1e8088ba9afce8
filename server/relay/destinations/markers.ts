// /app/markers: how far this user has got a conversation delivered, or read it.
import { encodeMarker } from '../../broker/wire.ts';
import type { MarkerDraft } from '../../contract/drafts.ts';
import { ParleyError } from '../../errors.ts';
import type { Session } from '../session.ts';

export async function sendMarker(session: Session, draft: MarkerDraft, done: () => void): Promise<void> {
  const { conversation, delivered, read } = draft;
  await session.rooms.reach.check(session.userId, { conversation });
  const line = encodeMarker({ conversation, user: session.userId, delivered, read });
  if (!session.rooms.context.broker.inbound.offer(conversation, line, done)) throw new ParleyError('busy');
}
