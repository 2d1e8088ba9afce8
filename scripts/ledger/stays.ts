// What a group's own messages say of it: who was a member from where to where, who may read what, and what it is at the
// end. Judges nothing.
import type { MessageEvent } from '../../server/contract/events.ts';
import type { MemberRole, SystemContent } from '../../server/contract/group.ts';

/** All bounds inclusive. */
export interface Stay {
  /** what she is told begins there */
  readonly from: number;
  /** what she may read begins there */
  readonly readsFrom: number;
  /** what tells of her going is the last she is told; undefined: she is there */
  until: number | undefined;
}

export interface Past {
  readonly messages: readonly MessageEvent[];
  readonly lastSeq: number;
  readonly stays: ReadonlyMap<string, readonly Stay[]>;
  /** of the members at the end */
  readonly roles: ReadonlyMap<string, MemberRole>;
  readonly changes: number;
}

/** `messages`: all of them, ascending. `first`: with whom the group was made, its owner in front. */
export function pastOf(messages: readonly MessageEvent[], first: readonly string[]): Past {
  const stays = new Map<string, Stay[]>(first.map((user) => [user, [{ from: 1, readsFrom: 1, until: undefined }]]));
  const roles = new Map<string, MemberRole>(first.map((user, i) => [user, i === 0 ? 'owner' : 'member']));
  let history: 'all' | 'joining' = 'joining';
  let changes = 0;
  for (const { seq, kind, media } of messages) {
    if (kind !== 'system') continue;
    changes += 1;
    const content = media as SystemContent;
    if (content.change === 'history') history = content.history;
    if (!('users' in content)) continue;
    for (const user of content.users) {
      if (content.change === 'joined') {
        const stay = { from: seq, readsFrom: history === 'all' ? 1 : seq, until: undefined };
        stays.set(user, [...(stays.get(user) ?? []), stay]);
        roles.set(user, 'member');
      } else if (content.change === 'role') roles.set(user, content.role);
      else {
        const stay = stays.get(user)?.at(-1);
        if (stay) stay.until = seq;
        roles.delete(user);
      }
    }
  }
  return { messages, lastSeq: messages.at(-1)?.seq ?? 0, stays, roles, changes };
}

const within = (seq: number, from: number, until: number | undefined) =>
  seq >= from && (until === undefined || seq <= until);

export const isToldOf = (past: Past, user: string, seq: number): boolean =>
  (past.stays.get(user) ?? []).some(({ from, until }) => within(seq, from, until));

export const mayRead = (past: Past, user: string, seq: number): boolean =>
  (past.stays.get(user) ?? []).some(({ readsFrom, until }) => within(seq, readsFrom, until));

/** The stay that goes on. */
export const stayOf = (past: Past, user: string): Stay | undefined =>
  past.stays.get(user)?.find(({ until }) => until === undefined);
