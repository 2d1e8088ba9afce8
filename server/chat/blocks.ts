// Whom one has blocked. Neither of the two may write to the other then, and neither sees the other's presence or
// typing; the blocker is told why (`user-blocked`), the blocked one gets the answer of a stranger. Being contacts stays:
// unblocked, all is as before.
import { z } from 'zod';
import type { Context } from '../context.ts';
import { directConversationId } from '../contract/conversation-id.ts';
import type { ContactEvent } from '../contract/events.ts';
import type { PageQuery } from '../contract/rest.ts';
import type { Blocked } from '../contract/rest-privacy.ts';
import { ParleyError } from '../errors.ts';
import { announce } from './announce.ts';
import { at, pageOfRows, unpackCursor, word } from './cursor.ts';
import { peopleById } from './people.ts';

type Rooms = Pick<Context, 'db' | 'broker' | 'log'>;

const cursorShape = z.tuple([at, word]);

export async function listBlocks({ db }: Rooms, userId: string, { limit, cursor }: PageQuery) {
  const key = cursor === undefined ? undefined : unpackCursor(cursor, cursorShape);
  const found = await db.block.findMany({
    where: {
      userId,
      ...(key ? { OR: [{ createdAt: { gt: key[0] } }, { createdAt: key[0], blockedId: { gt: key[1] } }] } : {}),
    },
    orderBy: [{ createdAt: 'asc' }, { blockedId: 'asc' }],
    take: limit + 1,
  });
  const { rows, next } = pageOfRows(found, limit, (row) => [row.createdAt.toISOString(), row.blockedId]);
  const people = await peopleById(
    { db },
    rows.map(({ blockedId }) => blockedId),
  );
  const items = rows.flatMap(({ blockedId, createdAt }): Blocked[] => {
    const user = people.get(blockedId);
    return user ? [{ user, since: createdAt.toISOString() }] : [];
  });
  return { items, next };
}

/** Doing it again changes nothing. Errors: `no-such-user`, `request-invalid`. */
export async function block(context: Rooms, userId: string, blockedId: string): Promise<void> {
  if (userId === blockedId) throw new ParleyError('request-invalid', 'Nobody blocks herself.');
  if (!(await peopleById(context, [blockedId])).has(blockedId)) throw new ParleyError('no-such-user');
  const made = await context.db.$transaction(async (tx) => {
    const { count } = await tx.block.createMany({ data: [{ userId, blockedId }], skipDuplicates: true });
    // what was asked between the two is over, and nobody is told
    await tx.contact.deleteMany({
      where: {
        state: 'requested',
        OR: [
          { fromId: userId, toId: blockedId },
          { fromId: blockedId, toId: userId },
        ],
      },
    });
    return count > 0;
  });
  if (made) await tell(context, userId, blockedId, 'blocked');
}

export async function unblock(context: Rooms, userId: string, blockedId: string): Promise<void> {
  const { count } = await context.db.block.deleteMany({ where: { userId, blockedId } });
  if (count > 0) await tell(context, userId, blockedId, 'unblocked');
}

/** The blocker's own devices; every process forgets what it believed of the two. */
async function tell(context: Rooms, userId: string, user: string, state: ContactEvent['state']): Promise<void> {
  await announce(context, {
    events: [{ to: [userId], event: { type: 'contact', user, state } }],
    changes: [
      { type: 'reach', conversation: directConversationId(userId, user) },
      { type: 'acquainted', users: [userId, user] },
    ],
  });
}

/** Whether there is a block between the two, and whose. */
export async function blockBetween({ db }: Pick<Context, 'db'>, me: string, other: string) {
  const found = await db.block.findMany({
    where: {
      OR: [
        { userId: me, blockedId: other },
        { userId: other, blockedId: me },
      ],
    },
  });
  return { mine: found.some(({ userId }) => userId === me), theirs: found.some(({ userId }) => userId === other) };
}
