// The web client's files: those with a hash in their name may be kept for ever, index.html must be asked for
// again, and a path that is no file is a page of the client.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type RequestHandler, Router } from 'express';
import type { Config } from '../config.ts';
import { pageHeaders } from './headers.ts';

const DIST = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** Not the client's, even where nobody answers there. */
const RESERVED = /^\/(api|auth|stomp|health)(\/|$)/;

export function webClient(config: Pick<Config, 'PUBLIC_URL'>, dist = DIST): RequestHandler {
  const router = Router();
  router.use((req, _res, next) => next(RESERVED.test(req.path) ? 'router' : undefined));
  router.use(pageHeaders(config));
  router.use(
    express.static(dist, {
      index: false,
      setHeaders(res, file) {
        const hashed = path.relative(dist, file).startsWith(`assets${path.sep}`);
        res.setHeader('Cache-Control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    }),
  );
  router.get('/{*page}', (req, res, next) => {
    // a name with a dot is a file that is not there, not a page
    if (path.extname(req.path) !== '' || !req.accepts('html')) return next();
    res.set('Cache-Control', 'no-cache');
    res.sendFile('index.html', { root: dist }, (error) => {
      if (!error || res.headersSent) return;
      res.status(503).type('text').send('The web client is not built here. The API is described at /api/docs.\n');
    });
  });
  return router;
}
