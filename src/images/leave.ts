import type { ImageRecord } from './image.js';
import type { RenderQueue } from './ports.js';

/** `kept`: somebody wants the image for good; `visited`: others are there, or it has begun. */
export type Withdrawal = 'withdrawn' | 'kept' | 'visited' | 'gone';

/** Those who want an image only while they are there. Methods throw `redis_unavailable`. */
export interface Visitors {
  /** Ends one's request. True where nobody else wants this generation, and it has not begun. */
  leave(record: Pick<ImageRecord, 'id' | 'generation'>, visitor: string): Promise<boolean>;
  /** Forgets a generation whose job is in no queue, unless somebody has come to want it. */
  withdraw(record: Pick<ImageRecord, 'id' | 'generation' | 'spec'>): Promise<Withdrawal>;
}

/**
 * What nobody awaits leaves the queue. The job goes first, then the record: who asks in between
 * finds the record, stands in it before the second step looks, and the job is put back for him. A
 * process that dies in between leaves a record without a job, which `reconcile` takes up.
 */
export function createLeave(deps: {
  visitors: Visitors;
  queue: Pick<RenderQueue, 'add' | 'withdraw'>;
}) {
  /** Returns whether the image is wanted by nobody now, and was taken back. */
  return async function leave(
    record: Pick<ImageRecord, 'id' | 'generation' | 'spec'>,
    visitor: string,
    priority: 'reader' | 'link',
  ): Promise<boolean> {
    const ticket = { imageId: record.id, generation: record.generation };
    if (!(await deps.visitors.leave(record, visitor))) return false;
    if (!(await deps.queue.withdraw(ticket))) return false;
    const outcome = await deps.visitors.withdraw(record);
    if (outcome === 'kept' || outcome === 'visited') {
      const again = outcome === 'kept' ? 'waiting' : priority;
      await deps.queue.add({ ...ticket, priority: again, joined: true });
    }
    return outcome === 'withdrawn';
  };
}

export type Leave = ReturnType<typeof createLeave>;
