// What people have begun to write, the same on all of their devices: the one written last counts, whenever it comes.
import type { Context } from '../context.ts';
import type { ConversationDraft, NewConversationDraft } from '../contract/list-settings.ts';
import { Prisma } from '../db.ts';
import { announce } from './announce.ts';
import type { Reach } from './reach.ts';

type Rooms = Pick<Context, 'db' | 'broker' | 'log' | 'clock'> & { readonly reach: Reach };

/** A draft that the database wrote as JSON. */
export interface DraftJson {
  readonly text: string;
  readonly replyTo: string | null;
  readonly writtenAt: string;
}

/** Makes that of the row `d`. */
export const draftJson = Prisma.sql`json_build_object('text', d.text, 'replyTo', d.reply_to, 'writtenAt', d.written_at)`;

export const shownDraft = ({ text, replyTo, writtenAt }: DraftJson): ConversationDraft => ({
  text,
  ...(replyTo === null ? {} : { replyTo }),
  writtenAt: new Date(writtenAt).toISOString(),
});

export async function draftOf({ db }: Pick<Context, 'db'>, userId: string, id: string) {
  const [found] = await db.$queryRaw<{ draft: DraftJson }[]>`
    SELECT ${draftJson} AS draft FROM draft d WHERE d.user_id = ${userId} AND d.conversation_id = ${id}`;
  return found && shownDraft(found.draft);
}

/**
 * The draft as it stands then: another, where that is newer. Whoever may write there no longer may still take hers back.
 * Errors: those of server/chat/reach.ts.
 */
export async function keepDraft(context: Rooms, userId: string, id: string, draft: NewConversationDraft) {
  if (draft.text !== '' || !(await draftOf(context, userId, id))) {
    await context.reach.check(userId, { conversation: id });
  }
  const { text, replyTo = null } = draft;
  const now = context.clock.now();
  // a clock that is ahead would shut out the others
  const writtenAt = new Date(Math.min(now, draft.writtenAt === undefined ? now : Date.parse(draft.writtenAt)));
  const [row] = await context.db.$queryRaw<{ draft: DraftJson }[]>`
    INSERT INTO draft AS d (user_id, conversation_id, text, reply_to, written_at)
    VALUES (${userId}, ${id}, ${text}, ${text === '' ? null : replyTo}, ${writtenAt})
    ON CONFLICT (user_id, conversation_id) DO UPDATE
      SET text = excluded.text, reply_to = excluded.reply_to, written_at = excluded.written_at
      WHERE d.written_at <= excluded.written_at
    RETURNING ${draftJson} AS draft`;
  if (!row) return (await draftOf(context, userId, id)) as ConversationDraft;
  const kept = shownDraft(row.draft);
  await announce(context, { events: [{ to: [userId], event: { type: 'draft', conversation: id, ...kept } }] });
  return kept;
}
