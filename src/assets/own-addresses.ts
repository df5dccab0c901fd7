import { networkInterfaces } from 'node:os';
import { type Address, parseAddress } from '../lib/ip-address.js';
import { withoutZone } from '../lib/without-zone.js';
import { unwrapAddress } from './address-table.js';

/** DHCP leases end, tunnels come and go; reading the interfaces takes a tenth of a millisecond. */
const FRESH_MS = 1_000;

export interface OwnAddressesOptions {
  /** The addresses of this machine's interfaces, as text. */
  read?: () => string[];
  /** Milliseconds. */
  now?: () => number;
}

const readInterfaces = () =>
  Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));

/** One canonical spelling of every address. */
const nameOf = (address: Address) => unwrapAddress(address).toString();

/**
 * Whether an address currently belongs to this machine. Services that listen there often trust
 * local clients, although the address is public.
 */
export function createOwnAddresses({
  read = readInterfaces,
  now = () => performance.now(),
}: OwnAddressesOptions = {}): (address: Address) => boolean {
  let known = new Set<string>();
  let readAt = Number.NEGATIVE_INFINITY;
  return (address) => {
    if (now() - readAt >= FRESH_MS) {
      const parsed = read().map((text) => parseAddress(withoutZone(text)));
      known = new Set(parsed.flatMap((one) => (one ? [nameOf(one)] : [])));
      readAt = now();
    }
    return known.has(nameOf(address));
  };
}
