// The pages that say something: signing out, signed out, what went wrong.
import { type Html, html, trusted } from './html.ts';

export interface LogOutPage {
  /** oidc-provider's form, with its own token against forgery */
  readonly form: string;
  readonly username?: string | undefined;
  readonly home: string;
}

export function logOut({ form, username, home }: LogOutPage): Html {
  return html`<p>${username ? html`You are signed in as <strong>${username}</strong>. ` : ''}Signing out ends this browser's
access; other devices stay signed in.</p>
${trusted(form)}
<button type="submit" form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>
<a class="button quiet" href="${home}/">Stay signed in</a>`;
}

export function loggedOut(home: string): Html {
  return html`<p>To go on from this browser, sign in again.</p>
<a class="button" href="${home}/">Back to Parley</a>`;
}

export interface Trouble {
  readonly text: string;
  /** for whoever has to find out more */
  readonly code?: string | undefined;
  readonly detail?: string | undefined;
  readonly home: string;
}

export function trouble({ text, code, detail, home }: Trouble): Html {
  return html`<p role="alert">${text}</p>
${code && html`<p class="code"><code>${code}</code>${detail && html` ${detail}`}</p>`}
<a class="button" href="${home}/">Back to Parley</a>`;
}
