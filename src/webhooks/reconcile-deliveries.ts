import type { DeliveryQueue, DeliveryRecords } from './ports.js';

export interface ReconcileDeliveriesDeps {
  records: Pick<DeliveryRecords, 'overdue' | 'trim'>;
  queue: DeliveryQueue;
  now?: () => Date;
}

/** Younger ones may be on their way from the record to the queue right now. */
const MIN_AGE_MS = 30_000;
const AT_ONCE = 500;

/**
 * Looks after deliveries that are due and that no job stands for: whoever accepted them died
 * between record and queue. Also forgets what is past its time. Returns how many were queued.
 */
export async function reconcileDeliveries(
  { records, queue, now = () => new Date() }: ReconcileDeliveriesDeps,
  minAgeMs = MIN_AGE_MS,
): Promise<number> {
  let mended = 0;
  const before = new Date(now().getTime() - minAgeMs).toISOString();
  for (const ticket of await records.overdue(before, AT_ONCE)) {
    if ((await queue.state(ticket)) === 'pending') continue;
    await queue.add(ticket);
    mended += 1;
  }
  await records.trim();
  return mended;
}
