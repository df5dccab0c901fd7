import { isIPv6 } from 'node:net';

const HEXTETS = 8;
/** A customer gets no less than a /64, so that one machine has 2^64 addresses (RFC 6177). */
const NETWORK_HEXTETS = 4;

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

/** Whom an address is taken for: an IPv4 address itself, of an IPv6 address its /64. */
export function clientNetwork(address: string | undefined): string {
  const bare = (address ?? '').replace(/%.*$/, '').toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  if (mapped) return mapped;
  if (!isIPv6(bare)) return bare;
  const network = hextets(bare).slice(0, NETWORK_HEXTETS);
  return `${network.map((part) => Number.parseInt(part, 16).toString(16)).join(':')}::/64`;
}
