// Conversations as one of their members sees them: last message, unread count, markers. A page of the list costs
// two statements, however many conversations it shows.
import { z } from 'zod';
import type { Context } from '../context.ts';
import { directMembers } from '../contract/conversation-id.ts';
import { SYSTEM } from '../contract/group.ts';
import type { Conversation, ConversationsQuery, Member, Person } from '../contract/rest.ts';
import { Prisma } from '../db.ts';
import { ParleyError } from '../errors.ts';
import { at, pageOfRows, unpackCursor, word } from './cursor.ts';
import { type DraftJson, draftJson, draftOf, shownDraft } from './drafts.ts';
import { isArchived, type ListState, listState, shownSettings } from './list-settings.ts';
import { mayWrite } from './may-write.ts';
import { type MessageJson, messageJson, rowOf, toMessageEvent } from './message-row.ts';
import { peopleById } from './people.ts';
import type { Reach } from './reach.ts';
import { shownTo } from './sight.ts';

type Rooms = Pick<Context, 'db' | 'clock'>;
type ReachRooms = Rooms & { readonly reach: Reach };

/** A conversation and what is only for the member who asks. */
interface Seen extends ListState {
  readonly id: string;
  readonly kind: Conversation['kind'];
  readonly title: string;
  readonly picture: string | null;
  readonly description: string;
  readonly posting: Conversation['posting'];
  readonly history: Conversation['history'];
  readonly disappearAfter: number | null;
  readonly lastSeq: number;
  readonly joinedSeq: number;
  readonly unread: number;
  readonly activeAt: Date;
  readonly createdAt: Date;
  /** user, role, delivered, read */
  readonly members: readonly (readonly [string, Member['role'], number, number])[] | null;
  readonly lastMessage: MessageJson | null;
  readonly draft: DraftJson | null;
}

const UNREAD_COUNTED = 1000;
/** so many positions after the marker are looked at, one by one; of more, one's own are counted with the others' */
const UNREAD_READ = 100;

/** In the order in which they joined. As JSON: a row and a value each would cost more than all the rest. */
const MEMBERS = Prisma.sql`
  SELECT json_agg(json_build_array(m.user_id, m.role, m.delivered_seq, m.read_seq) ORDER BY m.joined_at, m.user_id)
  FROM member m WHERE m.conversation_id = seen.id`;

/** The newest that she has not deleted for herself; none where all was sent before she joined, or has cleared it. */
const lastMessage = (userId: string) => Prisma.sql`
  SELECT ${messageJson(userId)} FROM message m
  WHERE m.conversation_id = seen.id AND m.seq <= seen."lastSeq" AND m.seq > seen."joinedSeq" AND ${shownTo(userId, 'm')}
  ORDER BY m.seq DESC LIMIT 1`;

const draft = (userId: string) => Prisma.sql`
  SELECT ${draftJson} FROM draft d WHERE d.user_id = ${userId} AND d.conversation_id = seen.id AND d.text <> ''`;

/*
 * The user's conversations, narrowed by `rest` (conditions, order and limit). Whose a message is stands in its row, and
 * the rows of a conversation stand apart on the disk: counting a thousand of each would read as many pages for each.
 */
const seenBy = ({ db }: Rooms, userId: string, now: Date, rest: Prisma.Sql) => db.$queryRaw<Seen[]>`
  SELECT seen.*, (${MEMBERS}) AS members, (${lastMessage(userId)}) AS "lastMessage", (${draft(userId)}) AS draft FROM (
    SELECT ${listState(now)}, c.id, c.kind::text, c.title, c.picture, c.description,
      c.posting::text, c.history::text, c.disappear_after AS "disappearAfter", c.last_seq AS "lastSeq", me.joined_seq AS "joinedSeq",
      c.active_at AS "activeAt", c.created_at AS "createdAt",
      CASE WHEN c.last_seq - greatest(me.read_seq, me.joined_seq) <= ${UNREAD_READ} THEN (
        SELECT count(*)::int FROM message m
        WHERE m.conversation_id = c.id AND m.seq > greatest(me.read_seq, me.joined_seq) AND m.sender_id <> me.user_id
          AND m.kind <> ${SYSTEM}
      ) - (
        SELECT count(*)::int FROM hidden_message h JOIN message m ON m.conversation_id = h.conversation_id AND m.seq = h.seq
        WHERE h.user_id = me.user_id AND h.conversation_id = c.id AND h.seq > greatest(me.read_seq, me.joined_seq)
          AND m.sender_id <> me.user_id AND m.kind <> ${SYSTEM}
      ) ELSE coalesce((
        SELECT least(${UNREAD_COUNTED}, c.last_seq - greatest(me.read_seq, me.joined_seq, kept.seq - 1))
        FROM (SELECT m.seq FROM message m WHERE m.conversation_id = c.id ORDER BY m.seq LIMIT 1) kept
      ), 0) END AS unread
    FROM member me JOIN conversation c ON c.id = me.conversation_id JOIN "user" u ON u.id = ${userId}
    WHERE me.user_id = ${userId} ${rest}) seen
  ORDER BY coalesce(pinned, 0) DESC, "activeAt" DESC, id DESC`;

