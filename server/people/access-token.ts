// Access tokens (RFC 9068): who may verify one, and what it says of its bearer. Identity comes from here only.
import { createHash } from 'node:crypto';
import { errors, importJWK, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import { ParleyError } from '../errors.ts';
import type { Keys } from '../keys.ts';
import { newId } from '../lib/id.ts';
import type { Origin, Revocations } from '../revocations.ts';

/** RFC 9068 §2.2: the resource server these tokens are for. */
export const AUDIENCE = 'parley';
export const SCOPE = 'chat';

export const issuerOf = (config: Pick<Config, 'PUBLIC_URL'>) => `${config.PUBLIC_URL}/auth`;

/** RFC 7519 §4.3, a private claim: the login a token came from, which may end before the token expires. */
export const GRANT_CLAIM = 'grant_id';

/** Whose request this is. */
export interface Identity extends Origin {
  readonly clientId: string;
  readonly scope: string;
  readonly tokenId: string;
  /** milliseconds since the epoch */
  readonly expiresAt: number;
}

type Rooms = Pick<Context, 'config' | 'keys'> & { revocations: Pick<Revocations, 'refuses'> };

const VERIFIED_KEPT = 20_000;

/**
 * What was verified, by the token's digest (no token is kept): who is signed in comes with the same one again and
 * again, and thousands come at once when a network is back. What may change meanwhile, time and the login's end, is
 * checked each time. By the keys they were verified with.
 */
const verified = new WeakMap<Keys, LRUCache<string, Identity>>();

function verifiedWith(keys: Keys): LRUCache<string, Identity> {
  let all = verified.get(keys);
  if (!all) verified.set(keys, (all = new LRUCache({ max: VERIFIED_KEPT })));
  return all;
}

/** Checks signature, issuer, audience, type, time, scope and that its login goes on. Errors: `token-invalid`, `token-expired`. */
export async function verifyAccessToken(rooms: Rooms, token: string): Promise<Identity> {
  const known = verifiedWith(rooms.keys);
  const digest = createHash('sha256').update(token).digest('base64');
  let identity = known.get(digest);
  if (!identity || identity.expiresAt <= Date.now()) {
    known.delete(digest);
    identity = await readToken(rooms, token);
    known.set(digest, identity);
  }
  checkGoesOn(rooms, identity);
  return identity;
}

async function readToken({ config, keys }: Pick<Context, 'config' | 'keys'>, token: string): Promise<Identity> {
  try {
    const { payload } = await jwtVerify(token, keys.verifyKey, {
      issuer: issuerOf(config),
      audience: AUDIENCE,
      typ: 'at+jwt',
      algorithms: ['RS256'],
      requiredClaims: ['sub', 'exp', 'jti', 'client_id'],
    });
    const scope = typeof payload.scope === 'string' ? payload.scope : '';
    if (!scope.split(' ').includes(SCOPE)) throw new ParleyError('token-invalid', 'The token lacks the scope "chat".');
    const grantId = payload[GRANT_CLAIM];
    return {
      userId: payload.sub as string,
      grantId: typeof grantId === 'string' ? grantId : undefined,
      issuedAt: (payload.iat ?? 0) * 1000,
      clientId: payload.client_id as string,
      scope,
      tokenId: payload.jti as string,
      expiresAt: (payload.exp as number) * 1000,
    };
  } catch (error) {
    if (error instanceof ParleyError) throw error;
    if (error instanceof errors.JWTExpired) throw new ParleyError('token-expired');
    throw new ParleyError('token-invalid');
  }
}

/** Throws `token-invalid` where the login that a token came from has ended. */
export function checkGoesOn(
  { revocations }: { readonly revocations: Pick<Revocations, 'refuses'> },
  identity: Origin,
): void {
  if (revocations.refuses(identity)) throw new ParleyError('token-invalid', 'The login of this token has ended.');
}

/** Signs a token as the authorization server would: for minted users only (scripts/mint-users.ts). */
export async function signAccessToken(
  { config, keys }: { config: Pick<Config, 'PUBLIC_URL'>; keys: Keys },
  { userId, clientId, ttlSeconds, grantId }: { userId: string; clientId: string; ttlSeconds: number; grantId?: string },
): Promise<string> {
  const jwk = keys.jwks[0] as NonNullable<Keys['jwks'][0]>;
  return new SignJWT({ client_id: clientId, scope: SCOPE, ...(grantId ? { [GRANT_CLAIM]: grantId } : {}) })
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: jwk.kid })
    .setIssuer(issuerOf(config))
    .setAudience(AUDIENCE)
    .setSubject(userId)
    .setJti(newId())
    .setIssuedAt()
    .setExpirationTime(`${ttlSeconds}s`)
    .sign(await importJWK(jwk, 'RS256'));
}
