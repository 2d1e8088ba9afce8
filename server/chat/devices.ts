// The devices of people: registered with their first CONNECT, listed, removed. What a device is sent, and when, is
// the relay's.
import { deviceQueue } from '../broker/topology.ts';
import type { Context } from '../context.ts';
import type { DeviceKind } from '../contract/device.ts';
import { ParleyError } from '../errors.ts';
import { sleep } from '../lib/backoff.ts';
import { Batcher } from '../lib/batcher.ts';
import { endLogin } from '../people/account.ts';
import { patiently } from './announce.ts';

type Rooms = Pick<Context, 'db' | 'broker' | 'log' | 'revocations'>;

const TOLD_MS = 500;

export interface DeviceKey {
  readonly userId: string;
  readonly deviceId: string;
}

/** A device as the relay needs to know it. */
export interface KnownDevice extends DeviceKey {
  /** It has a device queue, or should: one was made, or was about to be. */
  readonly hasQueue: boolean;
  /** Events for it were dropped, and it has not acknowledged yet that it knows. */
  readonly missed: boolean;
  /** When it was last seen to connect. */
  readonly seenAt: number;
}

export interface DeviceSeen extends DeviceKey {
  readonly name: string;
  readonly kind?: DeviceKind | undefined;
  /** the login it comes with: it ends when the device is removed */
  readonly grantId: string | undefined;
}

interface Registration extends DeviceSeen {
  readonly done: (isNew: boolean | undefined) => void;
  readonly failed: (error: unknown) => void;
}

/* Rows for whoever exists: a user who was removed or locked meanwhile gets none, nor does one device too many. xmax is 0 where the row was inserted. */
const REGISTER = `
WITH seen AS (
  SELECT DISTINCT ON (i.user_id, i.id) i.*, d.id IS NOT NULL AS known
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $6::text[]) AS i(user_id, id, name, grant_id, kind)
  JOIN "user" u ON u.id = i.user_id AND u.disabled_at IS NULL
  LEFT JOIN device d ON d.user_id = i.user_id AND d.id = i.id
  ORDER BY 1, 2
), counted AS (
  SELECT seen.*, row_number() OVER (PARTITION BY user_id, known) AS nth FROM seen
)
INSERT INTO device (user_id, id, name, grant_id, kind)
SELECT user_id, id, name, grant_id, kind FROM counted
WHERE known OR nth + (SELECT count(*) FROM device d WHERE d.user_id = counted.user_id) <= $5::int
ORDER BY 1, 2
ON CONFLICT (user_id, id) DO UPDATE SET
  last_seen_at = now(), name = coalesce(nullif(excluded.name, ''), device.name),
  kind = coalesce(nullif(excluded.kind, ''), device.kind), grant_id = excluded.grant_id
RETURNING user_id, id, xmax = 0 AS made`;

/** Registers devices as they connect, many in one statement. */
export class DeviceRegister {
  readonly #db: Context['db'];
  readonly #batcher: Batcher<Registration>;

  constructor({ db, config }: Pick<Context, 'db' | 'config'>) {
    this.#db = db;
    this.#batcher = new Batcher<Registration>({
      outstanding: 2,
      maxEntries: 500,
      maxBytes: Number.POSITIVE_INFINITY,
      flush: async (batch) => {
        try {
          const rows = await db.$queryRawUnsafe<{ user_id: string; id: string; made: boolean }[]>(
            REGISTER,
            batch.map(({ userId }) => userId),
            batch.map(({ deviceId }) => deviceId),
            batch.map(({ name }) => name),
            batch.map(({ grantId }) => grantId ?? null),
            config.LIMIT_DEVICES_PER_USER,
            batch.map(({ kind }) => kind ?? ''),
          );
          const made = new Map(rows.map((row) => [`${row.user_id} ${row.id}`, row.made]));
          for (const { userId, deviceId, done } of batch) done(made.get(`${userId} ${deviceId}`));
        } catch (error) {
          for (const { failed } of batch) failed(error);
        }
      },
    });
  }

  /** True if the device is new. Errors: `too-many-devices`; `token-invalid` where there is no such user any more. */
  async register(seen: DeviceSeen): Promise<boolean> {
    const isNew = await new Promise<boolean | undefined>((done, failed) =>
      this.#batcher.add({ ...seen, done, failed }),
    );
    if (isNew !== undefined) return isNew;
    const user = await this.#db.user.findUnique({ where: { id: seen.userId, disabledAt: null }, select: { id: true } });
    if (user) throw new ParleyError('too-many-devices');
    throw new ParleyError('token-invalid', 'There is no such user any more.');
  }
}

