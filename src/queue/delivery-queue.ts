import type { Redis } from 'ioredis';
import type { DeliveryQueue } from '../webhooks/ports.js';
import {
  DELIVERY_JOB,
  DELIVERY_QUEUE,
  type DeliveryJobData,
  deliveryJobId,
} from './delivery-jobs.js';
import { createGuardedQueues } from './guarded-queues.js';
import { readJobCounts } from './job-counts.js';

/** The queue of webhook deliveries, in BullMQ. `redis` must fail fast. */
export function createDeliveryQueue(redis: Redis): DeliveryQueue & {
  counts(): Promise<{ waiting: number; delayed: number; active: number }>;
  close(): Promise<void>;
} {
  const { open, guarded, close } = createGuardedQueues(
    redis,
    'The queue of deliveries cannot be reached. Try again shortly.',
  );
  const bull = open<DeliveryJobData>(DELIVERY_QUEUE);

  return {
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
        const { waiting, delayed, active } = await readJobCounts(bull);
        return { waiting, delayed, active };
      }),

    close,
  };
}
