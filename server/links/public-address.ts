// Which addresses are on the public internet, so that this server does not look for others where only it can look: its
// own host, its network, the service that tells a cloud machine its secrets. Whatever is not known to be public is not.
import ipaddr from 'ipaddr.js';

const GLOBAL_UNICAST = ipaddr.IPv6.parse('2000::');
const NAT64 = ipaddr.IPv6.parse('64:ff9b::');
const SIX_TO_FOUR = ipaddr.IPv6.parse('2002::');

/** In public ranges, and yet only reachable from inside: Azure's own services, for every machine of it. */
const INSIDE: ReadonlySet<string> = new Set(['168.63.129.16']);

const isPublicV4 = (address: ipaddr.IPv4): boolean => address.range() === 'unicast' && !INSIDE.has(address.toString());

/** An IPv6 address that stands for an IPv4 one is judged by that. */
function inner(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  const bytes = address.toByteArray();
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  if (address.match(NAT64, 96)) return new ipaddr.IPv4(bytes.slice(12));
  if (address.match(SIX_TO_FOUR, 16)) return new ipaddr.IPv4(bytes.slice(2, 6));
  return undefined;
}

/** IPv4-compatible, which nobody routes; ipaddr.js reads it as IPv4-mapped. */
const COMPATIBLE = /^::\d+\./;

/** `text`: as a resolver writes it; what is no address is not public. */
export function isPublicAddress(text: string): boolean {
  // inet_aton's forms (0177.1) are not written by resolvers, and are read differently by different readers
  if (text.includes('%') || COMPATIBLE.test(text)) return false;
  if (!(ipaddr.IPv6.isValid(text) || ipaddr.IPv4.isValidFourPartDecimal(text))) return false;
  const address = ipaddr.parse(text);
  if (address instanceof ipaddr.IPv4) return isPublicV4(address);
  const v4 = inner(address);
  if (v4) return isPublicV4(v4);
  return address.range() === 'unicast' && address.match(GLOBAL_UNICAST, 3);
}
