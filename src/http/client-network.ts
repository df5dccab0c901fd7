import { isIPv4, isIPv6 } from 'node:net';
import { withoutZone } from '../lib/without-zone.js';

const HEXTETS = 8;
/** A customer gets no less than a /64, so that one machine has 2^64 addresses (RFC 6177). */
const NETWORK_HEXTETS = 4;
/** And often a /48, as RFC 6177 has it for sites: 65,536 of those. */
const WIDE_NETWORK_HEXTETS = 3;

function hextets(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const parts = (text: string) => text.split(':').filter((part) => part !== '');
  if (tail === undefined) return parts(head);
  const before = parts(head);
  const after = parts(tail);
  // A mapped IPv4 address counts for two; it stands behind the ones that matter here.
  const missing = Math.max(0, HEXTETS - before.length - after.length);
  return [...before, ...Array<string>(missing).fill('0'), ...after];
}

/** In lower case, without a zone; an IPv4 address within IPv6 is what it holds. */
function plainAddress(address: string | undefined): string {
  const bare = withoutZone(address ?? '').toLowerCase();
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1] ?? bare;
}

function firstHextets(address: string, count: number): string {
  const network = hextets(address).slice(0, count);
  return `${network.map((part) => Number.parseInt(part, 16).toString(16)).join(':')}::/${16 * count}`;
}

/** Whom an address is taken for: an IPv4 address itself, of an IPv6 address its /64. */
export function clientNetwork(address: string | undefined): string {
  const bare = plainAddress(address);
  return isIPv6(bare) ? firstHextets(bare, NETWORK_HEXTETS) : bare;
}

/** What one customer may well have besides: of an IPv4 address its /24, of an IPv6 address its /48. */
export function wideClientNetwork(address: string | undefined): string {
  const bare = plainAddress(address);
  if (isIPv6(bare)) return firstHextets(bare, WIDE_NETWORK_HEXTETS);
  return isIPv4(bare) ? `${bare.slice(0, bare.lastIndexOf('.'))}.0/24` : bare;
}
