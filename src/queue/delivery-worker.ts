import { DelayedError, type Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { AttemptDelivery } from '../webhooks/attempt-delivery.js';
import { DELIVERY_QUEUE, type DeliveryJobData } from './delivery-jobs.js';
import { createJobsInFlight } from './jobs-in-flight.js';
import { createReceiverShares } from './receiver-shares.js';

export interface DeliveryWorkerOptions {
  /** A connection that waits until Redis is reachable. */
  redis: Redis;
  /** Makes one attempt and returns what comes next. Throws only for a fault of this service. */
  attempt: AttemptDelivery;
  /** Attempts in flight at once. Default 64. */
  concurrency?: number;
  /** Attempts in flight at once for one receiver. Default 4. */
  perReceiver?: number;
  /** A dead worker is noticed after this time plus the interval. Defaults 15 s and 5 s. */
  lockDurationMs?: number;
  stalledIntervalMs?: number;
  onError?: (error: Error) => void;
}

/** Delay after a fault of this service, such as a Redis that refused to record an attempt. */
const FAULT_DELAY_MS = 5_000;

/** Takes deliveries from the queue until closed. Starts at once. */
export function createDeliveryWorker(options: DeliveryWorkerOptions) {
  const { redis, attempt, concurrency = 64, perReceiver = 4 } = options;
  const shares = createReceiverShares(perReceiver);
  const shutdown = new AbortController();

  /** Milliseconds to delay the job by; undefined if it is done. */
  async function work(job: Job<DeliveryJobData>): Promise<number | undefined> {
    const release = shares.take(job.data.receiver);
    if (!release) return shares.delayMs(job.data.receiver);
    try {
      const next = await attempt(job.data, shutdown.signal);
      return next.kind === 'again' ? next.delayMs : undefined;
    } catch (error) {
      if (shutdown.signal.aborted) return 0;
      options.onError?.(error instanceof Error ? error : new Error(String(error)));
      return FAULT_DELAY_MS;
    } finally {
      release();
    }
  }

  const inFlight = createJobsInFlight();
  const worker = new Worker<DeliveryJobData>(
    DELIVERY_QUEUE,
    (job, token) =>
      inFlight.track(async () => {
        const delayMs = await work(job);
        if (delayMs === undefined) return;
        await job.moveToDelayed(Date.now() + delayMs, token);
        throw new DelayedError();
      }),
    {
      connection: redis,
      concurrency,
      // No skipVersionCheck: while BullMQ does not know the version of Redis, it waits for delayed
      // jobs in whole seconds.
      lockDuration: options.lockDurationMs ?? 15_000,
      stalledInterval: options.stalledIntervalMs ?? 5_000,
      // A delivery must not fail because workers died; the retry schedule bounds its own failures.
      maxStalledCount: 1_000,
    },
  );
  worker.on('error', (error) => options.onError?.(error));

  return {
    /**
     * Takes no more jobs; resolves when those in flight are done. After `timeoutMs` the attempts in
     * flight are aborted without a record, and another worker makes them again.
     */
    close: (timeoutMs: number): Promise<void> =>
      inFlight.close([worker], timeoutMs, () => shutdown.abort()),
    isRunning: () => worker.isRunning(),
  };
}
