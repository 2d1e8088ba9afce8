// Getting into a group: by a link, by asking its admins, or asked by them. Who gets in is decided by the worker of the
// group's messages, in its turn; asking and being asked are rows, gone as soon as somebody is in.
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { JoiningEvent } from '../contract/events.ts';
import { limits } from '../contract/limits.ts';
import type { PageQuery } from '../contract/rest.ts';
import type { GroupInvitation, InviteView, Joined, JoinRequest } from '../contract/rest-invites.ts';
import { Prisma } from '../db.ts';
import { ParleyError } from '../errors.ts';
import { announce } from './announce.ts';
import { at, pageOfRows, unpackCursor, word } from './cursor.ts';
import type { GroupChanges } from './group-changes.ts';
import { adminsOf, mustAdminister } from './group-standing.ts';
import { digestOf } from './invite-codes.ts';
import type { InviteTries } from './invite-tries.ts';
import { peopleById } from './people.ts';

export type JoiningRooms = Pick<Context, 'db' | 'clock' | 'broker' | 'log'> & {
  readonly groupChanges: GroupChanges;
  readonly inviteTries: InviteTries;
};

type State = 'requested' | 'invited';

/** A link as somebody who has its code finds it. */
interface Link {
  readonly id: string;
  readonly conversation: string;
  readonly title: string;
  readonly picture: string | null;
  readonly memberCount: number;
  readonly approval: boolean;
  readonly state: InviteView['state'];
}

/** Error: `no-such-invite`, whatever the reason; `too-many-requests`. */
async function linkOf({ db, clock, inviteTries }: JoiningRooms, userId: string, code: string): Promise<Link> {
  inviteTries.count(userId);
  const [found] = await db.$queryRaw<Link[]>`
    SELECT i.id, c.id AS conversation, c.title, c.picture,
      (SELECT count(*)::int FROM member m WHERE m.conversation_id = c.id) AS "memberCount",
      i.approval OR coalesce(j.barred, false) AS approval,
      CASE WHEN me.user_id IS NOT NULL THEN 'member' WHEN j.state IN ('requested', 'invited') THEN j.state::text
        ELSE 'none' END AS state
    FROM group_invite i JOIN conversation c ON c.id = i.conversation_id
    LEFT JOIN member me ON me.conversation_id = c.id AND me.user_id = ${userId}
    LEFT JOIN joining j ON j.conversation_id = c.id AND j.user_id = ${userId}
    WHERE i.digest = ${digestOf(code)} AND (i.expires_at IS NULL OR i.expires_at > ${new Date(clock.now())})
      AND (me.user_id IS NOT NULL OR i.max_uses IS NULL OR i.uses < i.max_uses)
      AND NOT EXISTS (SELECT FROM block b WHERE b.user_id = i.made_by AND b.blocked_id = ${userId})`;
  if (!found) throw new ParleyError('no-such-invite');
  return found;
}

/** What a link shows to who is no member. */
export async function viewInvite(context: JoiningRooms, userId: string, code: string): Promise<InviteView> {
  const { conversation, title, picture, memberCount, approval, state } = await linkOf(context, userId, code);
  return { title, picture, memberCount, approval, state, ...(state === 'member' ? { conversation } : {}) };
}

/** Errors: `no-such-invite`, `group-full`, `request-declined`. Again, it says how it stands. */
export async function joinByInvite(context: JoiningRooms, userId: string, code: string): Promise<Joined> {
  const { id, conversation, approval, state } = await linkOf(context, userId, code);
  if (state === 'member') return { state, conversation };
  if (approval && state !== 'invited') return requestToJoin(context, userId, conversation, id);
  try {
    await context.groupChanges.make(conversation, userId, { do: 'join', invite: id });
  } catch (error) {
    if (!(error instanceof ParleyError) || error.code !== 'approval-required') throw error;
    // an admin has sent her away in the meantime
    return requestToJoin(context, userId, conversation, id);
  }
  if (state !== 'none') await tell(context, conversation, [userId], 'accepted');
  return { state: 'member', conversation };
}

