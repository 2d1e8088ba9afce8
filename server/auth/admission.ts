// Who may post a form at all: pages of our own, and not too often from one address.
import type { Request, RequestHandler } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '../config.ts';
import { ParleyError } from '../errors.ts';

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

/** The client's address; of an IPv6 one its network, since one household has 2^64 of them. */
export function addressOf({ ip }: Pick<Request, 'ip'>): string {
  const address = (ip ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const whole = [...groups, ...Array<string>(Math.max(0, zeros)).fill('0'), ...(tail ? tail.split(':') : [])];
  return `${whole.slice(0, 4).join(':')}::/64`;
}

/** LIMIT_LOGINS, counted in this process's memory; over it `too-many-requests`, with Retry-After. */
export function limitTries({ LIMIT_LOGINS: { perSecond, burst } }: Pick<Config, 'LIMIT_LOGINS'>): RequestHandler {
  // a window in which the burst is all there is: over time that is the rate
  const limiter = new RateLimiterMemory({ points: burst, duration: Math.max(1, burst / Math.max(1, perSecond)) });
  return async (req, res, next) => {
    try {
      await limiter.consume(addressOf(req));
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      res.set('Retry-After', String(Math.max(1, Math.ceil(refused.msBeforeNext / 1000))));
      throw new ParleyError('too-many-requests');
    }
    next();
  };
}
