// Who may change what of a group, and what comes of it: decided here, from what the group is at that moment, without
// reading or writing anything.
import type { GroupAction, GroupChangeEnvelope } from '../broker/group-change.ts';
import type { GroupSettings, MemberRole, SystemContent } from '../contract/group.ts';
import { limits } from '../contract/limits.ts';
import { ParleyError } from '../errors.ts';

export interface Group extends GroupSettings {
  readonly kind: 'direct' | 'group';
  /** by how long they have been members */
  readonly members: readonly { readonly userId: string; readonly role: MemberRole }[];
  /** seconds that messages last; null: for ever */
  readonly disappearAfter?: number | null;
  /** how many messages are pinned, and how it is with the one that the change is about */
  readonly pins?: { readonly count: number; readonly pinned: boolean; readonly recalled: boolean };
}

/** What stands for somebody who wants to get in, or for whom an admin has decided. */
export interface Entry {
  /** the link she comes by lets in, by itself or after an admin's yes; undefined: it is none, or no longer one */
  readonly link?: 'open' | 'approval' | undefined;
  readonly asked?: 'requested' | 'invited' | 'declined' | 'refused' | undefined;
  /** an admin has removed her, or said no to her */
  readonly barred: boolean;
}

/** What is to be written. Without `contents` nothing changes. */
export interface Decision {
  readonly contents: readonly SystemContent[];
  readonly joining: readonly string[];
  readonly parting: readonly string[];
  readonly roles: readonly { readonly userId: string; readonly role: MemberRole }[];
  readonly set: Partial<GroupSettings>;
  readonly disappear?: { readonly seconds: number | null };
  readonly pin?: { readonly seq: number; readonly pinned: boolean };
}

interface Asked {
  readonly group: Group;
  readonly by: string;
  readonly limit: number;
  readonly entry: Entry;
}
type Rule<Do extends GroupAction['do']> = (asked: Asked, action: Extract<GroupAction, { do: Do }>) => Partial<Decision>;

const RANK = { member: 0, admin: 1, owner: 2 } as const;

function roleOf({ group }: Asked, userId: string): MemberRole | undefined {
  return group.members.find((one) => one.userId === userId)?.role;
}

function mustBe(asked: Asked, least: MemberRole): void {
  const role = roleOf(asked, asked.by);
  if (!role) throw new ParleyError('no-such-conversation');
  if (RANK[role] < RANK[least]) throw new ParleyError('group-role-missing');
}

/** Where only admins post, only they do it. */
const mustPost = (asked: Asked): void => mustBe(asked, asked.group.posting === 'admins' ? 'admin' : 'member');

function memberNamed(asked: Asked, userId: string): MemberRole {
  const role = roleOf(asked, userId);
  if (!role) throw new ParleyError('no-such-member');
  return role;
}

const contentOf: { readonly [Name in keyof GroupSettings]: (value: GroupSettings[Name]) => SystemContent } = {
  title: (title) => ({ change: 'renamed', title }),
  picture: (picture) => ({ change: 'picture', picture }),
  description: (description) => ({ change: 'description', description }),
  posting: (posting) => ({ change: 'posting', posting }),
  history: (history) => ({ change: 'history', history }),
};

function join(asked: Asked, users: readonly string[]): Partial<Decision> {
  const joining = [...new Set(users)].filter((userId) => !roleOf(asked, userId));
  if (joining.length === 0) return {};
  if (asked.group.members.length + joining.length > asked.limit) {
    throw new ParleyError('group-full', `A group has ${asked.limit} members at most.`);
  }
  return { joining, contents: [{ change: 'joined', users: joining }] };
}

/** A group is not left without an owner: the admin, or else the member, who is one for longest. */
function heirOf({ group, by }: Asked): string | undefined {
  const others = group.members.filter(({ userId }) => userId !== by);
  if (others.some(({ role }) => role === 'owner')) return undefined;
  return (others.find(({ role }) => role === 'admin') ?? others[0])?.userId;
}