async function requestToJoin(context: JoiningRooms, userId: string, conversation: string, inviteId: string) {
  const now = new Date(context.clock.now());
  const asked = await withGroup(context, conversation, async (tx) => {
    const open = await tx.joining.count({ where: { conversationId: conversation, state: 'requested' } });
    if (open >= limits.groupJoinings) throw new ParleyError('too-many-requests');
    return tx.$executeRaw`
      INSERT INTO joining AS j (conversation_id, user_id, state, invite_id, at)
      SELECT ${conversation}, ${userId}, 'requested', ${inviteId}, ${now}
      WHERE NOT EXISTS (SELECT FROM member m WHERE m.conversation_id = ${conversation} AND m.user_id = ${userId})
      ON CONFLICT (conversation_id, user_id) DO UPDATE
      SET state = 'requested', invite_id = excluded.invite_id, invited_by = NULL, at = excluded.at
      WHERE j.state = 'refused' OR (j.state = 'declined' AND j.invite_id IS DISTINCT FROM excluded.invite_id)`;
  });
  if (asked > 0) await tell(context, conversation, [userId], 'requested');
  else {
    const key = { conversationId_userId: { conversationId: conversation, userId } };
    const there = await context.db.joining.findUnique({ where: key, select: { state: true } });
    if (there?.state === 'declined') throw new ParleyError('request-declined');
  }
  return { state: 'requested', conversation } as const;
}

