import { parseNetworks } from '../config/network-list.js';
import { withoutZone } from '../lib/without-zone.js';
import { createNetworkSet } from './network-set.js';

const contains = createNetworkSet(
  parseNetworks(
    '127.0.0.0/8, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16, 100.64.0.0/10, ::1, fc00::/7, fe80::/10',
  ),
);

/**
 * Nobody of the internet comes from such an address: there stands a reverse proxy, a load balancer,
 * an orchestrator or a forwarded port, and behind it may be anybody.
 */
export const isInside = (address: string): boolean => contains(withoutZone(address));
