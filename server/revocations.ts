// Logins that ended before their access tokens expire by themselves: whose tokens are refused meanwhile. The database
// is the truth, so that a restart forgets nothing; every process keeps a copy, told by a change on the broker at once
// and, should the broker be away, by reading what is new every REVOCATIONS_MS. An entry goes with the last token that
// it could refuse, so there are never more than logins end in that time. Why a login ended is others' matter.
import type { Changes, Revocation } from './broker/changes.ts';
import type { Config } from './config.ts';
import type { Db } from './db.ts';
import type { Clock } from './lib/clock.ts';
import type { Log } from './log.ts';

type Ended = Pick<Revocation, 'kind' | 'id'>;

/** What an access token says of where it came from. */
export interface Origin {
  readonly userId: string;
  /** none: minted */
  readonly grantId: string | undefined;
  /** Milliseconds, but in whole seconds, as tokens say it. */
  readonly issuedAt: number;
}

interface Rooms {
  readonly config: Pick<Config, 'ACCESS_TOKEN_SECONDS' | 'REVOCATIONS_MS'>;
  readonly log: Log;
  readonly clock: Clock;
  readonly db: Db;
  readonly broker: { readonly changes: Pick<Changes, 'publish' | 'listen'> };
}

const LEEWAY_MS = 60_000;
// no token lives longer (ACCESS_TOKEN_SECONDS' maximum), whatever the setting was when it was issued
const DAY_MS = 86_400_000;
// a transaction that noted a revocation a while ago may become visible only now
const OVERLAP_MS = 10_000;

const keyOf = ({ kind, id }: Ended) => `${kind} ${id}`;

export class Revocations {
  readonly #rooms: Rooms;
  readonly #byKey = new Map<string, Revocation>();
  readonly #listeners = new Set<() => void>();
  readonly #stopListening: () => void;
  #readAt = 0;
  #reading: Promise<void> | undefined;
  #polling: NodeJS.Timeout | undefined;

  private constructor(rooms: Rooms) {
    this.#rooms = rooms;
    this.#stopListening = rooms.broker.changes.listen((change) => {
      if (change.type === 'revoked') this.#take(change.revocations);
    });
  }

  static async open(rooms: Rooms): Promise<Revocations> {
    const revocations = new Revocations(rooms);
    await revocations.#read();
    revocations.#polling = setInterval(() => revocations.#poll(), rooms.config.REVOCATIONS_MS).unref();
    return revocations;
  }

  async close(): Promise<void> {
    clearInterval(this.#polling);
    this.#stopListening();
    await this.#reading;
  }

  refuses({ userId, grantId, issuedAt }: Origin): boolean {
    if (grantId !== undefined && this.#byKey.has(keyOf({ kind: 'grant', id: grantId }))) return true;
    const user = this.#byKey.get(keyOf({ kind: 'user', id: userId }));
    return user !== undefined && issuedAt <= user.issuedBefore;
  }

  /** Ends these logins, everywhere. Resolves once it is noted for good. */
  async revoke(...ended: readonly Ended[]): Promise<void> {
    const { config, clock, db, broker } = this.#rooms;
    const now = clock.now();
    const lifeMs = { grant: config.ACCESS_TOKEN_SECONDS * 1000 + LEEWAY_MS, user: DAY_MS + LEEWAY_MS };
    const revocations = ended.map((one) => ({ ...one, issuedBefore: now, expiresAt: now + lifeMs[one.kind] }));
    await db.$executeRaw`
      INSERT INTO revocation (kind, id, issued_before, expires_at)
      SELECT kind::"RevocationKind", id, ${new Date(now)}, expires_at FROM unnest(
        ${revocations.map(({ kind }) => kind)}::text[],
        ${revocations.map(({ id }) => id)}::text[],
        ${revocations.map(({ expiresAt }) => new Date(expiresAt))}::timestamptz[]
      ) AS i(kind, id, expires_at)
      ON CONFLICT (kind, id) DO UPDATE
        SET issued_before = excluded.issued_before, noted_at = now(), expires_at = excluded.expires_at`;
    this.#take(revocations);
    // not awaited: without the broker the others read it
    void broker.changes.publish({ type: 'revoked', revocations });
  }

  /** Called when there are new ones; returns what ends the listening. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #take(revocations: readonly Revocation[]): void {
    const fresh = revocations.filter(
      (one) => (this.#byKey.get(keyOf(one))?.issuedBefore ?? Number.NEGATIVE_INFINITY) < one.issuedBefore,
    );
    for (const one of fresh) this.#byKey.set(keyOf(one), one);
    if (fresh.length > 0) for (const listener of this.#listeners) listener();
  }

  #poll(): void {
    this.#reading ??= this.#read()
      .catch((error: Error) =>
        this.#rooms.log.warn({ error: error.message }, 'ended logins could not be read, trying again'),
      )
      .finally(() => {
        this.#reading = undefined;
      });
    const now = this.#rooms.clock.now();
    for (const [key, { expiresAt }] of this.#byKey) if (expiresAt < now) this.#byKey.delete(key);
  }

  /** What was noted since the last time; the first time, everything. */
  async #read(): Promise<void> {
    const { db, clock } = this.#rooms;
    const at = clock.now();
    const seconds = this.#readAt === 0 ? null : (at - this.#readAt + OVERLAP_MS) / 1000;
    const rows = await db.$queryRaw<(Ended & { issuedBefore: Date; expiresAt: Date })[]>`
      SELECT kind::text, id, issued_before AS "issuedBefore", expires_at AS "expiresAt" FROM revocation
      WHERE (${seconds}::float8 IS NULL OR noted_at > now() - make_interval(secs => ${seconds}::float8))
        AND expires_at > ${new Date(at)}`;
    this.#readAt = at;
    this.#take(
      rows.map(({ kind, id, issuedBefore, expiresAt }) => ({
        kind,
        id,
        issuedBefore: issuedBefore.getTime(),
        expiresAt: expiresAt.getTime(),
      })),
    );
  }
}