/** Runs `change` while the group's members stay; what is said in it goes on. */
function withGroup<T>({ db }: Pick<Context, 'db'>, id: string, change: (tx: Prisma.TransactionClient) => Promise<T>) {
  return db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT FROM conversation WHERE id = ${id} FOR KEY SHARE`;
    return change(tx);
  });
}

/** Asks people to come into a group; whom that was said before, or who said no, is not asked again. */
export async function inviteToGroup(
  context: Pick<JoiningRooms, 'db' | 'clock' | 'broker' | 'log'>,
  by: string,
  conversation: string,
  users: readonly string[],
): Promise<void> {
  if (users.length === 0) return;
  const now = new Date(context.clock.now());
  const asked = await withGroup(
    context,
    conversation,
    (tx) => tx.$queryRaw<{ userId: string }[]>`
      INSERT INTO joining AS j (conversation_id, user_id, state, invited_by, at)
      SELECT ${conversation}, u.id, 'invited', ${by}, ${now} FROM unnest(${[...users]}::text[]) AS u(id)
      WHERE NOT EXISTS (SELECT FROM member m WHERE m.conversation_id = ${conversation} AND m.user_id = u.id)
      ON CONFLICT (conversation_id, user_id) DO UPDATE
      SET state = 'invited', barred = false, invite_id = NULL, invited_by = excluded.invited_by, at = excluded.at
      WHERE j.state = 'declined'
      RETURNING user_id AS "userId"`,
  );
  const told = asked.map(({ userId }) => userId);
  if (told.length > 0) await tell(context, conversation, told, 'invited', by);
}

const cursorShape = z.tuple([at, word]);

/** Those who ask to get in, and those who are asked, the longest waiting first. */
export async function listJoinRequests(
  context: JoiningRooms,
  userId: string,
  id: string,
  { limit, cursor }: PageQuery,
) {
  await mustAdminister(context, userId, id);
  const key = cursor === undefined ? undefined : unpackCursor(cursor, cursorShape);
  const after = key ? { OR: [{ at: { gt: key[0] } }, { at: key[0], userId: { gt: key[1] } }] } : {};
  const found = await context.db.joining.findMany({
    where: { conversationId: id, state: { in: ['requested', 'invited'] }, ...after },
    orderBy: [{ at: 'asc' }, { userId: 'asc' }],
    take: limit + 1,
  });
  const { rows, next } = pageOfRows(found, limit, (row) => [row.at.toISOString(), row.userId]);
  const people = await peopleById(
    context,
    rows.map((row) => row.userId),
  );
  const items = rows.flatMap((row): JoinRequest[] => {
    const user = people.get(row.userId);
    if (!user) return [];
    const { invitedBy } = row;
    return [{ user, state: row.state as State, ...(invitedBy ? { invitedBy } : {}), at: row.at.toISOString() }];
  });
  return { items, next };
}

/** Errors: `no-such-request`, `group-full` and the rules' of groups. */
export async function acceptJoinRequest(context: JoiningRooms, userId: string, id: string, user: string) {
  await mustAdminister(context, userId, id);
  await context.groupChanges.make(id, userId, { do: 'admit', user });
  await tell(context, id, [user], 'accepted');
}

/** Says no to who asks; takes back that somebody is asked. Error: `no-such-request`. */
export async function declineJoinRequest(context: JoiningRooms, userId: string, id: string, user: string) {
  await mustAdminister(context, userId, id);
  const where = { conversationId: id, userId: user };
  const { count } = await context.db.joining.updateMany({
    where: { ...where, state: 'requested' },
    data: { state: 'declined', barred: true, at: new Date(context.clock.now()) },
  });
  if (count > 0) return tell(context, id, [user], 'declined');
  const invited = await context.db.joining.deleteMany({ where: { ...where, state: 'invited' } });
  if (invited.count === 0) throw new ParleyError('no-such-request');
  await tell(context, id, [user], 'cancelled');
}

/** The groups that the user asks to get into, or is asked to come into. */
export async function listGroupInvitations({ db }: JoiningRooms, userId: string): Promise<GroupInvitation[]> {
  const rows = await db.joining.findMany({
    where: { userId, state: { in: ['requested', 'invited'] } },
    orderBy: [{ at: 'asc' }, { conversationId: 'asc' }],
    take: limits.page.max,
    include: { conversation: { select: { title: true, picture: true, _count: { select: { members: true } } } } },
  });
  const people = await peopleById(
    { db },
    rows.flatMap(({ invitedBy }) => invitedBy ?? []),
  );
  return rows.map((row) => {
    const by = row.invitedBy === null ? undefined : people.get(row.invitedBy);
    return {
      conversation: row.conversationId,
      title: row.conversation.title,
      picture: row.conversation.picture,
      memberCount: row.conversation._count.members,
      state: row.state as State,
      ...(by ? { invitedBy: by } : {}),
      at: row.at.toISOString(),
    };
  });
}

/** Errors: `no-such-invite`, `group-full`. */
export async function acceptGroupInvitation(context: JoiningRooms, userId: string, id: string): Promise<Joined> {
  await context.groupChanges.make(id, userId, { do: 'join' });
  await tell(context, id, [userId], 'accepted');
  return { state: 'member', conversation: id };
}

/** Says no to being asked; takes back that one asks. Error: `no-such-invite`. */
export async function declineGroupInvitation(context: JoiningRooms, userId: string, id: string): Promise<void> {
  const { db } = context;
  const where = { conversationId: id, userId };
  const at = new Date(context.clock.now());
  const refused = await db.joining.updateMany({
    where: { ...where, state: 'invited' },
    data: { state: 'refused', at },
  });
  if (refused.count > 0) return tell(context, id, [userId], 'refused');
  const requested = { ...where, state: 'requested' } as const;
  // to take it back does not make good why an admin had to agree
  const data = { state: 'declined', inviteId: null, at } as const;
  const barred = await db.joining.updateMany({ where: { ...requested, barred: true }, data });
  const asked = barred.count > 0 ? barred : await db.joining.deleteMany({ where: requested });
  if (asked.count === 0) throw new ParleyError('no-such-invite');
  await tell(context, id, [userId], 'cancelled');
}

/** The owner, the admins and each of these users; she does not learn which of them it was that said no. */
async function tell(
  context: Pick<JoiningRooms, 'db' | 'broker' | 'log'>,
  id: string,
  users: readonly string[],
  state: JoiningEvent['state'],
  by?: string,
): Promise<void> {
  const [admins, group] = await Promise.all([
    adminsOf(context, id),
    context.db.conversation.findUnique({ where: { id }, select: { title: true } }),
  ]);
  const events = users.map((user) => ({
    to: [...new Set([...admins, user])],
    event: {
      type: 'joining',
      conversation: id,
      title: group?.title ?? '',
      user,
      state,
      ...(by === undefined ? {} : { by }),
    } as const,
  }));
  await announce(context, { events });
}
