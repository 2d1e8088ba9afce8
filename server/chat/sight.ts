// Which stored messages a user may see: those that were sent while she was a member, now or in an earlier time.
import { Prisma } from '../db.ts';

/** Of the row of the table `message` (or of another that names one) that the statement calls so. */
export function seenBy(userId: string, alias: 'm' | 'q' | 'l'): Prisma.Sql {
  const row = Prisma.raw(alias);
  return Prisma.sql`(EXISTS (
    SELECT FROM member v WHERE v.conversation_id = ${row}.conversation_id AND v.user_id = ${userId}
      AND v.joined_seq < ${row}.seq
  ) OR EXISTS (
    SELECT FROM former_member v WHERE v.conversation_id = ${row}.conversation_id AND v.user_id = ${userId}
      AND v.joined_seq < ${row}.seq AND ${row}.seq <= v.left_seq
  ))`;
}

/** Whether she has not deleted it for herself. */
export function shownTo(userId: string, alias: 'm' | 'q'): Prisma.Sql {
  const row = Prisma.raw(alias);
  return Prisma.sql`NOT EXISTS (
    SELECT FROM hidden_message h
    WHERE h.user_id = ${userId} AND h.conversation_id = ${row}.conversation_id AND h.seq = ${row}.seq
  )`;
}
