// The furniture of the login test: the authorization server alone, on a port of its own, and a browser's part
// in a login (cookies, redirects, forms) by hand.
import fs from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import express from 'express';
import * as oidc from 'openid-client';
import { startAuth } from '../auth/auth.ts';
import { WEB_CLIENT } from '../auth/client.ts';
import type { AuthContext } from '../auth/provider.ts';
import { type Config, readConfig } from '../config.ts';
import { openDb } from '../db.ts';
import { openKeys } from '../keys.ts';
import { Releasers } from '../lib/releasers.ts';
import { openLog } from '../log.ts';
import { Revocations } from '../revocations.ts';

export interface LoginHouse {
  readonly context: AuthContext;
  readonly url: string;
  /** as if the clock had gone on; records' own times are real, so only for what asks the clock */
  later(ms: number): void;
  close(): Promise<void>;
}

/** Opens a house over the database of DATABASE_URL. `dataDir` shared with another: the same keys. */
export async function openLoginHouse(settings: Partial<Record<keyof Config, string>> = {}): Promise<LoginHouse> {
  const releasers = new Releasers();
  const port = await freePort();
  const dataDir = settings.DATA_DIR ?? (await temporary(releasers));
  const base = { LOG_LEVEL: 'silent', LIMIT_LOGINS: '1000/s,1000', PORT: String(port), DATA_DIR: dataDir };
  const config = readConfig({ ...process.env, PUBLIC_URL: '', ALLOWED_ORIGINS: '', ...base, ...settings });
  let ahead = 0;
  const db = openDb(config);
  releasers.push('database', () => db.$disconnect());
  const log = openLog(config.LOG_LEVEL, false);
  const clock = { now: () => Date.now() + ahead };
  // nobody else to tell
  const broker = { changes: { publish: async () => {}, listen: () => () => {} } };
  const revocations = await Revocations.open({ config, log, clock, db, broker });
  releasers.push('revocations', () => revocations.close());
  const context: AuthContext = { config, db, log, clock, revocations, keys: await openKeys(config) };
  const auth = await startAuth(context);
  releasers.push('auth', () => auth.stop());
  const app = express();
  for (const door of auth.doors) if (door.handler) app.use(door.path, door.handler);
  const server = http.createServer(app);
  await new Promise<void>((resolve) => server.listen(config.PORT, '127.0.0.1', resolve));
  releasers.push('server', () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return {
    context,
    url: `http://localhost:${config.PORT}`,
    later: (ms) => {
      ahead += ms;
    },
    close: () => releasers.release(),
  };
}

async function temporary(releasers: Releasers): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'parley-login-'));
  releasers.push('data folder', () => fs.rm(folder, { recursive: true }));
  return folder;
}

/** The redirect URIs hold the port, so it has to be known before the server listens. */
async function freePort(): Promise<number> {
  const server = http.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Headers;
  /** where it redirects to */
  readonly location: string | undefined;
  readonly url: string;
}

/** One browser: its cookies, by path as browsers keep them. */
export class Browser {
  readonly #jar = new Map<string, { value: string; path: string }>();

