import { connectionsFor, openFilesLimit } from '../config/machine.js';
import type { ConnectionLimits } from '../http/connection-guard.js';
import type { Metrics } from '../observability/metrics.js';

/** As many connections as this process may have files for; what is cut is counted. */
export function connectionLimits(metrics: Pick<Metrics, 'connectionCut'>): ConnectionLimits {
  return { maxConnections: connectionsFor(openFilesLimit()), onCut: metrics.connectionCut };
}
