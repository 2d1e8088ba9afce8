// One log line a request, when it is over. The path without its query: a query may hold what somebody typed,
// or an authorization code.
import type { RequestHandler } from 'express';
import type { Log } from '../log.ts';

const levelOf = (status: number, path: string) => {
  if (status >= 500) return 'warn';
  // probes and the web client's files are not worth a line each
  return /^\/(api|auth)\//.test(path) ? 'info' : 'debug';
};

/** A link into a group is a secret of its members. */
const withoutCode = (path: string) => path.replace(/^(\/api\/chat\/invites|\/join)\/[^/]+/, '$1/…');

export const requestLog =
  (log: Log): RequestHandler =>
  (req, res, next) => {
    const startedAt = performance.now();
    res.once('close', () => {
      const path = withoutCode(req.originalUrl.split('?')[0] as string);
      const ms = Math.round(performance.now() - startedAt);
      const line = {
        method: req.method,
        path,
        status: res.statusCode,
        ms,
        ...(res.writableFinished ? {} : { cut: true }),
      };
      log[levelOf(res.statusCode, path)](line, 'request');
    });
    next();
  };
