import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';

/** Logger and metrics, for every part. */
export interface Observers {
  logger: Logger;
  metrics: Metrics;
}
