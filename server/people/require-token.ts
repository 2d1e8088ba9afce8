// Whose HTTP request this is: the bearer of its access token (RFC 6750 §2.1), and nobody else. Tokens in a URL
// or a body are not looked at.
import { ParleyError } from '../errors.ts';
import { type Identity, SCOPE, verifyAccessToken } from './access-token.ts';

/** Errors: `token-missing`, `token-invalid`, `token-expired`, `not-allowed` (the token is not for chatting). */
export async function identityOf(
  context: Parameters<typeof verifyAccessToken>[0],
  { headers }: { readonly headers: { readonly authorization?: string | undefined } },
): Promise<Identity> {
  // the scheme's name is case-insensitive (RFC 9110 §11.1)
  const token = /^bearer +([\w\-.~+/]+=*) *$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) throw new ParleyError('token-missing');
  const identity = await verifyAccessToken(context, token);
  if (!identity.scope.split(' ').includes(SCOPE))
    throw new ParleyError('not-allowed', 'The token lacks the scope "chat".');
  return identity;
}
