import type { JobsOptions } from 'bullmq';
import type { DeliveryTicket } from '../webhooks/ports.js';

export const DELIVERY_QUEUE = 'deliveries';

/** All other data is in the delivery record. */
export type DeliveryJobData = DeliveryTicket;

/**
 * One job for each round of attempts: a replay, which is a new round, need not wait until the job of
 * the previous round is removed.
 */
export function deliveryJobId({ id, round }: Pick<DeliveryTicket, 'id' | 'round'>): string {
  return `${id}.${round}`;
}

/**
 * The delivery record decides when a delivery is tried again, so the job is delayed and never
 * failed. Ended jobs are removed, because a lost job is queued again from its record and BullMQ
 * ignores a job whose id is still there.
 */
export const DELIVERY_JOB: JobsOptions = {
  attempts: 1,
  removeOnComplete: true,
  removeOnFail: true,
};
