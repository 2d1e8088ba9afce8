// Who may see, find and ask somebody: her own settings, and what they mean for another.
import type { Context } from '../context.ts';
import type { Privacy } from '../contract/rest-privacy.ts';
import { ParleyError } from '../errors.ts';
import { announce } from './announce.ts';
import { blockBetween } from './blocks.ts';

type Rooms = Pick<Context, 'db' | 'broker' | 'log'>;

/** of whom it is told at once that she is seen again; the others learn it when they next subscribe */
const CONTACTS_TOLD = 1000;

export async function changePrivacy(
  context: Rooms,
  userId: string,
  { presence, find, add, groups, readMarkers }: { [Key in keyof Privacy]?: Privacy[Key] | undefined },
): Promise<void> {
  await context.db.user.updateMany({
    where: { id: userId },
    data: {
      ...(presence === undefined ? {} : { presenceTo: presence }),
      ...(find === undefined ? {} : { foundBy: find }),
      ...(add === undefined ? {} : { addedBy: add }),
      ...(groups === undefined ? {} : { groupedBy: groups }),
      ...(readMarkers === undefined ? {} : { readMarkers }),
    },
  });
  if (presence === undefined) return;
  const rows = await context.db.contact.findMany({
    where: { state: 'accepted', OR: [{ fromId: userId }, { toId: userId }] },
    take: CONTACTS_TOLD,
  });
  const users = [userId, ...rows.map(({ fromId, toId }) => (fromId === userId ? toId : fromId))];
  await announce(context, { events: [], changes: [{ type: 'acquainted', users }] });
}

/** Errors: `user-blocked`; `takes-no-requests`, whether that is her setting or a block. */
export async function mustBeAddable({ db }: Pick<Context, 'db'>, userId: string, other: string): Promise<void> {
  const { mine, theirs } = await blockBetween({ db }, userId, other);
  if (mine) throw new ParleyError('user-blocked');
  const [me, them] = await Promise.all(
    [userId, other].map((id) => db.user.findUnique({ where: { id }, select: { circle: true, addedBy: true } })),
  );
  const addable =
    them?.addedBy === 'everybody' || (them?.addedBy === 'circle' && them.circle !== null && them.circle === me?.circle);
  if (theirs || !addable) throw new ParleyError('takes-no-requests');
}
