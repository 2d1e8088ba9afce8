// URLs that need no token, for a browser's <img> and <video>, which cannot send one: for one user, for a while. What she
// may read is asked again when one is used. They are signed with a key made of the deployment's own secrets.
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Variant } from '../contract/media.ts';

/** What a signature is over. */
export interface Grant {
  readonly id: string;
  readonly variant: Variant;
  readonly user: string;
  /** seconds since 1970 */
  readonly expires: number;
}

export class UrlSigner {
  /** the one in use first */
  readonly #keys: readonly Buffer[];
  readonly #half: number;

  /** `secrets`: signs with the first, knows the others' signatures. */
  constructor(secrets: readonly string[], seconds: number) {
    this.#keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', 'parley media urls', 32)));
    this.#half = Math.floor(seconds / 2);
  }

  /** The same for half of its life, so that a browser finds in its cache what it has shown. */
  expiry(now: number): number {
    return (Math.floor(now / 1000 / this.#half) + 2) * this.#half;
  }

  sign(grant: Grant): string {
    return signature(this.#keys[0] as Buffer, grant).toString('base64url');
  }

  /** Whether it was signed here, and holds now. */
  verify(grant: Grant, given: string, now: number): boolean {
    const claimed = Buffer.from(given, 'base64url');
    const signed = this.#keys.some((key) => {
      const expected = signature(key, grant);
      return claimed.length === expected.length && timingSafeEqual(claimed, expected);
    });
    return signed && now < grant.expires * 1000;
  }
}

const signature = (key: Buffer, { id, variant, user, expires }: Grant): Buffer =>
  createHmac('sha256', key).update([id, variant, user, expires].join('\0')).digest();
