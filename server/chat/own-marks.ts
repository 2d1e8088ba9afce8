// What a user does to messages for herself alone: deletes them for herself, and gives them stars. Her own devices are
// told, nobody else.
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Event } from '../contract/events.ts';
import { limits } from '../contract/limits.ts';
import type { PageQuery } from '../contract/rest.ts';
import type { Starred } from '../contract/rest-messages.ts';
import { Prisma } from '../db.ts';
import { ParleyError } from '../errors.ts';
import { announce } from './announce.ts';
import { at, pageOfRows, unpackCursor, word } from './cursor.ts';
import { type MessageJson, messageJson, rowOf, toMessageEvent } from './message-row.ts';
import { seenBy, shownTo } from './sight.ts';

type Rooms = Pick<Context, 'db' | 'broker' | 'log' | 'clock'>;

/** Which message is meant. */
export interface Place {
  readonly id: string;
  readonly seq: number;
}

/** Its id. Error: `no-such-message`, where the user does not see it. */
export async function seenMessage({ db }: Pick<Context, 'db'>, userId: string, { id, seq }: Place): Promise<string> {
  const [found] = await db.$queryRaw<{ id: string }[]>`
    SELECT m.id FROM message m WHERE m.conversation_id = ${id} AND m.seq = ${seq} AND ${seenBy(userId, 'm')}`;
  if (!found) throw new ParleyError('no-such-message');
  return found.id;
}

const tell = (context: Rooms, userId: string, event: Event) => announce(context, { events: [{ to: [userId], event }] });

/** For good: nothing brings it back. Doing it again changes nothing. */
export async function hideMessage(context: Rooms, userId: string, place: Place): Promise<void> {
  const message = await seenMessage(context, userId, place);
  const key = { userId, conversationId: place.id, seq: place.seq };
  const { count } = await context.db.hiddenMessage.createMany({ data: [key], skipDuplicates: true });
  await context.db.star.deleteMany({ where: key });
  if (count === 0) return;
  await tell(context, userId, { type: 'message.hidden', id: message, conversation: place.id, seq: place.seq });
}

/** Doing it again changes nothing. Errors: `no-such-message`, `too-many`. */
export async function starMessage(context: Rooms, userId: string, place: Place): Promise<void> {
  const message = await seenMessage(context, userId, place);
  if ((await context.db.star.count({ where: { userId } })) >= limits.stars) {
    throw new ParleyError('too-many', `Nobody has more than ${limits.stars} starred messages.`);
  }
  const starredAt = new Date(context.clock.now());
  const data = [{ userId, conversationId: place.id, seq: place.seq, starredAt }];
  const { count } = await context.db.star.createMany({ data, skipDuplicates: true });
  if (count === 0) return;
  await tell(context, userId, { type: 'star', id: message, conversation: place.id, seq: place.seq, starred: true });
}

export async function unstarMessage(context: Rooms, userId: string, place: Place): Promise<void> {
  const where = { userId, conversationId: place.id, seq: place.seq };
  const { count } = await context.db.star.deleteMany({ where });
  if (count === 0) return;
  const id = await seenMessage(context, userId, place);
  await tell(context, userId, { type: 'star', id, conversation: place.id, seq: place.seq, starred: false });
}

const cursorShape = z.tuple([at, word, z.string().regex(/^\d{1,10}$/)]);

/** The newest star first; of what was recalled none is left. */
export async function listStars({ db }: Rooms, userId: string, { limit, cursor }: PageQuery) {
  const key = cursor === undefined ? undefined : unpackCursor(cursor, cursorShape);
  const before = key
    ? Prisma.sql`AND (s.starred_at, s.conversation_id, s.seq) < (${key[0]}::timestamptz, ${key[1]}, ${Number(key[2])}::int)`
    : Prisma.empty;
  const found = await db.$queryRaw<{ starredAt: Date; row: MessageJson }[]>`
    SELECT s.starred_at AS "starredAt", ${messageJson(userId, Prisma.sql`true`)} AS row
    FROM star s JOIN message m ON m.conversation_id = s.conversation_id AND m.seq = s.seq
    WHERE s.user_id = ${userId} AND m.recalled_at IS NULL AND (m.expires_at IS NULL OR m.expires_at > now()) AND ${seenBy(userId, 'm')} AND ${shownTo(userId, 'm')} ${before}
    ORDER BY s.starred_at DESC, s.conversation_id DESC, s.seq DESC LIMIT ${limit + 1}`;
  const { rows, next } = pageOfRows(found, limit, ({ starredAt, row }) => [
    starredAt.toISOString(),
    row.conversationId,
    String(row.seq),
  ]);
  const items = rows.map(
    ({ starredAt, row }): Starred => ({ message: toMessageEvent(rowOf(row)), starredAt: starredAt.toISOString() }),
  );
  return { items, next };
}
