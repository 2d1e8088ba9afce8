// Who is whose contact, and the asking for it. One row a pair: a change locks the pair, so that two who ask each
// other in the same moment become contacts instead of two open requests.
import { z } from 'zod';
import type { Context } from '../context.ts';
import { directConversationId } from '../contract/conversation-id.ts';
import type { ContactEvent } from '../contract/events.ts';
import type { ContactPatch } from '../contract/rest-privacy.ts';
import type { Contact, ContactRequest, ContactRequestDraft, PageQuery } from '../contract/rest.ts';
import { Prisma } from '../db.ts';
import { ParleyError } from '../errors.ts';
import { announce } from './announce.ts';
import { at, pageOfRows, unpackCursor, word } from './cursor.ts';
import { peopleById } from './people.ts';
import { mustBeAddable } from './privacy.ts';

type Rooms = Pick<Context, 'db' | 'broker' | 'log' | 'clock' | 'config'>;
type Row = Prisma.ContactModel;
type Transaction = Prisma.TransactionClient;

/** The key of a pair's row, as one opaque string. User ids hold no "-". */
const requestId = (row: { fromId: string; toId: string }) => `${row.fromId}-${row.toId}`;

const DAY_MS = 86_400_000;

/** Requests that were made before have expired. */
const openSince = ({ clock, config }: Rooms) => new Date(clock.now() - config.CONTACT_REQUEST_DAYS * DAY_MS);

/** As it counts: one that has expired was never made. */
const counting = <T extends Row>(context: Rooms, row: T | null): T | undefined =>
  row && (row.state !== 'requested' || row.createdAt > openSince(context)) ? row : undefined;

const otherOf = (row: Row, userId: string) => (row.fromId === userId ? row.toId : row.fromId);

const cursorShape = z.tuple([at, word, word]);

/** A page of the user's rows, oldest first, with the other person of each. */
async function pageOfContacts(context: Rooms, userId: string, state: Row['state'], { limit, cursor }: PageQuery) {
  const key = cursor === undefined ? undefined : unpackCursor(cursor, cursorShape);
  const after = key
    ? Prisma.sql`AND (updated_at, from_id, to_id) > (${key[0]}::timestamptz, ${key[1]}, ${key[2]})`
    : Prisma.empty;
  const found = await context.db.$queryRaw<Row[]>`
    SELECT from_id AS "fromId", to_id AS "toId", state::text, note, created_at AS "createdAt", updated_at AS "updatedAt"
    FROM contact WHERE ${userId} IN (from_id, to_id) AND state = ${state}::"ContactState"
      AND (state <> 'requested' OR created_at > ${openSince(context)}) ${after}
    ORDER BY updated_at, from_id, to_id LIMIT ${limit + 1}`;
  const { rows, next } = pageOfRows(found, limit, (row) => [row.updatedAt.toISOString(), row.fromId, row.toId]);
  const people = await peopleById(
    context,
    rows.map((row) => otherOf(row, userId)),
  );
  const known = rows.flatMap((row) => {
    const user = people.get(otherOf(row, userId));
    return user ? [{ row, user }] : [];
  });
  return { known, next };
}

export async function listContacts(context: Rooms, userId: string, page: PageQuery) {
  const { known, next } = await pageOfContacts(context, userId, 'accepted', page);
  const remarks = await context.db.remark.findMany({
    where: { userId, aboutId: { in: known.map(({ user }) => user.id) } },
  });
  const named = new Map(remarks.map(({ aboutId, name }) => [aboutId, name]));
  return { items: known.map(({ row, user }) => shownContact(userId, row, user, named.get(user.id))), next };
}

const shownContact = (userId: string, row: Row, user: Contact['user'], remark?: string): Contact => ({
  user,
  conversation: directConversationId(userId, user.id),
  since: row.updatedAt.toISOString(),
  ...(remark ? { remark } : {}),
});

