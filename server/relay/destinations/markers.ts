// /app/markers: how far this user has got a conversation delivered, or read it.
import { encodeMarker } from '../../broker/wire.ts';
import type { MarkerDraft } from '../../contract/drafts.ts';
import type { Session } from '../session.ts';
import type { Deed } from './deed.ts';

export async function readMarker(session: Session, draft: MarkerDraft, done: () => void): Promise<Deed> {
  const { conversation, delivered, read } = draft;
  await session.rooms.reach.check(session.userId, { conversation }, 'take part');
  const line = encodeMarker({ conversation, user: session.userId, delivered, read });
  return { conversation, sender: session.userId, line, confirmed: done };
}
