import { parseNetworks } from '../config/network-list.js';
import { withoutZone } from '../lib/without-zone.js';
import { createNetworkSet } from './network-set.js';

const contains = createNetworkSet(
  parseNetworks(
    '127.0.0.0/8, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16, 100.64.0.0/10, ::1, fc00::/7, fe80::/10',
  ),
);

/**
 * No internet client has such an address: it belongs to a reverse proxy, a load balancer, an
 * orchestrator or a forwarded port, and any client may be behind it.
 */
export const isInside = (address: string): boolean => contains(withoutZone(address));
