// Who has got and who has read a message, for who sent it: of the members who were there when it was sent.
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { PageQuery, Reader } from '../contract/rest.ts';
import { ParleyError } from '../errors.ts';
import { pageOfRows, unpackCursor, word } from './cursor.ts';
import { peopleById } from './people.ts';
import { seenBy } from './sight.ts';

const cursorShape = z.tuple([word]);

/** Errors: `no-such-message`, `not-the-sender`. */
export async function readersOf(
  { db }: Pick<Context, 'db'>,
  userId: string,
  conversation: string,
  seq: number,
  { limit, cursor }: PageQuery,
) {
  const [message] = await db.$queryRaw<{ sender: string; kind: string }[]>`
    SELECT m.sender_id AS sender, c.kind::text FROM message m JOIN conversation c ON c.id = m.conversation_id
    WHERE m.conversation_id = ${conversation} AND m.seq = ${seq} AND ${seenBy(userId, 'm')}`;
  if (!message) throw new ParleyError('no-such-message');
  if (message.sender !== userId) throw new ParleyError('not-the-sender');
  const after = cursor === undefined ? '' : unpackCursor(cursor, cursorShape)[0];
  const found = await db.$queryRaw<{ id: string; delivered: boolean; read: boolean }[]>`
    SELECT r.user_id AS id, r.delivered_seq >= ${seq} AS delivered, r.read_seq >= ${seq} AS read
    FROM member r WHERE r.conversation_id = ${conversation} AND r.user_id <> ${userId} AND r.user_id > ${after}
      AND coalesce(r.entered_seq, 0) < ${seq}
    ORDER BY r.user_id LIMIT ${limit + 1}`;
  const { rows, next } = pageOfRows(found, limit, ({ id }) => [id]);
  const people = await peopleById({ db }, [userId, ...rows.map(({ id }) => id)]);
  const isHidden = message.kind === 'direct' && [...people.values()].some(({ readMarkers }) => !readMarkers);
  const items = rows.flatMap(({ id, delivered, read }): Reader[] => {
    const user = people.get(id);
    return user ? [{ user, delivered, read: read && !isHidden }] : [];
  });
  return { items, next };
}
