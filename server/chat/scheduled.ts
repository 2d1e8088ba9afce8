// Messages that are sent later: made, listed, changed and removed by their author, whose other devices are told. What
// speaks against one is said when it is made already, and asked again by the rules of the moment when its time comes
// (server/worker/scheduled-sending.ts): from then on it is leaving, and nobody changes it any more.
import { z } from 'zod';
import type { Context } from '../context.ts';
import { type MessageDraft, messageDraft } from '../contract/drafts.ts';
import type { PageQuery } from '../contract/rest.ts';
import type { ScheduledDraft, ScheduledEvent, ScheduledMessage, ScheduledPatch } from '../contract/scheduled.ts';
import { Prisma } from '../db.ts';
import { ParleyError } from '../errors.ts';
import { newId } from '../lib/id.ts';
import { announce } from './announce.ts';
import { at, pageOfRows, unpackCursor, word } from './cursor.ts';
import { refers, settleReferences } from './draft-references.ts';
import type { MessageLookup } from './message-lookup.ts';
import type { Reach } from './reach.ts';
import { isStorable } from './storable.ts';

type Rooms = Pick<Context, 'db' | 'broker' | 'log' | 'clock' | 'config'> & {
  readonly reach: Reach;
  readonly lookup: MessageLookup;
};
type Row = NonNullable<Awaited<ReturnType<Context['db']['scheduled']['findFirst']>>>;

/** What a scheduled message says; the rest of its draft stands in columns. */
export type ScheduledContent = Omit<MessageDraft, 'to' | 'clientMessageId'>;

const DAY_MS = 86_400_000;
/** its files are kept for so long beyond its time: the server may be away then, or it may have to be changed */
const FILES_KEPT_MS = 7 * DAY_MS;

const contentOf = ({ kind, text, media, replyTo, mentions }: ScheduledContent): ScheduledContent => ({
  kind,
  text,
  media: media ?? undefined,
  replyTo,
  mentions: mentions?.length ? mentions : undefined,
});

export function shownScheduled(row: Omit<Row, 'dueAt' | 'leaving'>): ScheduledMessage {
  const { id, clientMessageId, conversationId: conversation, sendAt, madeAt } = row;
  return {
    id,
    clientMessageId,
    conversation,
    ...(row.content as unknown as ScheduledContent),
    sendAt: sendAt.toISOString(),
    madeAt: madeAt.toISOString(),
    failed: row.failed as ScheduledMessage['failed'],
  };
}

