import type { JobsOptions } from 'bullmq';
import type { DeliveryTicket } from '../webhooks/ports.js';

export const DELIVERY_QUEUE = 'deliveries';

/** All other data is in the delivery record. */
export type DeliveryJobData = DeliveryTicket;

/**
 * One job for each round: a replay need not wait until the job of the previous round is removed.
 */
export function deliveryJobId({ id, round }: Pick<DeliveryTicket, 'id' | 'round'>): string {
  return `${id}.${round}`;
}

/**
 * The delivery record decides when a delivery is tried again, so the job is delayed and never
 * failed. A lost job is queued again from its record, which requires that its id is free.
 */
export const DELIVERY_JOB: JobsOptions = {
  attempts: 1,
  removeOnComplete: true,
  removeOnFail: true,
};
