// Who may post a form at all: pages of our own, and not too often from one address.
import type { RequestHandler } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '../config.ts';
import { ParleyError } from '../errors.ts';
import { networkOf } from '../http/address.ts';

/**
 * A form of another site is refused, beside the interaction's own cookie. Browsers say where a POST comes from
 * in Origin (Fetch §3.2) or Sec-Fetch-Site; who sends neither is no browser, and nobody else's cookies are at stake.
 */
export function fromOurPages(issuer: string): RequestHandler {
  const { origin } = new URL(issuer);
  return (req, _res, next) => {
    const from = req.get('origin');
    const site = req.get('sec-fetch-site');
    if (from === undefined ? site === undefined || site === 'same-origin' : from === origin) return next();
    throw new ParleyError('not-allowed', 'This form was sent from another site.');
  };
}

/** LIMIT_LOGINS, counted in this process's memory; over it `too-many-requests`, with Retry-After. */
export function limitTries({ LIMIT_LOGINS: { perSecond, burst } }: Pick<Config, 'LIMIT_LOGINS'>): RequestHandler {
  // a window in which the burst is all there is: over time that is the rate
  const limiter = new RateLimiterMemory({ points: burst, duration: Math.max(1, burst / Math.max(1, perSecond)) });
  return async (req, res, next) => {
    try {
      await limiter.consume(networkOf(req.ip ?? ''));
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      res.set('Retry-After', String(Math.max(1, Math.ceil(refused.msBeforeNext / 1000))));
      throw new ParleyError('too-many-requests');
    }
    next();
  };
}
