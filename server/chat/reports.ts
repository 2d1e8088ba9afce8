// What people tell the administrators of one another, and what these make of it.
import { z } from 'zod';
import type { Context } from '../context.ts';
import type {
  Evidence,
  Report,
  ReportCase,
  ReportClosing,
  ReportDraft,
  ReportsQuery,
} from '../contract/rest-privacy.ts';
import type { Prisma } from '../db.ts';
import { ParleyError } from '../errors.ts';
import { newId } from '../lib/id.ts';
import { at, pageOfRows, unpackCursor, word } from './cursor.ts';
import { peopleById } from './people.ts';
import { seenBy } from './sight.ts';

const A_DAY = 50;
const DAY_MS = 86_400_000;

/** Errors: `no-such-user`, `no-such-conversation`, `no-such-message`, `too-many-requests`. */
export async function reportPerson(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  userId: string,
  draft: ReportDraft,
): Promise<Report> {
  const { user, reason, text, conversation, message } = draft;
  if (user === userId) throw new ParleyError('request-invalid', 'Nobody reports herself.');
  if (!(await peopleById({ db }, [user])).has(user)) throw new ParleyError('no-such-user');
  if (conversation !== undefined) {
    const member = await db.member.findUnique({
      where: { conversationId_userId: { conversationId: conversation, userId } },
      select: { userId: true },
    });
    if (!member) throw new ParleyError('no-such-conversation');
  }
  const evidence = message === undefined ? undefined : await evidenceOf({ db }, userId, conversation ?? '', message);
  const now = clock.now();
  const today = await db.report.count({ where: { userId, createdAt: { gt: new Date(now - DAY_MS) } } });
  if (today >= A_DAY) throw new ParleyError('too-many-requests', `Nobody makes more than ${A_DAY} reports a day.`);
  const id = newId(now);
  const createdAt = new Date(now);
  await db.report.create({
    data: {
      id,
      userId,
      aboutId: user,
      reason,
      text,
      conversationId: conversation ?? null,
      messageId: message ?? null,
      createdAt,
      ...(evidence ? { evidence } : {}),
    },
  });
  return { id, createdAt: createdAt.toISOString() };
}

async function evidenceOf({ db }: Pick<Context, 'db'>, userId: string, conversation: string, message: string) {
  const [found] = await db.$queryRaw<{ evidence: Evidence }[]>`
    SELECT json_strip_nulls(json_build_object('sender', m.sender_id, 'kind', m.kind, 'text', m.text, 'media', m.media,
      'sentAt', m.sent_at)) AS evidence
    FROM message m WHERE m.id = ${message} AND m.conversation_id = ${conversation} AND ${seenBy(userId, 'm')}`;
  if (!found) throw new ParleyError('no-such-message');
  return { ...found.evidence, sentAt: new Date(found.evidence.sentAt).toISOString() };
}

type Row = Prisma.ReportModel;

const cursorShape = z.tuple([at, word]);

/** The oldest open ones first, or those that were closed last. */
export async function listReports({ db }: Pick<Context, 'db'>, { state, limit, cursor }: ReportsQuery) {
  const key = cursor === undefined ? undefined : unpackCursor(cursor, cursorShape);
  const isOpen = state === 'open';
  const by = isOpen ? 'createdAt' : 'closedAt';
  const [order, beyond] = isOpen ? (['asc', 'gt'] as const) : (['desc', 'lt'] as const);
  const found = await db.report.findMany({
    where: {
      closedAt: isOpen ? null : { not: null },
      ...(key ? { OR: [{ [by]: { [beyond]: key[0] } }, { [by]: key[0], id: { [beyond]: key[1] } }] } : {}),
    },
    orderBy: [{ [by]: order }, { id: order }],
    take: limit + 1,
  });
  const { rows, next } = pageOfRows(found, limit, (row) => [(row[by] as Date).toISOString(), row.id]);
  return { items: await shown({ db }, rows), next };
}

/** Errors: `not-found`; `conflict`, where it is closed already. */
export async function closeReport(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  userId: string,
  id: string,
  { outcome, note }: ReportClosing,
): Promise<ReportCase> {
  const data = { closedAt: new Date(clock.now()), closedBy: userId, outcome, closingNote: note };
  const [closed] = await db.report.updateManyAndReturn({ where: { id, closedAt: null }, data });
  if (!closed) {
    const there = await db.report.findUnique({ where: { id }, select: { id: true } });
    throw new ParleyError(there ? 'conflict' : 'not-found', there ? 'The report is closed already.' : undefined);
  }
  return (await shown({ db }, [closed]))[0] as ReportCase;
}

async function shown({ db }: Pick<Context, 'db'>, rows: readonly Row[]): Promise<ReportCase[]> {
  const people = await peopleById(
    { db },
    rows.flatMap(({ userId, aboutId }) => [userId, aboutId]),
  );
  return rows.map((row) => ({
    id: row.id,
    createdAt: row.createdAt.toISOString(),
    by: people.get(row.userId) ?? null,
    about: people.get(row.aboutId) ?? null,
    // the table holds what passed the schema
    reason: row.reason as ReportCase['reason'],
    text: row.text,
    conversation: row.conversationId,
    message: row.messageId,
    evidence: row.evidence as Evidence | null,
    closed: row.closedAt && {
      at: row.closedAt.toISOString(),
      by: row.closedBy ?? '',
      outcome: row.outcome as ReportClosing['outcome'],
      note: row.closingNote ?? '',
    },
  }));
}
