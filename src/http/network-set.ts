import { BlockList, isIP } from 'node:net';
import type { Network } from '../config/network-list.js';

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Whether an address lies in one of the networks; IPv4 addresses within IPv6 are what they hold. */
export function createNetworkSet(networks: readonly Network[]): (address: string) => boolean {
  const list = new BlockList();
  for (const { address, prefixBits } of networks) {
    list.addSubnet(address, prefixBits, family(address));
  }
  return (address) => isIP(address) !== 0 && list.check(address, family(address));
}
