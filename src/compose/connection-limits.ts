import { connectionsFor, openFilesLimit } from '../config/machine.js';
import type { Settings } from '../config/settings.js';
import type { ConnectionLimits } from '../http/connection-guard.js';
import { isInside } from '../http/inside-networks.js';
import { createNetworkSet } from '../http/network-set.js';
import type { Metrics } from '../observability/metrics.js';

/**
 * Limits connections to the open files that this process may have; counts the ones that are cut.
 */
export function connectionLimits(
  settings: Pick<Settings, 'trustedProxies' | 'sharedNetworks'>,
  metrics: Pick<Metrics, 'connectionCut'>,
): ConnectionLimits {
  const isNamed = createNetworkSet([...settings.trustedProxies, ...settings.sharedNetworks]);
  return {
    maxConnections: connectionsFor(openFilesLimit()),
    isProxy: (address) => isInside(address) || isNamed(address),
    onCut: metrics.connectionCut,
  };
}
