// /app/votes and /app/votes/close: in a poll, in their turn behind the messages, as reactions are.
import { mustBeClosable, mustTakeVotes } from '../../chat/poll-rules.ts';
import type { PollDraft, VoteDraft } from '../../contract/drafts.ts';
import type { Session } from '../session.ts';
import { actionLine } from './actions.ts';
import type { Deed } from './deed.ts';

export async function readVote(session: Session, { id, options }: VoteDraft, done: () => void): Promise<Deed> {
  const { lookup, reach } = session.rooms;
  const acted = await lookup.find(session.userId, id);
  mustTakeVotes(acted, options);
  await reach.check(session.userId, { conversation: acted.conversation }, 'take part');
  return actionLine(session, acted, { action: 'vote', options: options.toSorted((a, b) => a - b) }, done);
}

export async function readClose(session: Session, { id }: PollDraft, done: () => void): Promise<Deed> {
  const acted = await session.rooms.lookup.find(session.userId, id);
  mustBeClosable(acted);
  return actionLine(session, acted, { action: 'close' }, done);
}