  cookies(): string[] {
    return [...this.#jar.keys()];
  }

  async go(url: string, init: RequestInit & { form?: Record<string, string> } = {}): Promise<Answer> {
    const { form, ...rest } = init;
    const { pathname, origin } = new URL(url);
    const cookie = [...this.#jar]
      .filter(([, { path }]) => pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`))
      .map(([key, { value }]) => `${key.split(' ')[0]}=${value}`)
      .join('; ');
    const headers = new Headers(rest.headers);
    if (cookie) headers.set('cookie', cookie);
    if (form && !headers.has('origin')) headers.set('origin', origin);
    const body = form ? { method: 'POST', body: new URLSearchParams(form) } : {};
    const response = await fetch(url, { ...rest, ...body, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const to = response.headers.get('location');
    return {
      status: response.status,
      body: await response.text(),
      headers: response.headers,
      location: to === null ? undefined : new URL(to, url).href,
      url,
    };
  }

  /** Follows redirects on the same origin until there is a page, or a redirect to `stop`. */
  async follow(url: string, stop: string): Promise<Answer> {
    let answer = await this.go(url);
    for (let i = 0; i < 10 && answer.location !== undefined && !answer.location.startsWith(stop); i++) {
      answer = await this.go(answer.location);
    }
    return answer;
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ');
    const at = pair.indexOf('=');
    const named = new Map(attributes.map((part) => [part.split('=')[0]?.toLowerCase(), part.split('=')[1] ?? '']));
    const path = named.get('path') ?? '/';
    const key = `${pair.slice(0, at)} ${path}`;
    const expires = named.get('expires');
    if (expires !== undefined && Date.parse(expires) <= Date.now()) this.#jar.delete(key);
    else this.#jar.set(key, { value: pair.slice(at + 1), path });
  }
}

/** The web client's part of a login. */
export class WebClient {
  readonly house: Pick<LoginHouse, 'url'>;
  readonly browser: Browser;
  readonly #configuration: oidc.Configuration;
  #verifier = '';

  private constructor(house: Pick<LoginHouse, 'url'>, browser: Browser, configuration: oidc.Configuration) {
    this.house = house;
    this.browser = browser;
    this.#configuration = configuration;
  }

  static async open(house: Pick<LoginHouse, 'url'>, browser = new Browser()): Promise<WebClient> {
    const configuration = await oidc.discovery(new URL(`${house.url}/auth`), WEB_CLIENT, undefined, oidc.None(), {
      execute: [oidc.allowInsecureRequests],
    });
    return new WebClient(house, browser, configuration);
  }

  get callback(): string {
    return `${this.house.url}/callback`;
  }

  get metadata(): oidc.ServerMetadata {
    return this.#configuration.serverMetadata();
  }

  /** Asks to sign in: the page that is shown, or the redirect to the callback. */
  async begin(extra: Record<string, string> = {}): Promise<Answer> {
    this.#verifier = oidc.randomPKCECodeVerifier();
    const url = oidc.buildAuthorizationUrl(this.#configuration, {
      redirect_uri: this.callback,
      scope: 'openid profile chat',
      code_challenge: await oidc.calculatePKCECodeChallenge(this.#verifier),
      code_challenge_method: 'S256',
      state: 'a-state',
      ...extra,
    });
    return this.browser.follow(url.href, this.callback);
  }

  /** Sends the form of a page. */
  submit(page: Answer, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
    return this.browser.go(new URL(actionOf(page), page.url).href, { form, headers });
  }

  /** From the answer to a form, or of `begin`, to the tokens. */
  async finish(answer: Answer): Promise<oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers> {
    const there = answer.location?.startsWith(this.callback)
      ? answer
      : await this.browser.follow(answer.location ?? answer.url, this.callback);
    if (there.location === undefined) throw new Error(`no redirect: ${there.status} ${there.body.slice(0, 2000)}`);
    return oidc.authorizationCodeGrant(this.#configuration, new URL(there.location), {
      pkceCodeVerifier: this.#verifier,
      expectedState: 'a-state',
    });
  }

  async signIn(username: string, password: string) {
    return this.finish(await this.submit(await this.begin(), { username, password }));
  }

  refresh(token: string) {
    return oidc.refreshTokenGrant(this.#configuration, token);
  }

  revoke(token: string) {
    return oidc.tokenRevocation(this.#configuration, token);
  }

  async signOut(idToken: string): Promise<Answer> {
    const url = oidc.buildEndSessionUrl(this.#configuration, {
      id_token_hint: idToken,
      post_logout_redirect_uri: `${this.house.url}/`,
    });
    const page = await this.browser.go(url.href);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    return this.submit(page, { xsrf, logout: 'yes' });
  }
}

export function actionOf({ body, status }: Answer): string {
  const action = /<form[^>]* action="([^"]+)"/.exec(body)?.[1];
  if (action === undefined) throw new Error(`no form on the page: ${status} ${body.slice(0, 2000)}`);
  return action;
}
