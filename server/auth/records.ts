// oidc-provider's store in PostgreSQL. What opens a door when shown (codes, refresh tokens, session ids) is kept
// only as a hash: who reads the database learns none of them.
import { createHash } from 'node:crypto';
import { type Adapter, type AdapterFactory, type AdapterPayload, errors } from 'oidc-provider';
import type { Context } from '../context.ts';
import type { Prisma } from '../db.ts';
import { endLogin } from '../people/account.ts';

type Rooms = Pick<Context, 'db' | 'clock' | 'revocations'>;
type Row = Prisma.OidcRecordGetPayload<Record<string, never>>;

const hashed = (id: string) => createHash('sha256').update(id).digest('base64url');

/** The payload as it is stored: without the id, and without the session's id that an interaction carries along. */
function stored(payload: AdapterPayload): Prisma.InputJsonObject {
  const { session } = payload;
  const known = { ...payload, jti: undefined, ...(session ? { session: { ...session, cookie: undefined } } : {}) };
  const plain: Prisma.InputJsonObject = JSON.parse(JSON.stringify(known));
  return plain;
}

function payloadOf({ payload, consumedAt }: Row, id: string): AdapterPayload {
  const consumed = consumedAt ? { consumed: Math.floor(consumedAt.getTime() / 1000) } : {};
  return { ...(payload as AdapterPayload), ...consumed, jti: id };
}

class Records implements Adapter {
  readonly #rooms: Rooms;
  readonly #model: string;

  constructor(rooms: Rooms, model: string) {
    this.#rooms = rooms;
    this.#model = model;
  }

  #key(id: string) {
    return { model: this.#model, id: hashed(id) };
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const { db, clock } = this.#rooms;
    const key = this.#key(id);
    const data = {
      payload: stored(payload),
      grantId: payload.grantId ?? null,
      userCode: payload.userCode ?? null,
      uid: payload.uid ?? null,
      expiresAt: expiresIn ? new Date(clock.now() + expiresIn * 1000) : null,
    };
    await db.oidcRecord.upsert({ where: { model_id: key }, create: { ...key, ...data }, update: data });
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const row = await this.#rooms.db.oidcRecord.findUnique({ where: { model_id: this.#key(id) } });
    return row ? payloadOf(row, id) : undefined;
  }

  /** Found by another name than its own, a record does not know its id; those who ask so do not save it. */
  async #findBy(where: { uid: string } | { userCode: string }): Promise<AdapterPayload | undefined> {
    const row = await this.#rooms.db.oidcRecord.findFirst({ where: { model: this.#model, ...where } });
    return row ? payloadOf(row, row.id) : undefined;
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#findBy({ uid });
  }

  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#findBy({ userCode });
  }

  /**
   * Once, also when two ask at the same time (oidc-provider looks first and consumes later): the second one
   * ends the whole family, as RFC 9700 §4.14.2 wants of a refresh token used twice.
   */
  async consume(id: string): Promise<void> {
    const { db, clock } = this.#rooms;
    const key = this.#key(id);
    const consumedAt = new Date(clock.now());
    const { count } = await db.oidcRecord.updateMany({ where: { ...key, consumedAt: null }, data: { consumedAt } });
    if (count > 0) return;
    const row = await db.oidcRecord.findUnique({ where: { model_id: key }, select: { grantId: true } });
    if (row?.grantId) await endGrant(this.#rooms, row.grantId);
    throw new errors.InvalidGrant('used twice at the same time');
  }

  async destroy(id: string): Promise<void> {
    if (this.#model === 'Grant') await this.#rooms.revocations.revoke({ kind: 'grant', id });
    await this.#rooms.db.oidcRecord.deleteMany({ where: this.#key(id) });
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.#rooms.db.oidcRecord.deleteMany({ where: { model: this.#model, grantId } });
  }
}

export function records(rooms: Rooms): AdapterFactory {
  return (model) => new Records(rooms, model);
}

/** The grant and everything issued under it. */
async function endGrant(rooms: Rooms, grantId: string): Promise<void> {
  await endLogin(rooms, grantId);
  await rooms.db.oidcRecord.deleteMany({ where: { model: 'Grant', id: hashed(grantId) } });
}

/** A login that is used lives on: its session and its grant last as long as the refresh token just issued. */
export async function prolong(
  { db, clock }: Pick<Rooms, 'db' | 'clock'>,
  { grantId, sessionUid, seconds }: { grantId: string; sessionUid: string; seconds: number },
): Promise<void> {
  const expiresAt = new Date(clock.now() + seconds * 1000);
  const exp = Math.floor(expiresAt.getTime() / 1000);
  await db.$executeRaw`
    UPDATE oidc_record
    SET expires_at = ${expiresAt}, payload = jsonb_set(payload, '{exp}', to_jsonb(${exp}::bigint))
    WHERE (model = 'Session' AND uid = ${sessionUid}) OR (model = 'Grant' AND id = ${hashed(grantId)})`;
}
