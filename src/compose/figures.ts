import { packageInfo } from '../config/package-info.js';
import type { Settings } from '../config/settings.js';
import type { Metrics } from '../observability/metrics.js';
import type { Readiness } from '../observability/readiness.js';
import { createQueueFigures } from '../queue/queue-figures.js';
import { createBatchRecords } from '../records/batch-records.js';
import { readDeliveryFigures } from '../records/delivery-figures.js';
import { readRedisFigures } from '../records/redis-figures.js';
import type { Records } from './records.js';

/**
 * Registers the metrics that every process reports beside its own work: version, readiness, and
 * numbers from Redis. Call once per process.
 */
export function composeFigures(
  settings: Pick<Settings, 'batchRetentionDays'>,
  { records, readiness }: { records: Pick<Records, 'redis'>; readiness: Readiness },
  metrics: Metrics,
): { close(): Promise<void> } {
  const { redis } = records;
  const queues = createQueueFigures(redis);
  const batches = createBatchRecords(redis, { retentionDays: settings.batchRetentionDays });
  const deliveries = () => readDeliveryFigures(redis);

  metrics.describeBuild(packageInfo.version);
  metrics.collectReadiness(readiness.check);
  metrics.collectRedis(() => readRedisFigures(redis));
  metrics.collectDeliveries(deliveries);
  metrics.collectBatches(async () => (await batches.open()).length);
  metrics.collectQueues(async () => {
    const [found, { overdueSeconds }] = await Promise.all([queues.read(), deliveries()]);
    // A delivery's job is delayed again and again over days; only its record knows when it is due.
    return found.map((queue) =>
      queue.queue === queues.deliveries
        ? { ...queue, oldestWaitingSeconds: overdueSeconds }
        : queue,
    );
  });
  return { close: () => queues.close().catch(() => undefined) };
}
