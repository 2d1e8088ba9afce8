// One address, whoever asks: every URL the provider writes comes from PUBLIC_URL, never from the Host header or
// from what a client claims a proxy had said (else a login could be sent to a stranger's host).
import type { RequestHandler } from 'express';

/** Before the provider, with `provider.proxy = true`. */
export function asIssuer(issuer: string): RequestHandler {
  const { host, protocol, pathname } = new URL(issuer);
  return (req, _res, next) => {
    req.headers['x-forwarded-host'] = host;
    req.headers['x-forwarded-proto'] = protocol.slice(0, -1);
    // wherever the gateway mounted us, or a proxy cut the path
    req.originalUrl = pathname + req.url;
    next();
  };
}
