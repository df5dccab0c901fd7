import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';

/** Who is told what happens, everywhere. */
export interface Observers {
  logger: Logger;
  metrics: Metrics;
}
