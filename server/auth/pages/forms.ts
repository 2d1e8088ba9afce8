// The pages one types into: sign in, sign up. Plain forms, which work without a script.
import { limits } from '../../contract/limits.ts';
import type { SignUpErrors } from '../../people/sign-up.ts';
import { type Html, html } from './html.ts';

interface Field {
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'password';
  readonly value?: string | undefined;
  readonly error?: string | undefined;
  readonly hint?: string;
  readonly autocomplete: string;
  readonly maxLength: number;
  readonly minLength?: number;
  readonly focus?: boolean;
  /** names are typed as they are, not as a telephone would correct them */
  readonly verbatim?: boolean;
}

function field({ name, label, type = 'text', value, error, hint, ...rest }: Field): Html {
  const described = [...(error ? [`${name}-error`] : []), ...(hint ? [`${name}-hint`] : [])].join(' ');
  return html`<div class="field${error && ' wrong'}">
<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" required autocomplete="${rest.autocomplete}" maxlength="${rest.maxLength}"${
    rest.minLength !== undefined && html` minlength="${rest.minLength}"`
  }${value !== undefined && html` value="${value}"`}${
    rest.verbatim && html` autocapitalize="none" autocorrect="off" spellcheck="false"`
  }${described !== '' && html` aria-describedby="${described}"`}${error && html` aria-invalid="true"`}${
    rest.focus && html` autofocus`
  }>
${error && html`<p class="error" id="${name}-error">${error}</p>`}
${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
</div>`;
}

export interface LoginForm {
  /** the interaction's own path */
  readonly action: string;
  readonly username?: string;
  /** why the last try was refused */
  readonly refusal?: string;
}

export function loginForm({ action, username = '', refusal }: LoginForm): Html {
  return html`${refusal && html`<p class="alert" role="alert">${refusal}</p>`}
<form method="post" action="${action}">
${field({
  name: 'username',
  label: 'Username',
  value: username,
  autocomplete: 'username',
  maxLength: limits.usernameChars.max,
  focus: username === '',
  verbatim: true,
})}
${field({
  name: 'password',
  label: 'Password',
  type: 'password',
  autocomplete: 'current-password',
  maxLength: limits.passwordChars.max,
  focus: username !== '',
})}
<button type="submit">Sign in</button>
</form>
<p class="other">New here? <a href="${action}/sign-up">Create an account</a></p>`;
}

export interface SignUpForm {
  readonly action: string;
  readonly username?: string;
  readonly displayName?: string;
  readonly errors?: SignUpErrors;
}

export function signUpForm({ action, username = '', displayName = '', errors = {} }: SignUpForm): Html {
  const order = ['displayName', 'username', 'password'] as const;
  const first = order.find((name) => errors[name]) ?? 'displayName';
  return html`<form method="post" action="${action}/sign-up">
${field({
  name: 'displayName',
  label: 'Your name',
  value: displayName,
  error: errors.displayName,
  hint: 'What others see.',
  autocomplete: 'name',
  maxLength: limits.displayNameChars * 2,
  focus: first === 'displayName',
})}
${field({
  name: 'username',
  label: 'Username',
  value: username,
  error: errors.username,
  hint: 'What you sign in with, and what others find you by.',
  autocomplete: 'username',
  minLength: limits.usernameChars.min,
  maxLength: limits.usernameChars.max,
  focus: first === 'username',
  verbatim: true,
})}
${field({
  name: 'password',
  label: 'Password',
  type: 'password',
  error: errors.password,
  hint: `At least ${limits.passwordChars.min} characters. A few words are easier to remember than symbols.`,
  autocomplete: 'new-password',
  minLength: limits.passwordChars.min,
  maxLength: limits.passwordChars.max,
  focus: first === 'password',
})}
<button type="submit">Create account</button>
</form>
<p class="other">Have an account? <a href="${action}?sign-in">Sign in</a></p>`;
}
