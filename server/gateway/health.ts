// /health/live: the process answers. /health/ready: so do the things it needs; else 503 that names the one that
// does not.
import { type RequestHandler, Router } from 'express';
import type { Context } from '../context.ts';
import { ParleyError } from '../errors.ts';
import { sendProblem } from '../http/problem.ts';
import { sleep } from '../lib/backoff.ts';

export type Failing = NonNullable<import('../door.ts').RunningRole['failing']>;

const PATIENCE_MS = 2000;

async function answersInTime(work: Promise<unknown>): Promise<boolean> {
  const done = new AbortController();
  const late = sleep(PATIENCE_MS, done.signal).then(() => false);
  try {
    return await Promise.race([
      work.then(
        () => true,
        () => false,
      ),
      late,
    ]);
  } finally {
    done.abort();
  }
}

/** Asked in this order; the first that fails is named. */
async function failingPart({ db, broker }: Context, failing: Failing): Promise<string | undefined> {
  if (!(await answersInTime(db.$queryRaw`SELECT 1`))) return 'database';
  if (!broker.up) return 'broker';
  return failing();
}

export function health(context: Context, failing: Failing): RequestHandler {
  const router = Router();
  router.use((_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  });
  router.get('/live', (_req, res) => {
    res.json({ status: 'live' });
  });
  router.get('/ready', async (_req, res) => {
    const part = await failingPart(context, failing);
    if (part === undefined) res.json({ status: 'ready' });
    else sendProblem(res, new ParleyError('not-ready', `Not available: ${part}.`));
  });
  return router;
}
