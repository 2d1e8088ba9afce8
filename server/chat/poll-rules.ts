// Who may do what to a poll: the rules alone. Nothing here asks the database.
import { ParleyError } from '../errors.ts';
import type { Acted, ActedPoll } from './message-rules.ts';

function pollOf({ poll, recalled }: Acted): ActedPoll {
  if (recalled) throw new ParleyError('message-recalled');
  if (!poll) throw new ParleyError('not-a-poll');
  return poll;
}

/** No options take a vote back. Errors: `not-a-poll`, `poll-closed`, `message-recalled`, `draft-invalid`. */
export function mustTakeVotes(acted: Acted, options: readonly number[]): void {
  const poll = pollOf(acted);
  if (poll.closed) throw new ParleyError('poll-closed');
  if (options.some((option) => option >= poll.options)) {
    throw new ParleyError('draft-invalid', `options: the poll has ${poll.options}, counted from 0`);
  }
  if (options.length > 1 && !poll.multiple) throw new ParleyError('draft-invalid', 'options: one may be chosen');
}

/** One that is closed may be closed again: that changes nothing. Errors: `not-a-poll`, `message-recalled`, `not-the-sender`. */
export function mustBeClosable(acted: Acted): void {
  pollOf(acted);
  if (acted.sender !== acted.by) throw new ParleyError('not-the-sender', 'Only who asked closes a poll.');
}
