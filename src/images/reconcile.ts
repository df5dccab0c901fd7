import { AppError } from '../errors/app-error.js';
import type { ImageRecords, RenderQueue } from './ports.js';

export interface ReconcileDeps {
  records: ImageRecords;
  queue: RenderQueue;
  giveUp(task: { imageId: string; generation: number }, error: unknown): Promise<void>;
}

/** A newer record may still be queued by the process that opened it. */
const MIN_AGE_MS = 15_000;
/** Records in one call; the next call takes the rest. */
const MAX_RECORDS = 500;

/**
 * Repairs images that were accepted and are not settled. If the process died between record and
 * queue, the job is queued again; if the queue gave the job up, the failure is recorded. Returns
 * the number of repaired images.
 */
export async function reconcile(deps: ReconcileDeps, minAgeMs = MIN_AGE_MS): Promise<number> {
  let repaired = 0;
  for (const { id, generation } of await deps.records.unsettled(minAgeMs, MAX_RECORDS)) {
    const ticket = { imageId: id, generation };
    const state = await deps.queue.state(ticket);
    if (state === 'pending') continue;
    if (state === 'failed') {
      const detail = 'The workers that drew this image kept dying. See the log of the worker.';
      await deps.giveUp(ticket, new AppError('render_crashed', { detail }));
    } else {
      // The original priority is not known; the requester has probably stopped waiting.
      await deps.queue.add({ ...ticket, priority: 'publish' });
    }
    repaired += 1;
  }
  return repaired;
}