/** What one calls a contact, for oneself. Error: `not-found`, where she is none. */
export async function remarkContact(context: Rooms, userId: string, other: string, { remark }: ContactPatch) {
  const row = await context.db.contact.findFirst({ where: { ...pairOf(userId, other), state: 'accepted' } });
  const user = row && (await peopleById(context, [other])).get(other);
  if (!user) throw new ParleyError('not-found', 'You have no such contact.');
  const key = { userId, aboutId: other };
  if (remark === '') await context.db.remark.deleteMany({ where: key });
  else {
    await context.db.remark.upsert({
      where: { userId_aboutId: key },
      create: { ...key, name: remark },
      update: { name: remark },
    });
  }
  return shownContact(userId, row, user, remark);
}

/** The open requests, to and from the user. */
export async function listContactRequests(context: Rooms, userId: string, page: PageQuery) {
  const { known, next } = await pageOfContacts(context, userId, 'requested', page);
  return { items: known.map(({ row, user }) => shownRequest(row, userId, user)), next };
}

const shownRequest = (row: Row, userId: string, user: ContactRequest['user']): ContactRequest => ({
  id: requestId(row),
  direction: row.fromId === userId ? 'outgoing' : 'incoming',
  user,
  state: row.state,
  note: row.note,
  createdAt: row.createdAt.toISOString(),
});

async function shownTo(context: Rooms, userId: string, row: Row): Promise<ContactRequest> {
  const other = otherOf(row, userId);
  const user = (await peopleById(context, [other])).get(other);
  if (!user) throw new ParleyError('no-such-user');
  return shownRequest(row, userId, user);
}

/** Tells both, each about the other. */
async function announceBoth(context: Rooms, row: Row, state: ContactEvent['state']): Promise<void> {
  const about = (user: string): ContactEvent => ({
    type: 'contact',
    user,
    state,
    ...(state === 'removed' ? {} : { request: requestId(row) }),
    ...(state === 'requested' && row.note !== '' ? { note: row.note } : {}),
  });
  await announce(context, {
    events: [
      { to: [row.fromId], event: about(row.toId) },
      { to: [row.toId], event: about(row.fromId) },
    ],
    changes: [
      // a yes that relays remember; a no they do not
      ...(state === 'removed'
        ? [{ type: 'reach', conversation: directConversationId(row.fromId, row.toId) } as const]
        : []),
      ...(state === 'removed' || state === 'accepted'
        ? [{ type: 'acquainted', users: [row.fromId, row.toId] } as const]
        : []),
    ],
  });
}

