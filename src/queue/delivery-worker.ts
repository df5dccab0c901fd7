import { DelayedError, type Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { AttemptDelivery } from '../webhooks/attempt-delivery.js';
import { DELIVERY_QUEUE, type DeliveryJobData } from './delivery-jobs.js';
import { createDeliveryLanes } from './delivery-lanes.js';
import { createJobsInFlight } from './jobs-in-flight.js';

export interface DeliveryWorkerOptions {
  /** A connection that waits for Redis. */
  redis: Redis;
  /** Makes one attempt and says what comes next; what it throws is a fault of ours. */
  attempt: AttemptDelivery;
  /** Attempts in hand at once. Default 64. */
  concurrency?: number;
  /** Of these, for one receiver. Default 4. */
  perReceiver?: number;
  /** A worker that dies is noticed after this and the interval. Default 15 s and 5 s. */
  lockDurationMs?: number;
  stalledIntervalMs?: number;
  onError?: (error: Error) => void;
}

/** After a fault of ours, such as a Redis that refused the record of an attempt. */
const FAULT_DELAY_MS = 5_000;

/** Takes deliveries from the queue until closed. Starts at once. */
export function createDeliveryWorker(options: DeliveryWorkerOptions) {
  const { redis, attempt, concurrency = 64, perReceiver = 4 } = options;
  const lanes = createDeliveryLanes(perReceiver);
  const breakOff = new AbortController();

  /** How long to put the job back for; undefined where it is done. */
  async function work(job: Job<DeliveryJobData>): Promise<number | undefined> {
    const leave = lanes.take(job.data.receiver);
    if (!leave) return lanes.delayMs(job.data.receiver);
    try {
      const next = await attempt(job.data, breakOff.signal);
      return next.kind === 'again' ? next.delayMs : undefined;
    } catch (error) {
      if (breakOff.signal.aborted) return 0;
      options.onError?.(error instanceof Error ? error : new Error(String(error)));
      return FAULT_DELAY_MS;
    } finally {
      leave();
    }
  }

  const inFlight = createJobsInFlight();
  const worker = new Worker<DeliveryJobData>(
    DELIVERY_QUEUE,
    (job, token) =>
      inFlight.hold(async () => {
        const delayMs = await work(job);
        if (delayMs === undefined) return;
        await job.moveToDelayed(Date.now() + delayMs, token);
        throw new DelayedError();
      }),
    {
      connection: redis,
      concurrency,
      // No skipVersionCheck: a Redis whose version is unknown is waited for in whole seconds.
      lockDuration: options.lockDurationMs ?? 15_000,
      stalledInterval: options.stalledIntervalMs ?? 5_000,
      // Dying workers are not the delivery's fault; its schedule bounds what is.
      maxStalledCount: 1_000,
    },
  );
  worker.on('error', (error) => options.onError?.(error));

  return {
    /**
     * Takes no more jobs; resolves when those in hand are done. After `timeoutMs` the attempts
     * under way are broken off, unrecorded, and made again by whoever takes them next.
     */
    close: (timeoutMs: number): Promise<void> =>
      inFlight.close([worker], timeoutMs, () => breakOff.abort()),
    isRunning: () => worker.isRunning(),
  };
}
