// Where a link leads, as far as this server may follow: its URL first, then the addresses of its host. They are resolved
// once, and what was checked is what is connected to: a name that answers otherwise the next time is not asked.
import type { LookupAddress } from 'node:dns';
import dns from 'node:dns/promises';
import { isIP } from 'node:net';
import { ParleyError } from '../errors.ts';
import { bounds } from './link-bounds.ts';
import { isPublicAddress } from './public-address.ts';

export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

/** As everything else on this machine resolves names. */
export const resolveBySystem: Resolve = (host) => dns.lookup(host, { all: true });

const refused = (why: string) => new ParleyError('preview-refused', `No preview is made of that: ${why}.`);

const portOf = (url: URL): number => Number(url.port || (url.protocol === 'https:' ? 443 : 80));

/** The brackets of an IPv6 address taken off. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1');

/** Reads and checks an address as people write it, its fragment left out. Error: `preview-refused`. */
export function readLink(text: string, allow: readonly string[], base?: URL): URL {
  if (!URL.canParse(text, base?.href)) throw refused('that is no URL');
  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refused('only http and https are followed');
  if (url.username !== '' || url.password !== '') throw refused('it holds a password');
  const port = portOf(url);
  const isAllowed = allow.some((endpoint) => endpoint.endsWith(`:${port}`));
  if (!isAllowed && !bounds.ports.some((usual) => usual === port)) throw refused('only ports 80 and 443 are asked');
  url.hash = '';
  return url;
}

/**
 * The addresses of its host, none of which is elsewhere than on the public internet. A name that nobody knows gets the
 * same no, so that nobody learns which names this network knows. Error: `preview-refused`.
 */
export async function addressesOf(url: URL, allow: readonly string[], resolve: Resolve): Promise<LookupAddress[]> {
  const host = hostOf(url);
  const family = isIP(host);
  const addresses = family ? [{ address: host, family }] : [...(await resolve(host).catch(() => []))];
  const port = portOf(url);
  const permitted = ({ address }: LookupAddress) =>
    allow.includes(`${address.includes(':') ? `[${address}]` : address}:${port}`) ||
    (isPublicAddress(address) && bounds.ports.some((usual) => usual === port));
  if (addresses.length === 0 || !addresses.every(permitted)) throw refused('there is no public page');
  return addresses;
}
