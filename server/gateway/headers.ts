// The security headers of every answer. Content security policies differ by what is answered: the web client's
// and the documents' are here, the authorization server sets its own, and what the API sends is never a page.
import type { RequestHandler } from 'express';
import helmet, { contentSecurityPolicy } from 'helmet';
import type { Config } from '../config.ts';

/** Everything but the content security policy. */
export function baseHeaders({ PUBLIC_URL }: Pick<Config, 'PUBLIC_URL'>): RequestHandler {
  return helmet({
    contentSecurityPolicy: false,
    // promised only where it is true
    strictTransportSecurity: PUBLIC_URL.startsWith('https:'),
  });
}

/** Of answers that no browser should ever render. */
export const apiHeaders: RequestHandler = contentSecurityPolicy({
  useDefaults: false,
  directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
});

/** Of pages: our own scripts only, connections to ourselves only, shown in nobody's frame. */
export function pageHeaders({ PUBLIC_URL }: Pick<Config, 'PUBLIC_URL'>): RequestHandler {
  const { origin } = new URL(PUBLIC_URL);
  return contentSecurityPolicy({
    useDefaults: false,
    directives: {
      'default-src': ["'self'"],
      'script-src': ["'self'"],
      // Vuetify and Swagger UI set styles from scripts
      'style-src': ["'self'", "'unsafe-inline'"],
      'img-src': ["'self'", 'data:', 'blob:'],
      'media-src': ["'self'", 'blob:'],
      'font-src': ["'self'", 'data:'],
      // older browsers do not count ws: as 'self'
      'connect-src': ["'self'", origin, origin.replace(/^http/, 'ws')],
      'worker-src': ["'self'"],
      'manifest-src': ["'self'"],
      'object-src': ["'none'"],
      'base-uri': ["'self'"],
      'form-action': ["'self'"],
      'frame-ancestors': ["'none'"],
    },
  });
}
