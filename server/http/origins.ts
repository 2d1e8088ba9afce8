// Where the house's own pages may come from: which origins may call the API and open `/stomp`. A program that is
// no browser sends no Origin, and is judged by its token alone.
import type { Config } from '../config.ts';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** The house's addresses on its own machine; none where it listens to others too. */
export function localUrls({ HOST, PORT }: Pick<Config, 'HOST' | 'PORT'>): string[] {
  if (![...LOOPBACK, '::1'].includes(HOST)) return [];
  return LOOPBACK.map((host) => `http://${host}:${PORT}`);
}

/** The origin of PUBLIC_URL, ALLOWED_ORIGINS and the local ones. */
export function allowedOrigins(
  config: Pick<Config, 'HOST' | 'PORT' | 'PUBLIC_URL' | 'ALLOWED_ORIGINS'>,
): ReadonlySet<string> {
  const urls = [config.PUBLIC_URL, ...config.ALLOWED_ORIGINS, ...localUrls(config)];
  return new Set(urls.map((url) => (URL.canParse(url) ? new URL(url).origin : url)));
}
