// The OAuth clients of this house. So far one: the web client, public, ours, and never asked for consent.
import type { ClientMetadata } from 'oidc-provider';
import type { Config } from '../config.ts';
import { localUrls } from '../http/origins.ts';

export const WEB_CLIENT = 'parley-web';

/** Where browsers find the web client: compared exactly, as RFC 9700 §2.1 wants, so each spelling is listed. */
export function webUrls(config: Pick<Config, 'HOST' | 'PORT' | 'PUBLIC_URL'>): string[] {
  // a CSP cannot name an IPv6 address (CSP 3 §2.3.1), so a form could not lead back to one
  const local = localUrls(config).filter((url) => !url.includes('['));
  return [...new Set([config.PUBLIC_URL, ...local])];
}

export function clients(config: Pick<Config, 'HOST' | 'PORT' | 'PUBLIC_URL'>): ClientMetadata[] {
  const urls = webUrls(config);
  return [
    {
      client_id: WEB_CLIENT,
      client_name: 'Parley',
      application_type: 'web',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: urls.map((url) => `${url}/callback`),
      post_logout_redirect_uris: urls.map((url) => `${url}/`),
    },
  ];
}
