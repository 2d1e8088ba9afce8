// How oidc-provider is set up: code with PKCE, rotating refresh tokens, JWT access tokens, and nothing that
// RFC 9700 advises against (no password, implicit or hybrid grant).
import { type Configuration, errors, interactionPolicy, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Context } from '../context.ts';
import { allowedOrigins } from '../http/origins.ts';
import { AUDIENCE, GRANT_CLAIM, issuerOf, SCOPE } from '../people/access-token.ts';
import { findUser } from '../people/users.ts';
import { clients } from './client.ts';
import { layout } from './pages/layout.ts';
import { loggedOut, logOut, trouble } from './pages/messages.ts';
import { prolong, records } from './records.ts';

export type AuthContext = Pick<Context, 'config' | 'keys' | 'db' | 'clock' | 'log' | 'revocations'>;

/** The resource indicator (RFC 8707) of our API. Nobody has to name it: it is the default. */
const API = 'urn:parley:api';

/** The paths below the issuer. */
const routes = {
  authorization: '/authorize',
  end_session: '/log-out',
  jwks: '/jwks',
  revocation: '/token/revocation',
  token: '/token',
};

const DAY = 86_400;
const HOUR = 3600;

export function openProvider(context: AuthContext): Provider {
  const { config, log } = context;
  const issuer = issuerOf(config);
  const loginSeconds = config.REFRESH_TOKEN_DAYS * DAY;
  const provider = new Provider(issuer, {
    adapter: records(context),
    clients: clients(config),
    jwks: { keys: [...context.keys.jwks] },
    routes,
    responseTypes: ['code'],
    // `screen=signup`: for somebody who has no account yet
    extraParams: ['screen'],
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'] },
    ttl: {
      AuthorizationCode: 60,
      AccessToken: config.ACCESS_TOKEN_SECONDS,
      IdToken: HOUR,
      Interaction: HOUR,
      Grant: loginSeconds,
      RefreshToken: loginSeconds,
      Session: loginSeconds,
    },
    cookies: cookies(context),
    interactions: { url: (_ctx, { uid }) => `${new URL(issuer).pathname}/interaction/${uid}`, policy: policy() },
    rotateRefreshToken: true,
    // with every code, asked for with offline_access or not, and always ended by signing out
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => true,
    // so that its end ends the access tokens too (server/revocations.ts)
    extraTokenClaims: (_ctx, token) =>
      'grantId' in token && token.grantId ? { [GRANT_CLAIM]: token.grantId } : undefined,
    findAccount: (_ctx, id) => accountOf(context, id),
    loadExistingGrant: (ctx) => grantEverything(ctx, loginSeconds),
    clientBasedCORS: corsOf(config),
    renderError: (ctx, { error, error_description: detail }) => {
      const text = 'This request to sign in cannot be answered. Go back to Parley and try again.';
      const content = trouble({ text, code: error, detail, home: config.PUBLIC_URL });
      ctx.type = 'html';
      ctx.body = layout({ title: 'That did not work', content, base: new URL(issuer).pathname });
    },
    features: features(context),
  });
  provider.proxy = true;
  provider.use(keepAlive(context, loginSeconds));
  provider.on('server_error', (_ctx, error) => log.error({ err: error }, 'the authorization server failed'));
  provider.on('grant.error', (_ctx, error) =>
    log.warn({ error: error.error, detail: error.error_detail ?? error.message }, 'a token request was refused'),
  );
  return provider;
}

function features({ config, db }: AuthContext): Configuration['features'] {
  const base = new URL(issuerOf(config)).pathname;
  const home = config.PUBLIC_URL;
  return {
    devInteractions: { enabled: false },
    // what we do not check at the resource server must not be promised here
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    // the claims are in the ID token, and access tokens are for our API only
    userinfo: { enabled: false },
    revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
    rpInitiatedLogout: {
      enabled: true,
      async logoutSource(ctx, form) {
        const user = await findUser({ db }, ctx.oidc.session?.accountId ?? '');
        ctx.body = layout({ title: 'Sign out', content: logOut({ form, username: user?.username, home }), base });
      },
      postLogoutSuccessSource(ctx) {
        ctx.type = 'html';
        ctx.body = layout({ title: 'You are signed out', content: loggedOut(home), base });
      },
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => API,
      useGrantedResource: () => true,
      getResourceServerInfo(_ctx, resource) {
        if (resource !== API) throw new errors.InvalidTarget();
        return {
          scope: SCOPE,
          audience: AUDIENCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: config.ACCESS_TOKEN_SECONDS,
          jwt: { sign: { alg: 'RS256' } },
        };
      },
    },
  };
}

function cookies({ config, keys }: AuthContext): Configuration['cookies'] {
  return {
    // names of our own: cookies of one host are shared by all its ports
    names: { session: 'parley_session', interaction: 'parley_interaction', resume: 'parley_resume' },
    keys: [...keys.cookieKeys],
    long: { httpOnly: true, sameSite: 'lax', signed: true, path: new URL(issuerOf(config)).pathname },
    short: { httpOnly: true, sameSite: 'lax', signed: true },
  };
}

function policy() {
  const { base, Check } = interactionPolicy;
  const prompts = base();
  const gone = 'the account of this session does not exist any more';
  // a session outlives its user: then somebody has to sign in
  prompts
    .get('login')
    ?.checks.add(new Check('no_account', gone, ({ oidc }) => Boolean(oidc.session?.accountId) && !oidc.account));
  return prompts;
}

const corsOf = (config: AuthContext['config']): Configuration['clientBasedCORS'] => {
  const origins = allowedOrigins(config);
  return (_ctx, origin) => origins.has(origin);
};

/**
 * Who signs in, and still exists. The lock after wrong passwords is not looked at here: it keeps from signing in,
 * and must not let a stranger end its owner's open sessions by guessing (server/people/login.ts).
 */
async function accountOf(context: AuthContext, id: string) {
  const user = await findUser(context, id);
  if (!user) return undefined;
  const claims = { sub: user.id, name: user.displayName, preferred_username: user.username };
  return { accountId: user.id, claims: () => claims };
}

/** Our own client is given what it asks for, without a page. One grant a login session: what a reuse revokes. */
async function grantEverything({ oidc }: KoaContextWithOIDC, seconds: number) {
  const { client, session, provider, account } = oidc;
  if (!client || !session || !account) return undefined;
  const grantId = session.grantIdFor(client.clientId);
  const known = grantId ? await provider.Grant.find(grantId) : undefined;
  const mine = known?.accountId === account.accountId ? known : undefined;
  const grant = mine ?? new provider.Grant({ clientId: client.clientId, accountId: account.accountId });
  grant.exp = Math.floor(Date.now() / 1000) + seconds;
  grant.addOIDCScope('openid profile offline_access');
  grant.addResourceScope(API, SCOPE);
  await grant.save();
  return grant;
}

/** After each rotation: a login that is used does not end REFRESH_TOKEN_DAYS after it began. */
function keepAlive(context: AuthContext, seconds: number): Parameters<Provider['use']>[0] {
  return async (ctx, next) => {
    await next();
    // there from the provider's router on, for the paths it knows
    const { oidc } = ctx as Partial<KoaContextWithOIDC>;
    const token = oidc?.entities.RotatedRefreshToken;
    if (!token?.grantId || !token.sessionUid || ctx.status !== 200) return;
    try {
      await prolong(context, { grantId: token.grantId, sessionUid: token.sessionUid, seconds });
    } catch (error) {
      // the tokens are issued: losing them now would be worse than a login that ends sooner
      context.log.warn({ err: error }, 'a login could not be prolonged');
    }
  };
}