/** Runs `change` while nobody else changes this pair. */
async function withPair<T>({ db }: Rooms, a: string, b: string, change: (tx: Transaction) => Promise<T>): Promise<T> {
  return db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${directConversationId(a, b)}, 0))`;
    return change(tx);
  });
}

const pairOf = (a: string, b: string) => ({
  OR: [
    { fromId: a, toId: b },
    { fromId: b, toId: a },
  ],
});

/** What asking does, by what there is between the two; undefined: it stays as it is. */
async function ask(
  context: Rooms,
  tx: Transaction,
  me: string,
  { user, note }: ContactRequestDraft,
): Promise<Row | undefined> {
  const there = counting(context, await tx.contact.findFirst({ where: pairOf(me, user) }));
  if (there?.state === 'accepted' || (there?.state === 'requested' && there.fromId === me)) return undefined;
  // both ask: both agree
  if (there?.state === 'requested') return acceptRow(tx, there);
  // where one was declined, or has expired, either side may ask again
  await tx.contact.deleteMany({ where: pairOf(me, user) });
  const createdAt = new Date(context.clock.now());
  return tx.contact.create({ data: { fromId: me, toId: user, note, createdAt, updatedAt: createdAt } });
}

const acceptRow = (tx: Transaction, { fromId, toId }: Row): Promise<Row> =>
  tx.contact.update({ where: { fromId_toId: { fromId, toId } }, data: { state: 'accepted' } });

/** Asks somebody to be a contact. Asking again changes nothing and says how it stands. */
export async function requestContact(context: Rooms, userId: string, draft: ContactRequestDraft) {
  if (draft.user === userId) throw new ParleyError('request-invalid', 'Nobody is a contact of herself.');
  if (!(await peopleById(context, [draft.user])).has(draft.user)) throw new ParleyError('no-such-user');
  const before = counting(context, await context.db.contact.findFirst({ where: pairOf(userId, draft.user) }));
  // whom she has asked herself needs no leave
  if (!before || before.state === 'declined') await mustBeAddable(context, userId, draft.user);
  const { row, changed } = await withPair(context, userId, draft.user, async (tx) => {
    const changed = await ask(context, tx, userId, draft);
    return { changed, row: changed ?? (await tx.contact.findFirstOrThrow({ where: pairOf(userId, draft.user) })) };
  });
  if (changed) await announceBoth(context, changed, changed.state);
  return shownTo(context, userId, row);
}

/** Accepts or declines what somebody asked the user. Doing it again changes nothing; the opposite is a conflict. */
export async function answerContactRequest(
  context: Rooms,
  userId: string,
  id: string,
  state: 'accepted' | 'declined',
): Promise<ContactRequest> {
  const [fromId = '', toId = '', ...rest] = id.split('-');
  if (toId !== userId || fromId === '' || rest.length > 0) throw new ParleyError('not-found');
  const { row, changed } = await withPair(context, fromId, toId, async (tx) => {
    const where = { fromId_toId: { fromId, toId } };
    const there = counting(context, await tx.contact.findUnique({ where }));
    if (!there) throw new ParleyError('not-found');
    if (there.state === state) return { row: there, changed: false };
    if (there.state !== 'requested') throw new ParleyError('conflict', `The request is ${there.state} already.`);
    return { row: await tx.contact.update({ where, data: { state } }), changed: true };
  });
  if (changed) await announceBoth(context, row, state);
  return shownTo(context, userId, row);
}

/** Takes back what the user asked. Errors: `not-found`, `conflict` where it is answered. */
export async function cancelContactRequest(context: Rooms, userId: string, id: string): Promise<void> {
  const [fromId = '', toId = '', ...rest] = id.split('-');
  if (fromId !== userId || toId === '' || rest.length > 0) throw new ParleyError('not-found');
  const row = await withPair(context, fromId, toId, async (tx) => {
    const where = { fromId_toId: { fromId, toId } };
    const there = counting(context, await tx.contact.findUnique({ where }));
    if (!there) throw new ParleyError('not-found');
    if (there.state !== 'requested') throw new ParleyError('conflict', `The request is ${there.state} already.`);
    return tx.contact.delete({ where });
  });
  await announceBoth(context, row, 'cancelled');
}

/** Ends being contacts, for both. Where they are none, there is nothing to do. */
export async function removeContact(context: Rooms, userId: string, other: string): Promise<void> {
  const removed = await withPair(context, userId, other, async (tx) => {
    const row = await tx.contact.findFirst({ where: { ...pairOf(userId, other), state: 'accepted' } });
    if (row) await tx.contact.delete({ where: { fromId_toId: { fromId: row.fromId, toId: row.toId } } });
    return row;
  });
  if (removed) await announceBoth(context, removed, 'removed');
}

/** All of a user who is gone: contacts and open requests. The others are told, each of what it was to her. */
export async function dropContacts(context: Rooms, userId: string): Promise<void> {
  const rows = await context.db.contact.findMany({ where: { OR: [{ fromId: userId }, { toId: userId }] } });
  for (const row of rows) {
    // told first: what is deleted already would not be told after a crash
    if (row.state === 'accepted') await announceBoth(context, row, 'removed');
    if (row.state === 'requested') await announceBoth(context, row, row.fromId === userId ? 'cancelled' : 'declined');
    await context.db.contact.deleteMany({ where: { fromId: row.fromId, toId: row.toId } });
  }
}
