// /app/messages/edit, /app/messages/recall, /app/reactions: what is done to a message that is stored. Checked against
// the message as it is now; then it goes to the shard of its conversation, behind the messages. The worker drops what
// has become impossible meanwhile (a message recalled at the same moment).
import { type Acted, mustBeEditable, mustBeRecallable, mustTakeReactions } from '../../chat/message-rules.ts';
import { type ActionEnvelope, encodeAction } from '../../broker/wire.ts';
import type { EditDraft, ReactionDraft, RecallDraft } from '../../contract/drafts.ts';
import { newId } from '../../lib/id.ts';
import type { Session } from '../session.ts';
import type { Deed } from './deed.ts';
import { mustBeStorable } from '../../chat/storable.ts';

export async function readEdit(session: Session, { id, text }: EditDraft, done: () => void): Promise<Deed> {
  const { context, lookup, reach } = session.rooms;
  const acted = await lookup.find(session.userId, id);
  mustBeEditable(acted, context.config, context.clock.now());
  await reach.check(session.userId, { conversation: acted.conversation });
  return actionLine(session, acted, { action: 'edit', text }, done);
}

/** Whoever may no longer write there may still take back what she wrote. */
export async function readRecall(session: Session, { id }: RecallDraft, done: () => void): Promise<Deed> {
  const { context, lookup } = session.rooms;
  const acted = await lookup.find(session.userId, id);
  mustBeRecallable(acted, context.config, context.clock.now());
  return actionLine(session, acted, { action: 'recall' }, done);
}

export async function readReaction(session: Session, { id, emoji }: ReactionDraft, done: () => void): Promise<Deed> {
  const { lookup, reach } = session.rooms;
  const acted = await lookup.find(session.userId, id);
  mustTakeReactions(acted);
  await reach.check(session.userId, { conversation: acted.conversation }, 'take part');
  return actionLine(session, acted, { action: 'react', emoji }, done);
}

export function actionLine(
  session: Session,
  { conversation, seq }: Acted,
  act: Pick<ActionEnvelope, 'action' | 'text' | 'emoji' | 'options'>,
  confirmed: () => void,
): Deed {
  const now = session.rooms.context.clock.now();
  const by = session.userId;
  const line = encodeAction({ id: newId(now), conversation, seq, by, ...act, at: new Date(now).toISOString() });
  mustBeStorable(line);
  return { conversation, sender: by, line, confirmed };
}
