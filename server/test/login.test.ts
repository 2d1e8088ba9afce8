// The life of a login, through HTTP, as a browser and the web client live it.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { sweep } from '../auth/sweep.ts';
import { openKeys, rotateKeys } from '../keys.ts';
import { newId } from '../lib/id.ts';
import { identityOf } from '../people/require-token.ts';
import { verifyAccessToken } from '../people/access-token.ts';
import { createUser, type User } from '../people/users.ts';
import { Browser, type LoginHouse, openLoginHouse, WebClient } from './login-house.ts';

const PASSWORD = 'correct horse battery';

const errorOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return (error as { error?: string; code?: string }).error ?? (error as { code?: string }).code ?? String(error);
  }
};

describe('a login', function () {
  this.timeout(60_000);
  let house: LoginHouse;
  let user: User;

  const newUser = (h = house) =>
    createUser(h.context, { username: `u${newId()}`.slice(0, 32), displayName: 'Ada <b>', password: PASSWORD });

  before(async () => {
    house = await openLoginHouse({ LOGIN_FAILURES: '3', LOGIN_LOCK_SECONDS: '60' });
    user = await newUser();
  });
  after(() => house.close());

  describe('discovery', () => {
    it('names the issuer of PUBLIC_URL behind any Host and whatever a proxy is said to have said', async () => {
      const { port } = new URL(house.url);
      const { request } = await import('node:http');
      const body = await new Promise<string>((resolve, reject) => {
        const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
        request({ port, path: '/auth/.well-known/openid-configuration', headers }, (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () => resolve(text));
        })
          .on('error', reject)
          .end();
      });
      expect(body).not.to.contain('evil');
      const found = JSON.parse(body) as Record<string, unknown>;
      expect(found.issuer).to.equal(`${house.url}/auth`);
      expect(found.token_endpoint).to.equal(`${house.url}/auth/token`);
      expect(found.authorization_endpoint).to.equal(`${house.url}/auth/authorize`);
    });

    it('offers code and refresh tokens, and no password, implicit or hybrid grant', async () => {
      const { metadata } = await WebClient.open(house);
      expect(metadata.grant_types_supported).to.have.members(['authorization_code', 'refresh_token']);
      expect(metadata.response_types_supported).to.deep.equal(['code']);
      expect(metadata.code_challenge_methods_supported).to.deep.equal(['S256']);
    });
  });

  describe('signing in', () => {
    it('ends in an access token that the API takes, for the right user', async () => {
      const tokens = await (await WebClient.open(house)).signIn(user.username.toUpperCase(), PASSWORD);
      const identity = await verifyAccessToken(house.context, tokens.access_token);
      expect(identity).to.include({ userId: user.id, clientId: 'parley-web', scope: 'chat' });
      expect(identity.expiresAt - Date.now()).to.be.within(880_000, 900_000);
      expect(decodeProtectedHeader(tokens.access_token)).to.include({ typ: 'at+jwt', alg: 'RS256' });
      expect(decodeJwt(tokens.access_token).aud).to.equal('parley');
      expect(tokens.claims()).to.include({ sub: user.id, name: 'Ada <b>', preferred_username: user.username });
      expect(tokens.refresh_token).to.be.a('string');
      const headers = { authorization: `Bearer ${tokens.access_token}` };
      expect(await identityOf(house.context, { headers })).to.deep.equal(identity);
    });

    it('shows no form to a browser that is signed in, not even with prompt=consent', async () => {
      const client = await WebClient.open(house);
      await client.signIn(user.username, PASSWORD);
      for (const prompt of ['none', 'consent']) {
        const again = await client.begin({ prompt });
        expect(again.location).to.match(/\/callback\?code=/);
        expect((await client.finish(again)).refresh_token).to.be.a('string');
      }
    });

    it('needs PKCE, a known redirect URI and the code flow', async () => {
      const client = await WebClient.open(house);
      const { authorization_endpoint } = client.metadata;
      const ask = (change: Record<string, string>) =>
        client.browser.go(
          `${authorization_endpoint}?${new URLSearchParams({
            client_id: 'parley-web',
            response_type: 'code',
            scope: 'openid',
            redirect_uri: client.callback,
            ...change,
          }).toString()}`,
        );
      expect((await ask({})).location).to.contain('error=invalid_request');
      expect((await ask({ code_challenge: 'x'.repeat(43), code_challenge_method: 'plain' })).location).to.contain(
        'error=',
      );
      const challenge = { code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' };
      const numeric = client.callback.replace('localhost', '127.0.0.1');
      expect((await ask({ ...challenge, redirect_uri: numeric })).location).to.contain('/auth/interaction/');
      const elsewhere = await ask({ ...challenge, redirect_uri: 'http://evil.example/callback' });
      expect(elsewhere.location).to.equal(undefined);
      expect(elsewhere.status).to.equal(400);
      expect((await ask({ response_type: 'token' })).location ?? '').not.to.contain('access_token');
    });

    it('takes a code once, and ends what a code used again had given', async () => {
      const client = await WebClient.open(house);
      const answer = await client.submit(await client.begin(), { username: user.username, password: PASSWORD });
      const callback = await client.browser.follow(answer.location ?? '', client.callback);
      const tokens = await client.finish(callback);
      expect(await errorOf(client.finish(callback))).to.equal('invalid_grant');
      expect(await errorOf(client.refresh(tokens.refresh_token ?? ''))).to.equal('invalid_grant');
    });

    it('refuses the password grant', async () => {
      const answer = await new Browser().go(`${house.url}/auth/token`, {
        form: { grant_type: 'password', client_id: 'parley-web', username: user.username, password: PASSWORD },
      });
      expect(answer.status).to.equal(400);
      expect(JSON.parse(answer.body)).to.include({ error: 'unsupported_grant_type' });
    });

    it('answers an unknown user and a wrong password alike', async () => {
      const answers = [];
      for (const username of [user.username, `x${user.username.slice(1)}`]) {
        const client = await WebClient.open(house);
        const answer = await client.submit(await client.begin(), { username, password: 'not this one' });
        const told = answer.body.replaceAll(username, 'NAME').replaceAll(/interaction\/[\w-]+/g, 'interaction/UID');
        answers.push({ status: answer.status, told });
      }
      expect(answers[0]?.status).to.equal(422);
      expect(answers[0]?.told).to.contain('do not match');
      expect(answers[0]).to.deep.equal(answers[1]);
    });

    it('escapes what was typed, and never sends the password back', async () => {
      const client = await WebClient.open(house);
      const typed = `"><script>alert('x')</script>\0`;
      const { body } = await client.submit(await client.begin(), { username: typed, password: 'secret-secret' });
      expect(body).to.contain('&quot;&gt;&lt;script&gt;').and.not.to.contain('<script');
      expect(body).not.to.contain('secret-secret');
    });

    it('locks after wrong passwords in a row, for the right one too, and unlocks', async () => {
      const locked = await newUser();
      const client = await WebClient.open(house);
      const page = await client.begin();
      const attempt = (password: string) => client.submit(page, { username: locked.username, password });
      const wrong = [await attempt('wrong one'), await attempt('wrong two'), await attempt('wrong three')];
      const right = await attempt(PASSWORD);
      expect(right.status).to.equal(422);
      expect(right.body).to.equal(wrong[2]?.body);
      house.later(59_000);
      expect((await attempt(PASSWORD)).status).to.equal(422);
      house.later(2000);
      expect((await attempt('wrong again')).status).to.equal(422);
      expect((await client.finish(await attempt(PASSWORD))).access_token).to.be.a('string');
    });

    it('lets no more guesses through when they come at once', async () => {
      const guessed = await newUser();
      const client = await WebClient.open(house);
      const page = await client.begin();
      const guesses = Array.from({ length: 8 }, () =>
        client.submit(page, { username: guessed.username, password: 'wrong again' }),
      );
      await Promise.all(guesses);
      const { failedLogins, lockedUntil } = await house.context.db.user.findUniqueOrThrow({
        where: { id: guessed.id },
      });
      expect(failedLogins).to.equal(3);
      expect(lockedUntil).to.be.a('date');
    });

    it('keeps the sessions of a locked user going', async () => {
      const client = await WebClient.open(house);
      const other = await newUser();
      const tokens = await client.signIn(other.username, PASSWORD);
      await house.context.db.user.update({
        where: { id: other.id },
        data: { lockedUntil: new Date(Date.now() + 9e6) },
      });
      expect((await client.refresh(tokens.refresh_token ?? '')).access_token).to.be.a('string');
    });

    it('ends with its user', async () => {
      const client = await WebClient.open(house);
      const gone = await newUser();
      const tokens = await client.signIn(gone.username, PASSWORD);
      await house.context.db.user.delete({ where: { id: gone.id } });
      expect(await errorOf(client.refresh(tokens.refresh_token ?? ''))).to.equal('invalid_grant');
      expect((await client.begin()).body).to.contain('name="password"');
    });
  });

  describe('a form', () => {
    it('of another site is refused', async () => {
      const client = await WebClient.open(house);
      const page = await client.begin();
      const form = { username: user.username, password: PASSWORD };
      for (const headers of [
        { origin: 'http://evil.example' },
        { origin: 'null' },
        { origin: `${house.url}.evil.example` },
      ]) {
        expect((await client.submit(page, form, headers)).status).to.equal(403);
      }
      expect((await client.submit(page, form)).status).to.equal(303);
    });

    it('without the cookie of its page leads nowhere', async () => {
      const client = await WebClient.open(house);
      const page = await client.begin();
      const stranger = await WebClient.open(house);
      const answer = await stranger.submit(page, { username: user.username, password: PASSWORD });
      expect(answer.status).to.equal(400);
      expect(answer.body).to.contain('This page has expired');
    });

    it('comes with headers that keep scripts, frames and caches out', async () => {
      const { headers } = await (await WebClient.open(house)).begin();
      const csp = headers.get('content-security-policy') ?? '';
      expect(csp).to.contain("default-src 'none'").and.to.contain("script-src 'none'");
      expect(csp).to.contain("frame-ancestors 'none'").and.to.contain(`form-action 'self' ${house.url}`);
      expect(headers.get('cache-control')).to.equal('no-store');
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('x-powered-by')).to.equal(null);
    });

    it('sent too often from one address is refused for a while', async () => {
      const strict = await openLoginHouse({ LIMIT_LOGINS: '1/s,2' });
      try {
        const client = await WebClient.open(strict);
        const page = await client.begin();
        const attempt = () => client.submit(page, { username: 'nobody', password: 'whatever it is' });
        expect([(await attempt()).status, (await attempt()).status]).to.deep.equal([422, 422]);
        const refused = await attempt();
        expect(refused.status).to.equal(429);
        expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 2);
      } finally {
        await strict.close();
      }
    });
  });

  describe('signing up', () => {
    const signUpPage = async (client: WebClient) => {
      const { body, url } = await client.begin();
      const link = /href="([^"]+\/sign-up)"/.exec(body)?.[1] ?? '';
      return client.browser.go(new URL(link, url).href);
    };

    it('makes an account and signs in', async () => {
      const client = await WebClient.open(house);
      const username = `new.${newId()}`;
      const answer = await client.submit(await signUpPage(client), {
        username: username.toUpperCase(),
        displayName: ' Grace Hopper ',
        password: PASSWORD,
      });
      const tokens = await client.finish(answer);
      expect(tokens.claims()).to.include({ name: 'Grace Hopper', preferred_username: username });
      expect((await (await WebClient.open(house)).signIn(username, PASSWORD)).access_token).to.be.a('string');
    });

    it('comes first where the client asks for it, and leads to signing in', async () => {
      const client = await WebClient.open(house);
      const page = await client.begin({ screen: 'signup', prompt: 'login' });
      expect(page.body).to.contain('name="displayName"');
      const link = /href="([^"]+\?sign-in)"/.exec(page.body)?.[1] ?? '';
      const login = await client.browser.go(new URL(link, page.url).href);
      expect(login.body).to.contain('name="password"').and.not.to.contain('name="displayName"');
      const answer = await client.submit(login, { username: user.username, password: PASSWORD });
      expect((await client.finish(answer)).claims()?.sub).to.equal(user.id);
    });

    it('says what is wrong beside the fields, and keeps what was typed but the password', async () => {
      const client = await WebClient.open(house);
      const page = await signUpPage(client);
      const taken = { username: user.username, displayName: 'Some <i>One</i>', password: 'another-secret' };
      const answer = await client.submit(page, taken);
      expect(answer.status).to.equal(422);
      expect(answer.body).to.contain('id="username-error">This username is taken.');
      expect(answer.body).to.contain('value="Some &lt;i&gt;One&lt;/i&gt;"').and.to.contain(`value="${user.username}"`);
      expect(answer.body).not.to.contain('another-secret');
      const empty = await client.submit(page, { username: 'a b', displayName: '', password: 'short' });
      for (const field of ['username', 'displayName', 'password']) expect(empty.body).to.contain(`id="${field}-error"`);
    });
  });

  describe('a refresh token', () => {
    it('rotates; used again it ends its family and no other', async () => {
      const client = await WebClient.open(house);
      const first = await client.signIn(user.username, PASSWORD);
      const other = await WebClient.open(house);
      const elsewhere = await other.signIn(user.username, PASSWORD);
      const second = await client.refresh(first.refresh_token ?? '');
      expect(second.refresh_token).to.be.a('string').and.not.to.equal(first.refresh_token);
      expect((await verifyAccessToken(house.context, second.access_token)).userId).to.equal(user.id);
      expect(await errorOf(client.refresh(first.refresh_token ?? ''))).to.equal('invalid_grant');
      expect(await errorOf(client.refresh(second.refresh_token ?? ''))).to.equal('invalid_grant');
      expect((await other.refresh(elsewhere.refresh_token ?? '')).access_token).to.be.a('string');
      // the browser is still signed in: the web client gets new tokens without a form
      expect((await client.finish(await client.begin())).refresh_token).to.be.a('string');
    });

    it('used twice at the same moment gives one answer at most', async () => {
      const client = await WebClient.open(house);
      const { refresh_token: token = '' } = await client.signIn(user.username, PASSWORD);
      const results = await Promise.allSettled([client.refresh(token), client.refresh(token), client.refresh(token)]);
      const given = results.filter((result) => result.status === 'fulfilled');
      expect(given.length).to.be.at.most(1);
      for (const { value } of given)
        expect(await errorOf(client.refresh(value.refresh_token ?? ''))).to.equal('invalid_grant');
    });

    it('can be revoked', async () => {
      const client = await WebClient.open(house);
      const { refresh_token: token = '' } = await client.signIn(user.username, PASSWORD);
      await client.revoke(token);
      expect(await errorOf(client.refresh(token))).to.equal('invalid_grant');
    });

    it('prolongs the login it belongs to', async () => {
      const client = await WebClient.open(house);
      const someone = await newUser();
      const tokens = await client.signIn(someone.username, PASSWORD);
      const ends = async () => {
        const rows = await house.context.db.oidcRecord.findMany({
          where: { model: { in: ['Session', 'Grant'] }, payload: { path: ['accountId'], equals: someone.id } },
        });
        expect(rows.map((row) => row.model)).to.have.members(['Session', 'Grant']);
        return rows.map((row) => ({
          row: row.expiresAt?.getTime() ?? 0,
          exp: (row.payload as { exp: number }).exp * 1000,
        }));
      };
      const before = await ends();
      house.later(86_400_000);
      await client.refresh(tokens.refresh_token ?? '');
      house.later(-86_400_000);
      for (const [i, { row, exp }] of (await ends()).entries()) {
        expect(row - (before[i]?.row ?? 0)).to.be.within(86_000_000, 87_000_000);
        expect(exp - (before[i]?.exp ?? 0)).to.be.within(86_000_000, 87_000_000);
      }
    });

    it('is not in the database, nor is any code or session id', async () => {
      const client = await WebClient.open(house);
      const { refresh_token: token = 'none' } = await client.signIn(user.username, PASSWORD);
      const found = await house.context.db.$queryRaw<unknown[]>`
        SELECT model FROM oidc_record r WHERE id = ${token} OR r::text LIKE ${`%${token}%`} OR payload ? 'jti'`;
      expect(found).to.deep.equal([]);
    });
  });

  describe('signing out', () => {
    it('ends the session and its refresh tokens, and goes back to the client', async () => {
      const client = await WebClient.open(house);
      const tokens = await client.signIn(user.username, PASSWORD);
      const answer = await client.signOut(tokens.id_token ?? '');
      expect(answer.status).to.equal(303);
      expect(answer.location).to.equal(`${house.url}/`);
      expect(await errorOf(client.refresh(tokens.refresh_token ?? ''))).to.equal('invalid_grant');
      expect((await client.begin()).body).to.contain('name="password"');
    });
  });

  describe('the token endpoint', () => {
    for (const [origin, allowed] of [
      ['own', true],
      ['http://evil.example', false],
    ] as const) {
      it(`${allowed ? 'answers' : 'does not answer'} a page of ${origin}`, async () => {
        const from = origin === 'own' ? house.url : origin;
        const answer = await new Browser().go(`${house.url}/auth/token`, {
          headers: { origin: from },
          form: { grant_type: 'refresh_token', client_id: 'parley-web', refresh_token: 'x' },
        });
        expect(answer.headers.get('access-control-allow-origin')).to.equal(allowed ? from : null);
        expect(JSON.parse(answer.body)).to.include({ error: allowed ? 'invalid_grant' : 'invalid_request' });
      });
    }
  });

  it('survives a rotation of the keys: old tokens verify, new ones are signed with the new key', async () => {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'parley-keys-'));
    const one = await openLoginHouse({ DATA_DIR: folder });
    const someone = await newUser(one);
    const client = await WebClient.open(one);
    const before = await client.signIn(someone.username, PASSWORD);
    const { PORT } = one.context.config;
    await one.close();
    const kid = await rotateKeys({ DATA_DIR: folder });
    const two = await openLoginHouse({ DATA_DIR: folder, PORT: String(PORT) });
    try {
      const keys = await openKeys({ DATA_DIR: folder });
      const { userId } = await verifyAccessToken({ ...two.context, keys }, before.access_token);
      expect(userId).to.equal(someone.id);
      const after = await client.refresh(before.refresh_token ?? '');
      expect(decodeProtectedHeader(after.access_token).kid).to.equal(kid);
      expect(decodeProtectedHeader(before.access_token).kid).not.to.equal(kid);
      expect((await client.begin()).location, 'the cookie signed with the old key').to.match(/\/callback\?code=/);
    } finally {
      await two.close();
      await fs.rm(folder, { recursive: true });
    }
  });

  it('leaves nothing expired behind', async () => {
    const { db } = house.context;
    const id = newId();
    const data = ['old', 'new'].map((name) => ({
      model: 'Interaction',
      id: `${id}-${name}`,
      payload: {},
      expiresAt: new Date(Date.now() + (name === 'old' ? -1000 : 60_000)),
    }));
    await db.oidcRecord.createMany({ data });
    expect(await sweep(house.context)).to.be.at.least(1);
    const left = await db.oidcRecord.findMany({ where: { id: { startsWith: id } }, select: { id: true } });
    expect(left).to.deep.equal([{ id: `${id}-new` }]);
  });
});
