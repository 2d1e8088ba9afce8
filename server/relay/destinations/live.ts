// /app/typing and /app/presence: what is of the moment only.
import type { PresenceDraft, TypingDraft } from '../../contract/live.ts';
import type { Session } from '../session.ts';
import type { Deed } from './deed.ts';

export async function readTyping(session: Session, draft: TypingDraft, done: () => void): Promise<Deed> {
  const { reach, typing, typingAudience } = session.rooms;
  typing.admit(session.userId);
  const conversation = await reach.check(session.userId, { conversation: draft.conversation }, 'take part');
  const to = await typingAudience.of(session.userId, conversation);
  return () => {
    if (!session.ended) typing.say(session, draft, to);
    done();
  };
}

export const readPresence =
  (session: Session, { state }: PresenceDraft, done: () => void): Deed =>
  () => {
    session.rooms.presence.set(session, state);
    done();
  };