/** A person is asked for once, in however many of the conversations she is. */
async function shown(context: Rooms, me: string, seen: readonly Seen[]): Promise<Conversation[]> {
  const ids = seen.flatMap(({ members }) => (members ?? []).map(([userId]) => userId));
  const people = await peopleById(context, ids);
  const membersOf = ({ kind, members }: Seen): Member[] => {
    const all = (members ?? []).flatMap(([userId, role, delivered, read]) => {
      const user = people.get(userId);
      return user ? [{ user, role, delivered, read }] : [];
    });
    if (kind === 'group' || all.every(({ user }) => user.readMarkers)) return all;
    return all.map((one) => (one.user.id === me ? one : { ...one, read: 0 }));
  };
  return seen.map((one) => ({
    id: one.id,
    kind: one.kind,
    title: one.title,
    picture: one.picture,
    description: one.description,
    posting: one.posting,
    history: one.history,
    disappearAfterSeconds: one.disappearAfter,
    lastSeq: one.lastSeq,
    lastMessage: one.lastMessage && toMessageEvent(rowOf(one.lastMessage), context.clock.now()),
    unread: one.unread,
    members: membersOf(one),
    historyAfter: one.joinedSeq,
    settings: shownSettings(one),
    draft: one.draft && shownDraft(one.draft),
    activeAt: one.activeAt.toISOString(),
    createdAt: one.createdAt.toISOString(),
  }));
}

const pin = z.string().regex(/^\d{1,9}$/);
const cursorShape = z.tuple([pin, at, word]);

/** The user's conversations, the pinned first, then the most recently active. */
export async function listConversations(context: Rooms, userId: string, query: ConversationsQuery) {
  const { limit, cursor, archived } = query;
  const now = new Date(context.clock.now());
  const key = cursor === undefined ? undefined : unpackCursor(cursor, cursorShape);
  const before = key
    ? Prisma.sql`AND (coalesce(me.pinned, 0), c.active_at, c.id) < (${Number(key[0])}, ${key[1]}::timestamptz, ${key[2]})`
    : Prisma.empty;
  const only = archived === undefined ? Prisma.empty : Prisma.sql`AND ${isArchived(now)} = ${archived === 'true'}`;
  const found = await seenBy(
    context,
    userId,
    now,
    Prisma.sql`AND c.last_seq > coalesce(me.deleted_seq, -1) ${only} ${before}
      ORDER BY coalesce(me.pinned, 0) DESC, c.active_at DESC, c.id DESC LIMIT ${limit + 1}`,
  );
  const keyOf = (row: Seen) => [String(row.pinned ?? 0), row.activeAt.toISOString(), row.id];
  const { rows, next } = pageOfRows(found, limit, keyOf);
  return { items: await shown(context, userId, rows), next };
}

/**
 * The two people (or one) of a direct conversation that may begin but has no message yet: the worker makes it with
 * the first one. Undefined: there is no such conversation for this user.
 */
export async function unbegunMembers(context: ReachRooms, userId: string, id: string): Promise<Person[] | undefined> {
  const members = directMembers(id);
  if (!members || !(await mayWrite(context.reach, userId, { conversation: id }))) return undefined;
  const people = await peopleById(context, members);
  return members.flatMap((member) => people.get(member) ?? []);
}

export async function conversationOf(context: ReachRooms, userId: string, id: string): Promise<Conversation> {
  const now = new Date(context.clock.now());
  const seen = await seenBy(context, userId, now, Prisma.sql`AND c.id = ${id}`);
  const [found] = await shown(context, userId, seen);
  if (found) return found;
  const people = await unbegunMembers(context, userId, id);
  if (!people) throw new ParleyError('no-such-conversation');
  const draft = await draftOf(context, userId, id);
  return {
    id,
    kind: 'direct',
    title: '',
    picture: null,
    description: '',
    posting: 'all',
    history: 'joining',
    disappearAfterSeconds: null,
    lastSeq: 0,
    lastMessage: null,
    unread: 0,
    members: people.map((user) => ({ user, role: 'member', delivered: 0, read: 0 })),
    historyAfter: 0,
    settings: shownSettings({ pinned: null, archived: false, mutedUntil: null, markedUnread: false }),
    draft: draft && draft.text !== '' ? draft : null,
    activeAt: now.toISOString(),
    createdAt: now.toISOString(),
  };
}
