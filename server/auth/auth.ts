// The authorization server: an OpenID provider at /auth, with sign-in pages of its own.
import express, { type ErrorRequestHandler, type Express } from 'express';
import helmet from 'helmet';
import { errors } from 'oidc-provider';
import { codes } from '../contract/errors.ts';
import type { RunningRole } from '../door.ts';
import { problemOf } from '../http/problem.ts';
import { issuerOf } from '../people/access-token.ts';
import { preparePasswords } from '../people/passwords.ts';
import { webUrls } from './client.ts';
import { interactionPages, PageExpired } from './interaction.ts';
import { asIssuer } from './issuer.ts';
import { layout, styles } from './pages/layout.ts';
import { trouble } from './pages/messages.ts';
import { type AuthContext, openProvider } from './provider.ts';
import { startSweeping } from './sweep.ts';

export async function startAuth(context: AuthContext): Promise<RunningRole> {
  await preparePasswords();
  const handler = authApp(context);
  const stop = startSweeping(context);
  return { doors: [{ path: '/auth', handler }], stop };
}

function authApp(context: AuthContext): Express {
  const { config } = context;
  const provider = openProvider(context);
  const app = express();
  app.disable('x-powered-by');
  // in a process of its own the gateway is one more proxy in front
  app.set('trust proxy', config.TRUST_PROXY + (config.ROLES.includes('gateway') ? 0 : 1));
  app.use(asIssuer(issuerOf(config)));
  app.use(headers(config));
  app.get('/assets/pages.css', (_req, res) => {
    res.set('Cache-Control', 'public, max-age=31536000, immutable').type('css').send(styles);
  });
  app.use('/interaction', interactionPages(context, provider));
  app.use(provider.callback());
  app.use(errorPage(context));
  return app;
}

function headers(config: AuthContext['config']) {
  const secure = config.PUBLIC_URL.startsWith('https:');
  const protect = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        // oidc-provider adds the hash of the one script it has: the form that posts itself
        'script-src': ["'none'"],
        'style-src': ["'self'"],
        'img-src': ["'self'", 'data:'],
        // browsers look at where a form's answer redirects to as well: back to the client
        'form-action': ["'self'", ...new Set(webUrls(config).map((url) => new URL(url).origin))],
        'frame-ancestors': ["'none'"],
        'base-uri': ["'none'"],
      },
    },
    // "no-referrer", helmet's own choice, would make the Origin of our forms "null"
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: secure ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    xFrameOptions: { action: 'deny' },
  });
  const mayBeKept = /^\/(?:\.well-known\/|jwks$)/;
  return [
    protect,
    ((req, res, next) => {
      if (!mayBeKept.test(req.path)) res.set('Cache-Control', 'no-store');
      next();
    }) satisfies express.RequestHandler,
  ];
}

/** What went wrong on a page of ours, said on a page. */
function errorPage({ config, log }: AuthContext): ErrorRequestHandler {
  const base = new URL(issuerOf(config)).pathname;
  const home = config.PUBLIC_URL;
  return (error, req, res, _next) => {
    const { status, title, text } = troubleOf(error);
    if (status >= 500) log.error({ err: error, method: req.method, path: req.path }, 'defect');
    if (res.headersSent) res.destroy();
    else res.status(status).send(layout({ title, content: trouble({ text, home }), base }));
  };
}

function troubleOf(error: unknown): { status: number; title: string; text: string } {
  if (error instanceof PageExpired || error instanceof errors.SessionNotFound) {
    const text = 'It was used already, or is older than an hour. Go back to Parley and sign in from there.';
    return { status: 400, title: 'This page has expired', text };
  }
  const problem = problemOf(error);
  if (problem?.code === 'too-many-requests') {
    const text = 'Too many tries came from your address. Wait a little, then try again.';
    return { status: problem.status, title: 'Not so fast', text };
  }
  const title = 'That did not work';
  if (problem) return { status: problem.status, title, text: problem.detail ?? problem.title };
  return { status: 500, title, text: codes.internal.text };
}
