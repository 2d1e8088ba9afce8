// What people tell the administrators of one another.
import type { Context } from '../context.ts';
import type { Report, ReportDraft } from '../contract/rest-privacy.ts';
import { ParleyError } from '../errors.ts';
import { newId } from '../lib/id.ts';
import { peopleById } from './people.ts';

const A_DAY = 50;
const DAY_MS = 86_400_000;

/** Errors: `no-such-user`, `no-such-conversation`, `too-many-requests`. */
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
    },
  });
  return { id, createdAt: createdAt.toISOString() };
}
