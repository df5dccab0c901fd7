import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { Job, Queue } from 'bullmq';
import type { Router } from 'express';
import type { Redis } from 'ioredis';
import { ALL_QUEUES } from './all-queues.js';
import { createGuardedQueues } from './guarded-queues.js';
import type { JobData, RenderJobData } from './render-jobs.js';

const QUEUE_BOARD_PATH = '/admin/queues';

/**
 * Draws the image of a failed job again. Returns false if its record still waits for that job.
 * @throws AppError if there is nothing to draw
 */
export type Redraw = (ticket: { imageId: string; generation: number }) => Promise<boolean>;

const isRender = (data: unknown): data is RenderJobData =>
  (data as JobData | undefined)?.kind === 'render';

/**
 * Replaces the retry of a failed render job. Its record says `failed`, so running the job again
 * would draw nothing. Instead the image is requested anew and the failed job is removed.
 */
class RedrawAdapter extends BullMQAdapter {
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
 * The dashboard on which an operator watches the queues. Without `redraw` it is read-only. A job
 * that an operator removes is queued again from its record. `redis` must fail fast.
 */
export function createQueueBoard(
  redis: Redis,
  redraw?: Redraw,
): { router: Router; close(): Promise<void> } {
  const queues = createGuardedQueues(redis, 'The queues cannot be reached.');
  const adapter = new ExpressAdapter();
  adapter.setBasePath(QUEUE_BOARD_PATH);
  createBullBoard({
    queues: ALL_QUEUES.map((name) => queues.open<unknown>(name)).map((queue) =>
      redraw
        ? new RedrawAdapter(queue, redraw)
        : new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false }),
    ),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Cardpress' } },
  });
  return { router: adapter.getRouter() as Router, close: queues.close };
}
