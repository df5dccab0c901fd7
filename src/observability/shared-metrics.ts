import { Gauge, type Registry } from 'prom-client';
import { type CollectGauges, type GaugeSample, plainGauge } from './collected-gauges.js';

/**
 * A worker's check of its browser may take 5 s, and must be reported as a failure, not left out.
 */
const READINESS_TIMEOUT_MS = 8_000;

export interface QueueReading {
  queue: string;
  /** Jobs by state, e.g. `{waiting: 3, active: 2}`. */
  jobs: Record<string, number>;
  /** 0 if no job waits. */
  oldestWaitingSeconds: number;
}

export interface RedisReading {
  usedBytes: number;
  /** 0: no limit is set. */
  maxBytes: number;
  clients: number;
  /** Whether the last writes to its files succeeded. */
  canPersist: boolean;
}

export interface DeliveryReading {
  /** Records by status. */
  byStatus: Record<string, number>;
  /** Age of the oldest pending delivery; 0 if none is pending. */
  oldestPendingSeconds: number;
}

/** Results of all checks: `{redis: {ok: true}}`. */
interface Readings {
  checks: Record<string, { ok: boolean }>;
}

function jobSamples(queues: QueueReading[]): GaugeSample[] {
  return queues.flatMap(({ queue, jobs }) =>
    Object.entries(jobs).map(([state, value]) => ({ labels: { queue, state }, value })),
  );
}

/**
 * Metrics of a process itself, and of what all processes share: the queues, the records and Redis.
 * Every process reports the latter, so that the values survive any one process; take their maximum,
 * never their sum.
 */
export function createSharedMetrics(registry: Registry, collectGauges: CollectGauges) {
  const build = new Gauge({
    name: 'cardpress_build_info',
    help: 'Always 1; the version that runs.',
    labelNames: ['version'],
    registers: [registry],
  });
  const queueLimit = new Gauge({
    name: 'cardpress_queue_limit_jobs',
    help: 'Waiting renders above which the API refuses more (QUEUE_LIMIT).',
    registers: [registry],
  });
  // Only the API has one.
  queueLimit.remove();

  return {
    describeBuild(version: string): void {
      build.set({ version }, 1);
    },
    limitQueue(jobs: number): void {
      queueLimit.set(jobs);
    },
    /** Checked at every scrape, as a probe would. Call once. */
    collectReadiness(read: () => Promise<Readings>): void {
      collectGauges(
        read,
        [
          {
            name: 'cardpress_ready',
            help: 'Whether what this process needs works, by check: 1 or 0.',
            labelNames: ['check'],
            samples: ({ checks }) =>
              Object.entries(checks).map(([check, { ok }]) => ({
                labels: { check },
                value: ok ? 1 : 0,
              })),
          },
        ],
        READINESS_TIMEOUT_MS,
      );
    },
    /** Read at every scrape. Call once. */
    collectQueues(read: () => Promise<QueueReading[]> | QueueReading[]): void {
      collectGauges<QueueReading[]>(read, [
        {
          name: 'cardpress_queue_jobs',
          help: 'Jobs in the queues, by queue and state.',
          labelNames: ['queue', 'state'],
          samples: jobSamples,
        },
        {
          name: 'cardpress_queue_oldest_waiting_seconds',
          help: 'How long the job has waited that waits the longest; 0 where none waits.',
          labelNames: ['queue'],
          samples: (queues) =>
            queues.map(({ queue, oldestWaitingSeconds: value }) => ({
              labels: { queue },
              value,
            })),
        },
      ]);
    },
    /** Read at every scrape. Call once. */
    collectDeliveries(read: () => Promise<DeliveryReading>): void {
      collectGauges<DeliveryReading>(read, [
        {
          name: 'cardpress_deliveries',
          help: 'Webhooks on record, by status.',
          labelNames: ['status'],
          samples: ({ byStatus }) =>
            Object.entries(byStatus).map(([status, value]) => ({ labels: { status }, value })),
        },
        plainGauge(
          'cardpress_deliveries_oldest_pending_seconds',
          'Age of the oldest webhook that is still to be delivered; 0 where there is none.',
          (found) => found.oldestPendingSeconds,
        ),
      ]);
    },
    /** Unfinished batches. Read at every scrape. Call once. */
    collectBatches(read: () => Promise<number>): void {
      collectGauges(read, [
        plainGauge('cardpress_batches_open', 'Batches that are not over.', (open) => open),
      ]);
    },
    /** Read at every scrape. Call once. */
    collectRedis(read: () => Promise<RedisReading>): void {
      collectGauges<RedisReading>(read, [
        plainGauge('cardpress_redis_used_memory_bytes', 'Memory of Redis.', (r) => r.usedBytes),
        plainGauge(
          'cardpress_redis_max_memory_bytes',
          'Memory that Redis may use; 0 where there is no limit.',
          (r) => r.maxBytes,
        ),
        plainGauge('cardpress_redis_clients', 'Connections to Redis.', (r) => r.clients),
        plainGauge(
          'cardpress_redis_can_persist',
          'Whether the last writes of Redis to its files went well: 1 or 0.',
          (r) => (r.canPersist ? 1 : 0),
        ),
      ]);
    },
  };
}
