import { type Address, isIPv4Address, parseAddress, withoutMapping } from '../lib/ip-address.js';
import { withoutZone } from '../lib/without-zone.js';

/** A customer gets no less than a /64, so that one machine has 2^64 addresses (RFC 6177). */
const NETWORK_HEXTETS = 4;
/** And often a /48, as RFC 6177 has it for sites: 65,536 of those. */
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

/** Whom an address is taken for: an IPv4 address itself, of an IPv6 address its /64. */
export function clientNetwork(text: string | undefined): string {
  const bare = withoutZone(text ?? '').toLowerCase();
  const address = readAddress(bare);
  if (!address) return bare;
  if (isIPv4Address(address)) return address.toString();
  return network(address.parts.slice(0, NETWORK_HEXTETS));
}

/** What one customer may well have besides: of an IPv4 address its /24, of an IPv6 address its /48. */
export function wideClientNetwork(text: string | undefined): string {
  const bare = withoutZone(text ?? '').toLowerCase();
  const address = readAddress(bare);
  if (!address) return bare;
  if (isIPv4Address(address)) return `${address.octets.slice(0, 3).join('.')}.0/24`;
  return network(address.parts.slice(0, WIDE_NETWORK_HEXTETS));
}
