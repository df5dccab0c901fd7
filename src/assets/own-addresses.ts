import { networkInterfaces } from 'node:os';
import { withoutZone } from '../without-zone.js';
import { type Address, parseAddress, unwrapAddress } from './address-table.js';

/** Leases end, tunnels come and go; asking the system takes a tenth of a millisecond. */
const FRESH_MS = 1_000;

export interface OwnAddressesOptions {
  /** The addresses of this machine's interfaces, as text. */
  read?: () => string[];
  /** Milliseconds. */
  now?: () => number;
}

const readInterfaces = () =>
  Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));

/** One spelling for every way to write an address. */
const nameOf = (address: Address) => unwrapAddress(address).toString();

/**
 * Whether an address is one of this machine's, now. What listens there believes itself among
 * friends as much as on the loopback, though the address is public.
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
