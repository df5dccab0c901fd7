import { type Address, isIPv4Address, parseAddress, withoutMapping } from '../lib/ip-address.js';
import { withoutZone } from '../lib/without-zone.js';

/** A customer has at least a /64, so one machine has 2^64 addresses (RFC 6177). */
const NETWORK_HEXTETS = 4;
/** Often a /48, as RFC 6177 recommends for sites: 65,536 times a /64. */
const WIDE_NETWORK_HEXTETS = 3;

/** An IPv4 address within IPv6 is what it holds. */
function readAddress(bare: string): Address | undefined {
  const address = parseAddress(bare);
  return address && withoutMapping(address);
}

/** Not as RFC 5952 shortens it: records have it in this form. */
function network(hextets: number[]): string {
  return `${hextets.map((part) => part.toString(16)).join(':')}::/${16 * hextets.length}`;
}

/** The network that counts as one client: an IPv4 address itself, of an IPv6 address its /64. */
export function clientNetwork(text: string | undefined): string {
  const bare = withoutZone(text ?? '').toLowerCase();
  const address = readAddress(bare);
  if (!address) return bare;
  if (isIPv4Address(address)) return address.toString();
  return network(address.parts.slice(0, NETWORK_HEXTETS));
}

/**
 * A wider network that may also belong to one customer: of an IPv4 address its /24, of IPv6 its
 * /48.
 */
export function wideClientNetwork(text: string | undefined): string {
  const bare = withoutZone(text ?? '').toLowerCase();
  const address = readAddress(bare);
  if (!address) return bare;
  if (isIPv4Address(address)) return `${address.octets.slice(0, 3).join('.')}.0/24`;
  return network(address.parts.slice(0, WIDE_NETWORK_HEXTETS));
}
