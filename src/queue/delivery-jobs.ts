import type { JobsOptions } from 'bullmq';
import type { DeliveryTicket } from '../webhooks/ports.js';

export const DELIVERY_QUEUE = 'deliveries';

/** The record holds everything else. */
export type DeliveryJobData = DeliveryTicket;

/** A job for each round: a replay does not wait for the job of the round before to be gone. */
export function deliveryJobId({ id, round }: Pick<DeliveryTicket, 'id' | 'round'>): string {
  return `${id}.${round}`;
}

/**
 * When a delivery is tried again is the record's to say: the job is put back, never failed. A job
 * that is lost all the same is queued again from its record, which needs its id to be free.
 */
export const DELIVERY_JOB: JobsOptions = {
  attempts: 1,
  removeOnComplete: true,
  removeOnFail: true,
};