/** The same repeated, while it waits, is the one there is. Errors: those of a SEND, `send-time-wrong`, `too-many`. */
export async function scheduleMessage(rooms: Rooms, userId: string, draft: ScheduledDraft): Promise<ScheduledMessage> {
  const { db, clock, config } = rooms;
  const { clientMessageId, to } = draft;
  const where = { userId_clientMessageId: { userId, clientMessageId } };
  const known = await db.scheduled.findUnique({ where });
  if (known) return shownScheduled(known);
  const sendAt = timeOf(rooms, draft.sendAt);
  const conversationId = await rooms.reach.check(userId, to);
  const content = await checkedContent(rooms, userId, conversationId, draft, sendAt);
  const now = clock.now();
  const key = { id: newId(now), userId, clientMessageId };
  const data = { ...key, conversationId, content, sendAt, dueAt: sendAt, madeAt: new Date(now) };
  const row = await db.$transaction(async (tx) => {
    // two that are made at once are counted one after the other
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${userId}, 0))`;
    const again = await tx.scheduled.findUnique({ where });
    if (again) return again;
    if ((await tx.scheduled.count({ where: { userId } })) >= config.SCHEDULED_PER_USER) {
      throw new ParleyError('too-many', `Nobody has more than ${config.SCHEDULED_PER_USER} scheduled messages.`);
    }
    return tx.scheduled.create({ data });
  });
  const scheduled = shownScheduled(row);
  if (row.id === key.id) await tell(rooms, userId, { id: row.id, change: 'made', scheduled });
  return scheduled;
}

const cursorShape = z.tuple([at, word]);

/** Those that could not be sent stand where they should have been. */
export async function listScheduled({ db }: Pick<Rooms, 'db'>, userId: string, { limit, cursor }: PageQuery) {
  const key = cursor === undefined ? undefined : unpackCursor(cursor, cursorShape);
  const after = key && { OR: [{ sendAt: { gt: key[0] } }, { sendAt: key[0], id: { gt: key[1] } }] };
  const found = await db.scheduled.findMany({
    where: { userId, ...after },
    orderBy: [{ sendAt: 'asc' }, { id: 'asc' }],
    take: limit + 1,
  });
  const { rows, next } = pageOfRows(found, limit, ({ sendAt, id }) => [sendAt.toISOString(), id]);
  return { items: rows.map(shownScheduled), next };
}

/** Errors: those of making one, `no-such-scheduled`, `conflict`. */
export async function changeScheduled(
  rooms: Rooms,
  userId: string,
  id: string,
  { sendAt: time, ...patch }: ScheduledPatch,
): Promise<ScheduledMessage> {
  const row = await ownRow(rooms, userId, id);
  if (row.failed && time === undefined) throw new ParleyError('send-time-wrong', 'Say when to try again: `sendAt`.');
  const sendAt = time === undefined ? row.sendAt : timeOf(rooms, time);
  const { clientMessageId, conversationId } = row;
  const to = { conversation: conversationId };
  await rooms.reach.check(userId, to);
  const { replyTo, ...said } = patch;
  const old = row.content as unknown as ScheduledContent;
  const changed = { ...old, ...said, ...(replyTo === undefined ? {} : { replyTo: replyTo ?? undefined }) };
  const content = await checkedContent(rooms, userId, conversationId, { ...changed, clientMessageId, to }, sendAt);
  // only what was named: another device may change the rest at the same time
  const data = {
    ...(Object.keys(patch).length > 0 ? { content } : {}),
    ...(time === undefined ? {} : { sendAt, dueAt: sendAt, failed: Prisma.DbNull }),
  };
  const waits = time === undefined ? { dueAt: { not: null } } : {};
  const where = { id, userId, leaving: false, ...waits };
  const [now] = await rooms.db.scheduled.updateManyAndReturn({ where, data });
  if (!now) {
    await ownRow(rooms, userId, id);
    throw new ParleyError('conflict', 'It changed meanwhile.');
  }
  const scheduled = shownScheduled(now);
  await tell(rooms, userId, { id, change: 'changed', scheduled });
  return scheduled;
}

/** Errors: `no-such-scheduled`, `conflict`. */
export async function removeScheduled(rooms: Rooms, userId: string, id: string): Promise<void> {
  const { count } = await rooms.db.scheduled.deleteMany({ where: { id, userId, leaving: false } });
  if (count === 0) {
    await ownRow(rooms, userId, id);
    throw new ParleyError('conflict', 'It changed meanwhile.');
  }
  await tell(rooms, userId, { id, change: 'removed' });
}

const tell = (rooms: Rooms, userId: string, event: Omit<ScheduledEvent, 'type'>) =>
  announce(rooms, { events: [{ to: [userId], event: { type: 'scheduled', ...event } }] });

/** One that may still be changed. */
async function ownRow({ db }: Rooms, userId: string, id: string): Promise<Row> {
  const row = await db.scheduled.findFirst({ where: { id, userId } });
  if (!row) throw new ParleyError('no-such-scheduled');
  if (row.leaving) throw new ParleyError('conflict', 'It is being sent.');
  return row;
}

function timeOf({ clock, config }: Rooms, sendAt: string): Date {
  const time = Date.parse(sendAt);
  const ahead = time - clock.now();
  if (ahead > 0 && ahead <= config.SCHEDULED_DAYS * DAY_MS) return new Date(time);
  throw new ParleyError(
    'send-time-wrong',
    `It may be any time from now on, up to ${config.SCHEDULED_DAYS} days ahead.`,
  );
}

/** What of the draft is kept. Its files are not swept before it is sent. */
async function checkedContent(
  rooms: Rooms,
  userId: string,
  conversation: string,
  draft: MessageDraft,
  sendAt: Date,
): Promise<Prisma.InputJsonObject> {
  const issue = messageDraft.safeParse(draft).error?.issues[0];
  if (issue) throw new ParleyError('request-invalid', `${issue.path.join('.')}: ${issue.message}`);
  const json = JSON.stringify(contentOf(draft));
  if (!isStorable(Buffer.from(json))) {
    throw new ParleyError('request-invalid', 'The body holds a NUL character or half of a surrogate pair.');
  }
  // files are held from the rooms' clock on
  const clock = { now: () => sendAt.getTime() + FILES_KEPT_MS };
  if (refers(draft)) await settleReferences({ ...rooms, clock }, userId, conversation, draft);
  return JSON.parse(json) as Prisma.InputJsonObject;
}
