// Cross-origin calls of the API, for the pages that may make them. No cookies are involved: a call without a
// token gets nowhere, whatever its origin.
import type { RequestHandler } from 'express';

export const cors =
  (origins: ReadonlySet<string>): RequestHandler =>
  (req, res, next) => {
    res.vary('Origin');
    const { origin } = req.headers;
    const allowed = origin !== undefined && origins.has(origin);
    if (allowed) {
      res.set('Access-Control-Allow-Origin', origin);
      res.set(
        'Access-Control-Expose-Headers',
        'Retry-After, WWW-Authenticate, Allow, ETag, Accept-Ranges, Content-Range, Location, Tus-Resumable, Upload-Offset, Upload-Length',
      );
    }
    if (req.method !== 'OPTIONS' || req.headers['access-control-request-method'] === undefined) return next();
    if (allowed) {
      res.set('Access-Control-Allow-Methods', 'GET, HEAD, POST, PUT, PATCH, DELETE');
      res.set(
        'Access-Control-Allow-Headers',
        'Authorization, Content-Type, Range, If-None-Match, Tus-Resumable, Upload-Length, Upload-Offset, Upload-Metadata',
      );
      res.set('Access-Control-Max-Age', '600');
    }
    res.status(204).end();
  };
