// The pages between a client's request and its answer: sign in, sign up. Each is found by the interaction's
// cookie, whose path is the page's own; the uid in the URL alone opens nothing.
import { type Request, type Response, Router, urlencoded } from 'express';
import type { Provider } from 'oidc-provider';
import { ParleyError } from '../errors.ts';
import { issuerOf } from '../people/access-token.ts';
import { logIn } from '../people/login.ts';
import { checkSignUp } from '../people/sign-up.ts';
import { createUser, type User } from '../people/users.ts';
import { fromOurPages, limitTries } from './admission.ts';
import { type LoginForm, loginForm, type SignUpForm, signUpForm } from './pages/forms.ts';
import { layout } from './pages/layout.ts';
import type { AuthContext } from './provider.ts';

const UNPROCESSABLE = 422;

/** The page that was asked for belongs to no request to sign in that this browser has under way. */
export class PageExpired extends Error {}

export function interactionPages(context: AuthContext, provider: Provider): Router {
  const { config } = context;
  const issuer = issuerOf(config);
  const base = new URL(issuer).pathname;
  const refusal = refusalOf(config);
  const router = Router({ caseSensitive: true });

  async function interactionOf(req: Request, res: Response) {
    const found = await provider.interactionDetails(req, res);
    if (found.uid !== req.params.uid) throw new PageExpired();
    return { prompt: found.prompt, params: found.params, action: `${base}/interaction/${found.uid}` };
  }

  const finish = (req: Request, res: Response, accountId: string) =>
    provider.interactionFinished(req, res, { login: { accountId, remember: true, amr: ['pwd'] } });

  const sendLogin = (res: Response, form: LoginForm) =>
    res.send(layout({ title: 'Sign in', content: loginForm(form), base }));

  const sendSignUp = (res: Response, form: SignUpForm) =>
    res.send(layout({ title: 'Create an account', content: signUpForm(form), base }));

  async function signUp(given: Record<string, string>): Promise<User | { errors: SignUpForm['errors'] }> {
    const checked = checkSignUp(given);
    if ('errors' in checked) return checked;
    try {
      return await createUser(context, checked.draft);
    } catch (error) {
      if (error instanceof ParleyError && error.code === 'conflict') return { errors: { username: error.message } };
      throw error;
    }
  }

  const post = [fromOurPages(issuer), limitTries(config), urlencoded({ extended: false, limit: '8kb' })];

  router.get('/:uid', async (req, res) => {
    const { prompt, params, action } = await interactionOf(req, res);
    // asked for by name (prompt=consent): ours needs none, see grantEverything
    if (prompt.name === 'consent') return provider.interactionFinished(req, res, { consent: {} });
    if (params.screen === 'signup' && !('sign-in' in req.query)) return res.redirect(303, `${action}/sign-up`);
    sendLogin(res, { action, username: text(params.login_hint) });
  });

  router.post('/:uid', post, async (req: Request, res: Response) => {
    const { action } = await interactionOf(req, res);
    const { username, password } = fields(req.body, 'username', 'password');
    const userId = await logIn(context, username, password);
    if (userId !== undefined) return finish(req, res, userId);
    sendLogin(res.status(UNPROCESSABLE), { action, username, refusal });
  });

  router.get('/:uid/sign-up', async (req, res) => {
    sendSignUp(res, { action: (await interactionOf(req, res)).action });
  });

  router.post('/:uid/sign-up', post, async (req: Request, res: Response) => {
    const { action } = await interactionOf(req, res);
    const given = fields(req.body, 'username', 'displayName', 'password');
    const user = await signUp(given);
    if ('id' in user) return finish(req, res, user.id);
    sendSignUp(res.status(UNPROCESSABLE), {
      action,
      username: given.username,
      displayName: given.displayName,
      errors: user.errors ?? {},
    });
  });

  return router;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A form's fields; what was not sent, or sent twice, is empty. */
function fields<Name extends string>(body: unknown, ...names: Name[]): Record<Name, string> {
  const given = new Map(Object.entries(body ?? {}));
  return Object.fromEntries(names.map((name) => [name, text(given.get(name))])) as Record<Name, string>;
}

/** One sentence for every refusal, true or not of this account: see server/people/login.ts. */
function refusalOf({ LOGIN_FAILURES, LOGIN_LOCK_SECONDS }: AuthContext['config']): string {
  const minutes = Math.ceil(LOGIN_LOCK_SECONDS / 60);
  return `Username and password do not match. After ${LOGIN_FAILURES} wrong passwords in a row an account is locked for ${
    minutes === 1 ? 'a minute' : `${minutes} minutes`
  }, for the right password too.`;
}
