// What a user may do: what her roles grant, and the role `user`, which everybody has without a row. Kept for a
// short while, so that a role given or taken counts within that time (sooner where `forget` is called).
import { LRUCache } from 'lru-cache';
import type { Context } from '../context.ts';
import { ParleyError } from '../errors.ts';

const KEEP_MS = 10_000;
const KEEP_USERS = 20_000;
const EVERYBODY = 'user';

type Rooms = Pick<Context, 'db'>;
export type Permissions = ReadonlySet<string>;

const caches = new WeakMap<Rooms['db'], LRUCache<string, Permissions>>();

function cacheOf(db: Rooms['db']): LRUCache<string, Permissions> {
  let cache = caches.get(db);
  if (!cache) {
    // one question at a time for a user: those who ask meanwhile get the same answer
    const fetchMethod = (userId: string) => readPermissions(db, userId);
    cache = new LRUCache<string, Permissions>({ max: KEEP_USERS, ttl: KEEP_MS, fetchMethod });
    caches.set(db, cache);
  }
  return cache;
}

async function readPermissions(db: Rooms['db'], userId: string): Promise<Permissions> {
  const roles = await db.role.findMany({
    where: { OR: [{ name: EVERYBODY }, { users: { some: { userId } } }] },
    select: { permissions: true },
  });
  return new Set(roles.flatMap((role) => role.permissions));
}

export async function permissionsOf({ db }: Rooms, userId: string): Promise<Permissions> {
  return (await cacheOf(db).fetch(userId)) ?? new Set();
}

export function forgetPermissions({ db }: Rooms, userId: string): void {
  caches.get(db)?.delete(userId);
}

/** Error: `not-allowed`. */
export async function mustHold(rooms: Rooms, userId: string, name: string): Promise<void> {
  if (!permit(await permissionsOf(rooms, userId), name)) throw new ParleyError('not-allowed');
}

/** Whether they hold a permission by its whole name, such as `bots:write`. */
export const permit = (held: Permissions, name: string): boolean => held.has('*') || held.has(name);
