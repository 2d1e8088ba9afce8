// Who may do what to a message that is stored: the rules alone. Nothing here asks the database.
import type { Config } from '../config.ts';
import { limits } from '../contract/limits.ts';
import { ParleyError } from '../errors.ts';

export interface ActedPoll {
  /** how many there are */
  readonly options: number;
  readonly multiple: boolean;
  readonly closed: boolean;
}

/** A message as far as the rules go, and the member who wants to do something to it. */
export interface Acted {
  readonly conversation: string;
  readonly seq: number;
  readonly sender: string;
  readonly sentAt: Date;
  readonly recalled: boolean;
  /** it tells of a change of the group: nobody's own words */
  readonly system: boolean;
  readonly edits: number;
  readonly poll?: ActedPoll | null;
  /** who wants it */
  readonly by: string;
  readonly role: 'owner' | 'admin' | 'member';
  readonly kind: 'direct' | 'group';
}

type Windows = Pick<Config, 'EDIT_WINDOW_SECONDS' | 'RECALL_WINDOW_SECONDS'>;

const within = (seconds: number, { sentAt }: Acted, now: number): boolean =>
  seconds > 0 && now - sentAt.getTime() <= seconds * 1000;

function mustBeWords({ system }: Acted): void {
  if (system) throw new ParleyError('not-the-sender', 'What tells of a change of the group stays as it is.');
}

/** Errors: `message-recalled`, `not-the-sender`, `edit-window-over`, `too-many-edits`. */
export function mustBeEditable(acted: Acted, { EDIT_WINDOW_SECONDS }: Windows, now: number): void {
  mustBeWords(acted);
  if (acted.sender !== acted.by) throw new ParleyError('not-the-sender', 'Only its sender may edit a message.');
  if (acted.recalled) throw new ParleyError('message-recalled');
  if (!within(EDIT_WINDOW_SECONDS, acted, now)) throw new ParleyError('edit-window-over');
  if (acted.edits >= limits.editsOfMessage) throw new ParleyError('too-many-edits');
}

/** What is recalled already may be recalled again: that changes nothing. Errors: `not-the-sender`, `recall-window-over`. */
export function mustBeRecallable(acted: Acted, { RECALL_WINDOW_SECONDS }: Windows, now: number): void {
  mustBeWords(acted);
  if (acted.kind === 'group' && acted.role !== 'member') return;
  if (acted.sender !== acted.by) {
    throw new ParleyError('not-the-sender', 'Only its sender may recall a message, and in a group owner and admins.');
  }
  if (!within(RECALL_WINDOW_SECONDS, acted, now)) throw new ParleyError('recall-window-over');
}

/** Errors: `message-recalled`. */
export function mustTakeReactions({ recalled }: Acted): void {
  if (recalled) throw new ParleyError('message-recalled');
}