const rules: { readonly [Do in GroupAction['do']]: Rule<Do> } = {
  made: (_, { title }) => ({ contents: [{ change: 'made', title }] }),
  set(asked, { set }) {
    mustBe(asked, 'admin');
    const names = (Object.keys(contentOf) as (keyof GroupSettings)[]).filter(
      (name) => set[name] !== undefined && set[name] !== asked.group[name],
    );
    return { set, contents: names.map((name) => contentOf[name](set[name] as never)) };
  },
  add(asked, { users }) {
    mustBe(asked, 'admin');
    return join(asked, users);
  },
  join(asked) {
    // its last member has left, or it was dissolved: an invite revives nothing
    if (asked.group.members.length === 0) throw new ParleyError('no-such-conversation');
    const { link, asked: state, barred } = asked.entry;
    if (state !== 'invited' && !roleOf(asked, asked.by)) {
      if (!link) throw new ParleyError('no-such-invite');
      // whom an admin has sent away comes back by an admin's will only
      if (link === 'approval' || barred) throw new ParleyError('approval-required');
    }
    return join(asked, [asked.by]);
  },
  admit(asked, { user }) {
    mustBe(asked, 'admin');
    if (!roleOf(asked, user) && asked.entry.asked !== 'requested') throw new ParleyError('no-such-request');
    return join(asked, [user]);
  },
  remove(asked, { user }) {
    mustBe(asked, 'admin');
    if (user === asked.by) throw new ParleyError('request-invalid', 'Nobody removes herself: leave the group.');
    const theirs = memberNamed(asked, user);
    if (RANK[theirs] >= RANK[memberNamed(asked, asked.by)]) throw new ParleyError('group-role-missing');
    return { parting: [user], contents: [{ change: 'removed', users: [user] }] };
  },
  leave(asked) {
    mustBe(asked, 'member');
    const heir = roleOf(asked, asked.by) === 'owner' ? heirOf(asked) : undefined;
    const left: SystemContent = { change: 'left', users: [asked.by] };
    if (heir === undefined) return { parting: [asked.by], contents: [left] };
    return {
      parting: [asked.by],
      roles: [{ userId: heir, role: 'owner' }],
      contents: [left, { change: 'role', users: [heir], role: 'owner' }],
    };
  },
  role(asked, { user, role }) {
    mustBe(asked, 'owner');
    const theirs = memberNamed(asked, user);
    if (theirs === role) return {};
    if (user === asked.by) throw new ParleyError('request-invalid', 'An owner makes another the owner, or leaves.');
    const given: SystemContent = { change: 'role', users: [user], role };
    if (role !== 'owner') return { roles: [{ userId: user, role }], contents: [given] };
    return {
      roles: [
        { userId: user, role },
        { userId: asked.by, role: 'admin' },
      ],
      contents: [given, { change: 'role', users: [asked.by], role: 'admin' }],
    };
  },
  dissolve(asked) {
    mustBe(asked, 'owner');
    return { parting: asked.group.members.map(({ userId }) => userId), contents: [{ change: 'dissolved' }] };
  },
  disappear(asked, { seconds }) {
    mustBe(asked, asked.group.kind === 'direct' ? 'member' : 'admin');
    if (seconds === (asked.group.disappearAfter ?? null)) return {};
    return { disappear: { seconds }, contents: [{ change: 'disappearing', disappearAfterSeconds: seconds }] };
  },
  pin(asked, { message, seq }) {
    mustPost(asked);
    const { count, pinned, recalled } = asked.group.pins ?? { count: 0, pinned: false, recalled: true };
    if (recalled) throw new ParleyError('message-recalled');
    if (pinned) return {};
    if (count >= limits.pins) throw new ParleyError('too-many', `A conversation has ${limits.pins} pins at most.`);
    return { pin: { seq, pinned: true }, contents: [{ change: 'pinned', message, seq }] };
  },
  unpin(asked, { message, seq }) {
    mustPost(asked);
    if (!asked.group.pins?.pinned) return {};
    return { pin: { seq, pinned: false }, contents: [{ change: 'unpinned', message, seq }] };
  },
};

/** What direct conversations have too. */
const EVERYWHERE: ReadonlySet<GroupAction['do']> = new Set(['disappear', 'pin', 'unpin']);

const NOBODY_NEW: Entry = { barred: false };

/**
 * `entry`: of whoever a `join` or an `admit` is about. Errors: `no-such-conversation`, `not-a-group`,
 * `group-role-missing`, `group-full`, `no-such-member`, `no-such-invite`, `approval-required`, `no-such-request`,
 * `request-invalid`; of a pin `message-recalled`, `too-many`.
 */
export function decide(
  group: Group,
  { by, action }: Pick<GroupChangeEnvelope, 'by' | 'action'>,
  limit: number,
  entry: Entry = NOBODY_NEW,
): Decision {
  if (group.kind !== 'group' && !EVERYWHERE.has(action.do)) throw new ParleyError('not-a-group');
  const decided = (rules[action.do] as Rule<GroupAction['do']>)({ group, by, limit, entry }, action);
  return { contents: [], joining: [], parting: [], roles: [], set: {}, ...decided };
}
