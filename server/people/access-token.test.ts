import { expect } from 'chai';
import { createLocalJWKSet, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import type { Keys } from '../keys.ts';
import { signAccessToken, verifyAccessToken } from './access-token.ts';

type Context = Parameters<typeof verifyAccessToken>[0];

async function keysOf(kid: string): Promise<Keys> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const named = { kid, alg: 'RS256', use: 'sig' };
  const verifyKey = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), ...named }] });
  return { jwks: [{ ...(await exportJWK(privateKey)), ...named }], verifyKey, cookieKeys: [] };
}

describe('access tokens', () => {
  let context: Context;
  const user = { userId: 'u1', clientId: 'parley-web', ttlSeconds: 60 };

  before(async () => {
    const config = { PUBLIC_URL: 'http://localhost:9999' };
    const revocations = { refuses: ({ grantId }: { grantId: string | undefined }) => grantId === 'ended' };
    context = { config, keys: await keysOf('k1'), revocations } as unknown as Context;
  });

  const outcome = async (token: string) => {
    try {
      return (await verifyAccessToken(context, token)).userId;
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };

  const signed = async (change: Record<string, unknown>, typ = 'at+jwt', key?: JWK) => {
    const now = Math.floor(Date.now() / 1000);
    const good = {
      iss: 'http://localhost:9999/auth',
      aud: 'parley',
      sub: 'u1',
      client_id: 'c',
      jti: 'j',
      scope: 'chat',
    };
    const [own] = context.keys.jwks;
    return new SignJWT({ ...good, iat: now, exp: now + 60, ...change })
      .setProtectedHeader({ alg: 'RS256', typ, kid: 'k1' })
      .sign(await importJWK(key ?? own ?? {}, 'RS256'));
  };

  it('say who, through which client and until when', async () => {
    const identity = await verifyAccessToken(context, await signAccessToken(context, user));
    expect(identity).to.include({ userId: 'u1', clientId: 'parley-web', scope: 'chat' });
    expect(identity.expiresAt).to.be.within(Date.now() + 50_000, Date.now() + 61_000);
  });

  for (const [what, change, code] of [
    ['nothing wrong', {}, 'u1'],
    ['another issuer', { iss: 'http://evil.example/auth' }, 'token-invalid'],
    ['another audience', { aud: 'elsewhere' }, 'token-invalid'],
    ['no user', { sub: undefined }, 'token-invalid'],
    ['no end', { exp: undefined }, 'token-invalid'],
    ['no client', { client_id: undefined }, 'token-invalid'],
    ['no scope', { scope: undefined }, 'token-invalid'],
    ['a scope that only begins alike', { scope: 'openid chatter' }, 'token-invalid'],
    ['an end in the past', { exp: 1 }, 'token-expired'],
    ['a login that goes on', { grant_id: 'goes on' }, 'u1'],
    ['a login that has ended', { grant_id: 'ended' }, 'token-invalid'],
  ] as const) {
    it(`with ${what}: ${code}`, async () => expect(await outcome(await signed(change))).to.equal(code));
  }

  it('are told apart from ID tokens', async () => {
    expect(await outcome(await signed({}, 'JWT'))).to.equal('token-invalid');
  });

  it('of a key that is not ours, unsigned or no token at all: token-invalid', async () => {
    const stranger = (await keysOf('k1')).jwks[0];
    expect(await outcome(await signed({}, 'at+jwt', stranger))).to.equal('token-invalid');
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
    const [, payload] = (await signed({})).split('.');
    expect(await outcome(`${none}.${payload}.`)).to.equal('token-invalid');
    expect(await outcome('x')).to.equal('token-invalid');
  });
});
