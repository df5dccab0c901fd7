import type { ImageRecord } from './image.js';
import type { RenderQueue } from './ports.js';

export type Withdrawal =
  /** The record was removed. */
  | 'withdrawn'
  /** A request that is no waiter wants the image. */
  | 'wanted'
  /** Other waiters are connected, or drawing has begun. */
  | 'awaited'
  /** There is no such record. */
  | 'gone';

/**
 * Records of waiters, who want an image only while their connection is open. Methods throw
 * `redis_unavailable`.
 */
export interface Waiters {
  /** Removes a waiter. True if nobody else wants this generation and drawing has not begun. */
  removeWaiter(record: Pick<ImageRecord, 'id' | 'generation'>, waiter: string): Promise<boolean>;
  /** Removes the record of a generation whose job was removed, unless somebody wants the image. */
  withdraw(record: Pick<ImageRecord, 'id' | 'generation' | 'spec'>): Promise<Withdrawal>;
}

/**
 * Withdraws an image when nobody waits for it any more: removes its job, then its record. A request
 * in between finds the record and registers in it. The second step sees that, and the job is queued
 * again. If the process dies in between, a record without a job is left, which `reconcile` queues
 * again.
 */
export function createWithdrawImage(deps: {
  waiters: Waiters;
  queue: Pick<RenderQueue, 'add' | 'withdraw'>;
}) {
  /** Returns whether the image was withdrawn. `priority` is that of the waiter's request. */
  return async function withdrawImage(
    record: Pick<ImageRecord, 'id' | 'generation' | 'spec'>,
    waiter: string,
    priority: 'reader' | 'link',
  ): Promise<boolean> {
    const ticket = { imageId: record.id, generation: record.generation };
    if (!(await deps.waiters.removeWaiter(record, waiter))) return false;
    if (!(await deps.queue.withdraw(ticket))) return false;
    const outcome = await deps.waiters.withdraw(record);
    if (outcome === 'wanted') {
      await deps.queue.add({ ...ticket, priority: 'waiting', joined: true });
    } else if (outcome === 'awaited') {
      await deps.queue.add({ ...ticket, priority, joined: true });
    }
    return outcome === 'withdrawn';
  };
}

export type WithdrawImage = ReturnType<typeof createWithdrawImage>;
