import type { ImageRecord } from './image.js';
import type { RenderQueue } from './ports.js';

/**
 * `kept`: a request wants the image for good; `visited`: other waiters are connected, or drawing
 * has begun; `gone`: there is no such record.
 */
export type Withdrawal = 'withdrawn' | 'kept' | 'visited' | 'gone';

/**
 * Waiters: requests that want an image only while their connection is open. Methods throw
 * `redis_unavailable`.
 */
export interface Waiters {
  /** Removes a waiter. True if nobody else wants this generation and drawing has not begun. */
  removeWaiter(record: Pick<ImageRecord, 'id' | 'generation'>, waiter: string): Promise<boolean>;
  /** Removes the record of a generation whose job was removed, unless somebody wants it again. */
  withdraw(record: Pick<ImageRecord, 'id' | 'generation' | 'spec'>): Promise<Withdrawal>;
}

/**
 * Removes an image from the queue when nobody waits for it any more. The job goes first, then the
 * record. A request in between finds the record and registers in it, the second step sees that, and
 * the job is queued again. If the process dies in between, a record without a job is left, which
 * `reconcile` queues again.
 */
export function createWithdrawImage(deps: {
  waiters: Waiters;
  queue: Pick<RenderQueue, 'add' | 'withdraw'>;
}) {
  /** Returns whether nobody wanted the image and it was removed from the queue. */
  return async function withdrawImage(
    record: Pick<ImageRecord, 'id' | 'generation' | 'spec'>,
    waiter: string,
    priority: 'reader' | 'link',
  ): Promise<boolean> {
    const ticket = { imageId: record.id, generation: record.generation };
    if (!(await deps.waiters.removeWaiter(record, waiter))) return false;
    if (!(await deps.queue.withdraw(ticket))) return false;
    const outcome = await deps.waiters.withdraw(record);
    if (outcome === 'kept' || outcome === 'visited') {
      const again = outcome === 'kept' ? 'waiting' : priority;
      await deps.queue.add({ ...ticket, priority: again, joined: true });
    }
    return outcome === 'withdrawn';
  };
}

export type WithdrawImage = ReturnType<typeof createWithdrawImage>;
