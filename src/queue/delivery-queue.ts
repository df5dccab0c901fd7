import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { AppError } from '../errors/app-error.js';
import { withDeadline } from '../errors/deadline.js';
import type { DeliveryQueue } from '../webhooks/ports.js';
import {
  DELIVERY_JOB,
  DELIVERY_QUEUE,
  type DeliveryJobData,
  deliveryJobId,
} from './delivery-jobs.js';

function unavailable(cause?: unknown): AppError {
  return new AppError('redis_unavailable', {
    detail: 'The queue of deliveries cannot be reached. Try again shortly.',
    retryAfterSeconds: 5,
    cause,
  });
}

/** For the end of a process: BullMQ waits for a Redis that never came. */
const CLOSE_TIMEOUT_MS = 2_000;

/** The deliveries that are to be attempted, in BullMQ. `redis` must fail fast. */
export function createDeliveryQueue(redis: Redis): DeliveryQueue & {
  bull: Queue<DeliveryJobData>;
  counts(): Promise<{ waiting: number; delayed: number; active: number }>;
  close(): Promise<void>;
} {
  const bull = new Queue<DeliveryJobData>(DELIVERY_QUEUE, {
    connection: redis,
    skipVersionCheck: true,
  });
  bull.on('error', () => undefined);

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    // BullMQ itself would wait for a connection that is not there yet, however long that takes.
    if (redis.status !== 'ready') throw unavailable();
    try {
      return await work();
    } catch (cause) {
      throw cause instanceof AppError ? cause : unavailable(cause);
    }
  }

  return {
    bull,

    async add(ticket) {
      await guarded(() =>
        bull.add('deliver', ticket, { ...DELIVERY_JOB, jobId: deliveryJobId(ticket) }),
      );
    },

    async state(ticket) {
      return guarded(async () => {
        const state = await bull.getJobState(deliveryJobId(ticket));
        return ['unknown', 'completed', 'failed'].includes(state) ? 'absent' : 'pending';
      });
    },

    counts: () =>
      guarded(async () => {
        const c = await bull.getJobCounts('waiting', 'delayed', 'active');
        return { waiting: c.waiting ?? 0, delayed: c.delayed ?? 0, active: c.active ?? 0 };
      }),

    close: () => withDeadline(bull.close(), CLOSE_TIMEOUT_MS, () => unavailable()),
  };
}
