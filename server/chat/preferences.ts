// How somebody wants Parley to behave towards herself alone.
import type { Context } from '../context.ts';
import type { Preferences } from '../contract/list-settings.ts';
import { announce } from './announce.ts';
import { isArchived, lockList } from './list-settings.ts';

type Rooms = Pick<Context, 'db' | 'broker' | 'log' | 'clock'>;

export async function changePreferences(
  context: Rooms,
  userId: string,
  { keepArchived }: { [Key in keyof Preferences]?: Preferences[Key] | undefined },
): Promise<void> {
  if (keepArchived === undefined) return;
  const now = new Date(context.clock.now());
  const changed = await context.db.$transaction(async (tx) => {
    await lockList(tx, userId);
    // what is archived stays so, and what has left the archive does not go back into it
    await tx.$executeRaw`
      UPDATE member me SET archived_seq = CASE WHEN ${isArchived(now)} THEN c.last_seq END
      FROM conversation c, "user" u
      WHERE c.id = me.conversation_id AND u.id = me.user_id AND me.user_id = ${userId} AND me.archived_seq IS NOT NULL`;
    const where = { id: userId, keepArchived: !keepArchived };
    return (await tx.user.updateMany({ where, data: { keepArchived } })).count > 0;
  });
  if (!changed) return;
  const event = { type: 'preferences', preferences: { keepArchived } } as const;
  await announce(context, { events: [{ to: [userId], event }] });
}
