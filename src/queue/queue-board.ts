import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { Job, Queue } from 'bullmq';
import type { Router } from 'express';
import type { Redis } from 'ioredis';
import { DELIVERY_QUEUE } from './delivery-jobs.js';
import { createGuardedQueues } from './guarded-queues.js';
import {
  BULK_QUEUE,
  ISOLATED_QUEUE,
  type JobData,
  LINK_QUEUE,
  RENDER_QUEUE,
  type RenderJobData,
} from './render-jobs.js';

const QUEUE_BOARD_PATH = '/admin/queues';
/** In the order in which the board shows them. */
const SHOWN = [RENDER_QUEUE, BULK_QUEUE, LINK_QUEUE, ISOLATED_QUEUE, DELIVERY_QUEUE];

/**
 * Draws the image of a failed job again. Returns false if its record still waits for that job.
 * @throws AppError if there is nothing to draw
 */
export type Redraw = (ticket: { imageId: string; generation: number }) => Promise<boolean>;

const isRender = (data: unknown): data is RenderJobData =>
  (data as JobData | undefined)?.kind === 'render';

/**
 * The record of a failed render says `failed`, so running its job again would draw nothing. A retry
 * requests the image anew instead and removes the failed job.
 */
class RenderAdapter extends BullMQAdapter {
  constructor(
    queue: Queue,
    private readonly redraw: Redraw,
  ) {
    super(queue);
  }

  override async getJob(id: string) {
    return this.withRedraw(await super.getJob(id));
  }

  override async getJobs(...wanted: Parameters<BullMQAdapter['getJobs']>) {
    const jobs = await super.getJobs(...wanted);
    for (const job of jobs) this.withRedraw(job);
    return jobs;
  }

  private withRedraw<T>(found: T): T {
    const job = found as Job | undefined;
    if (!job || !isRender(job.data)) return found;
    const { data } = job;
    const retryItself = job.retry.bind(job);
    job.retry = async (...how) => {
      if (await this.redraw(data)) await job.remove();
      else await retryItself(...how);
    };
    return found;
  }
}

/**
 * The dashboard on which an operator watches the queues. With `redraw` queues can also be changed;
 * a job that is removed there is found by its record and queued again. `redis` must fail fast.
 */
export function createQueueBoard(
  redis: Redis,
  redraw?: Redraw,
): { router: Router; close(): Promise<void> } {
  const queues = createGuardedQueues(redis, 'The queues cannot be reached.');
  const adapter = new ExpressAdapter();
  adapter.setBasePath(QUEUE_BOARD_PATH);
  createBullBoard({
    queues: SHOWN.map((name) => queues.open<unknown>(name)).map((queue) =>
      redraw
        ? new RenderAdapter(queue, redraw)
        : new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false }),
    ),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Cardpress' } },
  });
  return { router: adapter.getRouter() as Router, close: queues.close };
}
