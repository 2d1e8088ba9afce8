// What a member has set for a conversation in her own list: pinned, archived, muted, marked as unread. Nothing of it is
// written when a message comes: whether that ends it is seen by comparing the seq at which it was set.
import type { Context } from '../context.ts';
import type { Event } from '../contract/events.ts';
import { limits } from '../contract/limits.ts';
import { FOREVER, type ListSettings, type ListSettingsPatch } from '../contract/list-settings.ts';
import { Prisma } from '../db.ts';
import { ParleyError } from '../errors.ts';
import { announce } from './announce.ts';

type Rooms = Pick<Context, 'db' | 'broker' | 'log' | 'clock'>;
type Transaction = Prisma.TransactionClient;

/** PostgreSQL's 'infinity' is no Date. */
const END_OF_TIME = new Date('9999-12-31T00:00:00.000Z');

/** The settings in force, with what they are reckoned from. */
export interface ListState {
  readonly pinned: number | null;
  readonly archived: boolean;
  readonly mutedUntil: Date | null;
  readonly markedUnread: boolean;
}
interface Place extends ListState {
  readonly id: string;
  readonly lastSeq: number;
  readonly readSeq: number;
}

/** Of the member `me`, her conversation `c` and herself, `u`. */
export const isArchived = (now: Date) => Prisma.sql`(me.archived_seq IS NOT NULL
  AND (u.keep_archived OR coalesce(me.muted_until > ${now}::timestamptz, false) OR c.last_seq <= me.archived_seq))`;

/** The same: the columns of a ListState. */
export const listState = (now: Date) => Prisma.sql`me.pinned, ${isArchived(now)} AS archived,
  CASE WHEN me.muted_until > ${now}::timestamptz THEN me.muted_until END AS "mutedUntil",
  coalesce(me.unread_at_seq = me.read_seq, false) AS "markedUnread"`;

export const shownSettings = ({ pinned, archived, mutedUntil, markedUnread }: ListState): ListSettings => ({
  pinned,
  archived,
  mutedUntil: mutedUntil && (mutedUntil >= END_OF_TIME ? FOREVER : mutedUntil.toISOString()),
  markedUnread,
});

const inForce = (until: string): Date => {
  if (until === FOREVER) return END_OF_TIME;
  const at = new Date(until);
  return at < END_OF_TIME ? at : END_OF_TIME;
};

/** What the patch makes of them; `top`: the number of the topmost pinned conversation. */
export function patched(state: ListState, patch: ListSettingsPatch, now: Date, top: number): ListState {
  const { pinned, archived, mutedUntil, markedUnread } = patch;
  const until = mutedUntil === undefined ? state.mutedUntil : mutedUntil === null ? null : inForce(mutedUntil);
  const isPinned = archived ? false : (pinned ?? state.pinned !== null);
  return {
    pinned: isPinned ? (state.pinned ?? top + 1) : null,
    archived: pinned ? false : (archived ?? state.archived),
    mutedUntil: until !== null && until > now ? until : null,
    markedUnread: markedUnread ?? state.markedUnread,
  };
}

/** One change of a person's list at a time. */
export async function lockList(tx: Transaction, userId: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`list ${userId}`}, 0))`;
}

/** In the order in which a worker locks them, too. */
const placesOf = (tx: Transaction, userId: string, now: Date, which: Prisma.Sql) => tx.$queryRaw<Place[]>`
  SELECT c.id, c.last_seq AS "lastSeq", me.read_seq AS "readSeq", ${listState(now)}
  FROM member me JOIN conversation c ON c.id = me.conversation_id JOIN "user" u ON u.id = me.user_id
  WHERE me.user_id = ${userId} AND ${which} ORDER BY c.id FOR UPDATE OF me`;

/** Returns the event that tells it. */
async function write(tx: Transaction, userId: string, place: Place, next: ListState, now: Date): Promise<Event> {
  const [row] = await tx.$queryRaw<{ at: Date }[]>`
    UPDATE member SET pinned = ${next.pinned}, archived_seq = ${next.archived ? place.lastSeq : null}, muted_until = ${next.mutedUntil},
      unread_at_seq = ${next.markedUnread ? place.readSeq : null},
      settings_at = greatest(${now}::timestamptz, settings_at + interval '1 millisecond')
    WHERE conversation_id = ${place.id} AND user_id = ${userId} RETURNING settings_at AS at`;
  const at = (row?.at ?? now).toISOString();
  return { type: 'conversation.settings', conversation: place.id, settings: shownSettings(next), at };
}

/** Settings as they are then. Errors: `no-such-conversation`, where it has not begun either; `too-many-pinned`. */
export async function changeListSettings(
  context: Rooms,
  userId: string,
  id: string,
  patch: ListSettingsPatch,
): Promise<ListSettings> {
  const now = new Date(context.clock.now());
  const { settings, event } = await context.db.$transaction(async (tx) => {
    await lockList(tx, userId);
    const [place] = await placesOf(tx, userId, now, Prisma.sql`c.id = ${id}`);
    if (!place) throw new ParleyError('no-such-conversation');
    const next = patched(place, patch, now, await topFor(tx, userId, place, patch));
    const settings = shownSettings(next);
    const changed = JSON.stringify(settings) !== JSON.stringify(shownSettings(place));
    return { settings, event: changed ? await write(tx, userId, place, next, now) : undefined };
  });
  if (event) await announce(context, { events: [{ to: [userId], event }] });
  return settings;
}

async function topFor(tx: Transaction, userId: string, place: Place, { pinned }: ListSettingsPatch): Promise<number> {
  if (!pinned || place.pinned !== null) return 0;
  const where = { userId, pinned: { not: null } };
  const { _count: count, _max: max } = await tx.member.aggregate({ where, _count: true, _max: { pinned: true } });
  if (count >= limits.pinnedConversations) throw new ParleyError('too-many-pinned');
  return max.pinned ?? 0;
}

/** Pins exactly these, the first on top. Errors: `no-such-conversation`. */
export async function pinInOrder(context: Rooms, userId: string, ids: readonly string[]): Promise<void> {
  const now = new Date(context.clock.now());
  const events = await context.db.$transaction(async (tx) => {
    await lockList(tx, userId);
    const which = Prisma.sql`(me.pinned IS NOT NULL OR c.id = ANY(${ids}))`;
    const places = await placesOf(tx, userId, now, which);
    if (ids.some((id) => !places.some((place) => place.id === id))) throw new ParleyError('no-such-conversation');
    const told: Event[] = [];
    for (const place of places) {
      const at = ids.indexOf(place.id);
      const pinned = at === -1 ? null : ids.length - at;
      if (pinned === place.pinned) continue;
      const next = { ...place, pinned, archived: pinned === null && place.archived };
      told.push(await write(tx, userId, place, next, now));
    }
    return told;
  });
  await announce(context, { events: events.map((event) => ({ to: [userId], event })) });
}
