// Who is signed in, and the tokens that prove it. Knows the authorization server; knows nothing of chat.
//
// The tokens stand in localStorage: a chat is expected to be signed in still after the browser was closed, and all
// tabs must share one refresh token, for it rotates and a used one revokes its family. sessionStorage would protect
// no better against a foreign script (both are readable), and a duplicated tab would copy the refresh token; against
// foreign scripts stands the content security policy.
import { ErrorResponse, type User, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import { shallowReactive } from 'vue';

/** Nobody is signed in (any more): asking again does not help, signing in does. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut';
}

interface Session {
  state: 'starting' | 'out' | 'in';
  userId: string;
  /** why the welcome page is shown to somebody who was signed in */
  note: string;
}

export const session = shallowReactive<Session>({ state: 'starting', userId: '', note: '' });

const { origin } = location;
const manager = new UserManager({
  authority: `${origin}/auth`,
  client_id: 'parley-web',
  redirect_uri: `${origin}/callback`,
  post_logout_redirect_uri: `${origin}/`,
  scope: 'openid profile offline_access chat',
  userStore: new WebStorageStateStore({ store: localStorage }),
  // the state of one redirect belongs to the tab that went
  stateStore: new WebStorageStateStore({ store: sessionStorage }),
  // renewal is ours: see accessToken
  automaticSilentRenew: false,
  loadUserInfo: false,
});

/** Too little life left to begin anything with: a minute, or a quarter of a short life. */
const marginSeconds = (user: User) => {
  const issuedAt = typeof user.profile.iat === 'number' ? user.profile.iat : 0;
  return Math.min(60, Math.max(5, ((user.expires_at ?? 0) - issuedAt) / 4));
};
const isFresh = (user: User) => (user.expires_in ?? 0) > marginSeconds(user);

function signedIn(user: User | null): void {
  session.state = user ? 'in' : 'out';
  session.userId = user?.profile.sub ?? '';
}

/** Looks for who signed in earlier; asks nobody, so it works without the server. */
export async function restoreSession(): Promise<void> {
  signedIn(await manager.getUser());
}

/** Goes to the sign-in page; `screen` "signup": for somebody who has no account yet. */
export async function signIn(screen?: 'signup'): Promise<void> {
  await manager.signinRedirect({
    state: location.pathname,
    ...(screen && { prompt: 'login', extraQueryParams: { screen } }),
  });
}

/** Comes back from the sign-in page; returns the path one had been at. */
export async function finishSignIn(): Promise<string> {
  const user = await manager.signinRedirectCallback();
  session.note = '';
  signedIn(user);
  return typeof user.state === 'string' && user.state !== '/callback' ? user.state : '/';
}

/** Ends the session here and at the authorization server. */
export async function signOut(): Promise<void> {
  // best effort: without the network the tokens must be forgotten all the same
  await manager.revokeTokens(['refresh_token']).catch(() => {});
  await manager.signoutRedirect().catch(() => endSession(''));
}

/** Forgets the tokens and shows the welcome page with `note`. */
export async function endSession(note: string): Promise<void> {
  await manager.removeUser();
  session.note = note;
  signedIn(null);
}

/** One tab at a time: two that renew with the same refresh token would revoke it. */
const alone = <T>(work: () => Promise<T>): Promise<T> => navigator.locks.request('parley.tokens', work);

const refused = ['invalid_grant', 'invalid_client', 'unauthorized_client', 'invalid_scope'];

async function renew(): Promise<User> {
  try {
    const user = await manager.signinSilent();
    if (user) return user;
  } catch (error) {
    // anything else (no network, the server restarts) passes
    if (!(error instanceof ErrorResponse && refused.includes(error.error ?? ''))) throw error;
  }
  await endSession('You were signed out. Please sign in again.');
  throw new SignedOut();
}

/**
 * An access token with some life left, renewed where needed. `rejected`: a token that was refused although it looks
 * fresh. Throws SignedOut, or the network's error.
 */
export async function accessToken(rejected?: string): Promise<string> {
  const usable = (user: User | null) => {
    if (!user) throw new SignedOut();
    return isFresh(user) && user.access_token !== rejected ? user.access_token : undefined;
  };
  const kept = usable(await manager.getUser());
  if (kept) return kept;
  // another tab may have renewed while this one waited for its turn
  return alone(async () => usable(await manager.getUser()) ?? (await renew()).access_token);
}

/** Milliseconds until the token should be renewed. */
export async function renewInMs(): Promise<number> {
  const user = await manager.getUser();
  return user ? Math.max(0, (user.expires_in ?? 0) - marginSeconds(user)) * 1000 + 500 : 0;
}

// another tab signed out, or signed in as somebody else: this one begins anew
addEventListener('storage', ({ key, newValue }) => {
  if (!key?.startsWith('oidc.user:') || session.state === 'starting') return;
  const sub = newValue === null ? '' : (JSON.parse(newValue) as { profile: { sub: string } }).profile.sub;
  if (sub !== session.userId) location.reload();
});
