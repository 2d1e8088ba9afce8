import { expect } from 'chai';
import { createLocalJWKSet, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import type { Keys } from '../keys.ts';
import { until } from '../lib/backoff.ts';
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

  describe('that come again', () => {
    it('are verified once, and by other keys again', async () => {
      let calls = 0;
      const counting = (keys: Keys): Keys => ({
        ...keys,
        verifyKey: (...args) => {
          calls += 1;
          return keys.verifyKey(...args);
        },
      });
      const token = await signed({});
      const rooms = { ...context, keys: counting(context.keys) };
      const [first, second] = [await verifyAccessToken(rooms, token), await verifyAccessToken(rooms, token)];
      expect(calls).to.equal(1);
      expect(second).to.deep.equal(first);
      await verifyAccessToken({ ...context, keys: counting(context.keys) }, token);
      expect(calls).to.equal(2);
    });

    it('are refused once their login has ended, and once they have expired', async () => {
      const token = await signed({ exp: Math.floor(Date.now() / 1000) + 2 });
      expect(await outcome(token)).to.equal('u1');
      const ended = { ...context, revocations: { refuses: () => true } } as Context;
      const refused = await verifyAccessToken(ended, token).catch((error: { code?: string }) => error.code);
      expect(refused).to.equal('token-invalid');
      await until('the token to expire', async () => (await outcome(token)) === 'token-expired');
    });

    it('with another signature are not taken for them', async () => {
      const token = await signed({});
      expect(await outcome(token)).to.equal('u1');
      const [head, payload] = token.split('.');
      expect(await outcome(`${head}.${payload}.${'A'.repeat(342)}`)).to.equal('token-invalid');
    });
  });
});
