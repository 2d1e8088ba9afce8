// People as others see them: profiles, and finding somebody. Nothing of how one signs in is ever read here.
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { FoundPerson, PageQuery, Person, ProfilePatch } from '../contract/rest.ts';
import { directConversationId } from '../contract/conversation-id.ts';
import { Prisma } from '../db.ts';
import { ParleyError } from '../errors.ts';
import { mustBeOwnPicture } from './attachments.ts';
import { pageOfRows, unpackCursor, word } from './cursor.ts';
import { mayWrite } from './may-write.ts';
import type { Reach } from './reach.ts';

type Rooms = Pick<Context, 'db'>;

/** The public columns of a user: the only ones this room selects. */
export const personColumns = {
  id: true,
  username: true,
  displayName: true,
  kind: true,
  about: true,
  avatar: true,
} as const satisfies Prisma.UserSelect;

/** True if it changed anything. Errors: `no-such-media`, `media-kind-wrong`. */
export async function changeProfile(
  context: Pick<Context, 'db' | 'clock'>,
  userId: string,
  patch: ProfilePatch,
): Promise<boolean> {
  const { db } = context;
  await mustBeOwnPicture(context, userId, patch.avatar);
  const { displayName, about, avatar } = patch;
  const before = await db.user.findUnique({ where: { id: userId }, select: personColumns });
  if (!before) throw new ParleyError('no-such-user');
  const after = {
    displayName: displayName ?? before.displayName,
    about: about ?? before.about,
    avatar: avatar === undefined ? before.avatar : avatar,
  };
  const isSame =
    after.displayName === before.displayName && after.about === before.about && after.avatar === before.avatar;
  if (!isSame) await db.user.update({ where: { id: userId }, data: after });
  return !isSame;
}

/** A person, and what her setting says about others seeing how far she has read: no answer shows it. */
export interface KnownPerson extends Person {
  readonly readMarkers: boolean;
}

/** The people of these ids that exist, by id. As JSON: a few hundred are one value. */
export async function peopleById({ db }: Rooms, ids: Iterable<string>): Promise<Map<string, KnownPerson>> {
  const distinct = [...new Set(ids)];
  if (distinct.length === 0) return new Map();
  const [found] = await db.$queryRaw<{ people: KnownPerson[] | null }[]>`
    SELECT json_agg(json_build_object('id', id, 'username', username, 'displayName', display_name, 'kind', kind,
      'about', about, 'avatar', avatar, 'readMarkers', read_markers)) AS people
    FROM "user" WHERE id = ANY(${distinct})`;
  return new Map((found?.people ?? []).map((one) => [one.id, one]));
}

const cursorShape = z.tuple([word]);

/** LIKE's wildcards, taken literally: Prisma does not escape them. */
const literal = (text: string) => text.replace(/[\\%_]/g, '\\$&');

/** Everybody but me whose username or display name begins so and who lets me find her, by username. */
export async function findPeople(
  context: Rooms & { readonly reach: Reach },
  userId: string,
  { query, limit, cursor }: PageQuery & { query: string },
): Promise<{ items: FoundPerson[]; next: string | null }> {
  const after = cursor === undefined ? undefined : unpackCursor(cursor, cursorShape)[0];
  const begins = `${literal(query)}%`;
  const found = await context.db.$queryRaw<Person[]>`
    SELECT u.id, u.username, u.display_name AS "displayName", u.kind::text, u.about, u.avatar
    FROM "user" me JOIN "user" u ON u.id <> me.id
    WHERE me.id = ${userId} AND (u.username ILIKE ${begins} OR u.display_name ILIKE ${begins})
      ${after === undefined ? Prisma.empty : Prisma.sql`AND u.username > ${after}`}
      AND NOT EXISTS (SELECT FROM block b WHERE b.user_id = u.id AND b.blocked_id = me.id)
      AND (u.found_by = 'everybody' OR (u.found_by = 'circle' AND u.circle = me.circle)
        OR (u.found_by <> 'nobody' AND EXISTS (SELECT FROM contact c WHERE c.state = 'accepted'
          AND ((c.from_id = u.id AND c.to_id = me.id) OR (c.from_id = me.id AND c.to_id = u.id)))))
    ORDER BY u.username LIMIT ${limit + 1}`;
  const { rows, next } = pageOfRows(found, limit, (one) => [one.username]);
  // asked in one go, and answered by one statement
  const items = await Promise.all(
    rows.map(async (one) => ({
      ...one,
      mayWrite: await mayWrite(context.reach, userId, { user: one.id }),
      conversation: directConversationId(userId, one.id),
    })),
  );
  return { items, next };
}
