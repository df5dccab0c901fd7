import { AppError } from '../errors/app-error.js';
import type { ImageRecords, RenderQueue } from './ports.js';

export interface ReconcileDeps {
  records: ImageRecords;
  queue: RenderQueue;
  giveUp(task: { imageId: string; generation: number }, error: unknown): Promise<void>;
}

/** Younger ones may be on their way from the record to the queue right now. */
const MIN_AGE_MS = 15_000;
const AT_ONCE = 500;

/**
 * Looks after images that were accepted and are not settled: one whose asker died between record
 * and queue is queued again; one that the queue gave up is recorded as failed. Returns how many
 * were mended.
 */
export async function reconcile(deps: ReconcileDeps, minAgeMs = MIN_AGE_MS): Promise<number> {
  let mended = 0;
  for (const { id, generation } of await deps.records.unsettled(minAgeMs, AT_ONCE)) {
    const ticket = { imageId: id, generation };
    const state = await deps.queue.state(ticket);
    if (state === 'pending') continue;
    if (state === 'failed') {
      const detail = 'The workers that drew this image kept dying. See the log of the worker.';
      await deps.giveUp(ticket, new AppError('render_crashed', { detail }));
    } else {
      await deps.queue.add({ ...ticket, priority: 'publish' });
    }
    mended += 1;
  }
  return mended;
}
