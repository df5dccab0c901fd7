import { BlockList, isIP } from 'node:net';
import type { Network } from '../config/network-list.js';

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/**
 * Whether an address lies in one of the networks; an IPv4-mapped address counts as its IPv4
 * address.
 */
export function createNetworkSet(networks: readonly Network[]): (address: string) => boolean {
  const list = new BlockList();
  for (const { address, prefixBits } of networks) {
    list.addSubnet(address, prefixBits, family(address));
  }
  return (address) => isIP(address) !== 0 && list.check(address, family(address));
}
