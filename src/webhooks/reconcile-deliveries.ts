import type { DeliveryQueue, DeliveryRecords } from './ports.js';

export interface ReconcileDeliveriesDeps {
  records: Pick<DeliveryRecords, 'overdue' | 'trim'>;
  queue: DeliveryQueue;
  now?: () => Date;
}

/** Newer records may be about to be queued. */
const MIN_AGE_MS = 30_000;
const AT_ONCE = 500;

/**
 * Queues deliveries that are due and have no job, because the process died between record and
 * queue. Also removes expired records. Returns how many were queued.
 */
export async function reconcileDeliveries(
  { records, queue, now = () => new Date() }: ReconcileDeliveriesDeps,
  minAgeMs = MIN_AGE_MS,
): Promise<number> {
  let queued = 0;
  const before = new Date(now().getTime() - minAgeMs).toISOString();
  for (const ticket of await records.overdue(before, AT_ONCE)) {
    if ((await queue.state(ticket)) === 'pending') continue;
    await queue.add(ticket);
    queued += 1;
  }
  await records.trim();
  return queued;
}