/** All devices of these users. */
export async function devicesOf({ db }: Pick<Context, 'db'>, users: readonly string[]): Promise<KnownDevice[]> {
  const rows = await db.$queryRawUnsafe<(Omit<KnownDevice, 'seenAt'> & { seenAt: Date })[]>(
    `SELECT user_id AS "userId", id AS "deviceId", has_queue AS "hasQueue", missed_at IS NOT NULL AS missed,
       last_seen_at AS "seenAt" FROM device WHERE user_id = ANY($1::text[])`,
    users,
  );
  return rows.map((row) => ({ ...row, seenAt: row.seenAt.getTime() }));
}

const notes = {
  /** before their queues are made: these devices have one */
  queue: 'has_queue = true',
  /** before their queues go: these devices must read history */
  missed: 'missed_at = now(), has_queue = false',
  /** these devices know that they must, and did */
  told: 'missed_at = NULL',
};

export async function noteOf(
  { db }: Pick<Context, 'db'>,
  devices: readonly DeviceKey[],
  note: keyof typeof notes,
): Promise<void> {
  if (devices.length === 0) return;
  await db.$executeRawUnsafe(
    `UPDATE device d SET ${notes[note]} FROM unnest($1::text[], $2::text[]) AS i(user_id, id)
     WHERE d.user_id = i.user_id AND d.id = i.id`,
    devices.map(({ userId }) => userId),
    devices.map(({ deviceId }) => deviceId),
  );
}

/** When these devices were last there; of each the latest counts. */
export async function noteLeft(
  { db }: Pick<Context, 'db'>,
  left: readonly (DeviceKey & { readonly at: number })[],
): Promise<void> {
  await db.$executeRawUnsafe(
    `UPDATE device d SET last_seen_at = i.at
     FROM (SELECT user_id, id, max(at) AS at FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS i(user_id, id, at)
       GROUP BY 1, 2 ORDER BY 1, 2) i
     WHERE d.user_id = i.user_id AND d.id = i.id AND d.last_seen_at < i.at`,
    left.map(({ userId }) => userId),
    left.map(({ deviceId }) => deviceId),
    left.map(({ at }) => new Date(at)),
  );
}

/** The devices of a user, the one seen last first. */
export function listDevices({ db }: Pick<Context, 'db'>, userId: string) {
  return db.device.findMany({ where: { userId }, orderBy: [{ lastSeenAt: 'desc' }, { id: 'asc' }] });
}

/** Ends its session and its login, deletes its queue, tells the user's other devices. Errors: `not-found`. */
export async function removeDevice(context: Rooms, userId: string, deviceId: string): Promise<void> {
  const { db, broker } = context;
  const key = { userId, id: deviceId };
  const device = await db.device.findUnique({ where: { userId_id: key }, select: { grantId: true } });
  const { count } = await db.device.deleteMany({ where: key });
  if (count === 0) throw new ParleyError('not-found', 'You have no such device.');
  const told = broker.changes.publish({ type: 'device-removed', user: userId, device: deviceId });
  // so that its session hears why it ends; but without the broker it ends all the same
  await Promise.race([told, sleep(TOLD_MS)]);
  // with its tokens the device would only come back
  if (device?.grantId) await endLogin(context, device.grantId);
  await patiently(context, `device ${deviceId} of ${userId} was removed`, async () => {
    await told;
    // else it expires by itself
    await broker.deviceQueues.delete(deviceQueue(userId, deviceId)).catch(() => {});
    await broker.publishEvents([{ to: [userId], event: { type: 'device', device: deviceId, change: 'removed' } }]);
  });
}
