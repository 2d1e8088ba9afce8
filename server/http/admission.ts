// How many REST requests a user may make (LIMIT_REQUESTS). Counted in this process's memory: with several, each
// allows that much.
import type { Response } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '../config.ts';
import { ParleyError } from '../errors.ts';
import type { Identity } from '../people/access-token.ts';

/** Counts a request; over the limit: `too-many-requests`, with the seconds to wait in Retry-After. */
export function openAdmission({ LIMIT_REQUESTS: { perSecond, burst } }: Pick<Config, 'LIMIT_REQUESTS'>) {
  // a window in which the burst is all there is: over time that is the rate
  const limiter = new RateLimiterMemory({ points: burst, duration: Math.max(1, burst / Math.max(1, perSecond)) });
  return async ({ userId }: Identity, res: Response): Promise<void> => {
    try {
      await limiter.consume(userId);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      res.set('Retry-After', String(Math.max(1, Math.ceil(refused.msBeforeNext / 1000))));
      throw new ParleyError('too-many-requests');
    }
  };
}
