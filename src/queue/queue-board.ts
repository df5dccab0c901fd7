import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { Job, Queue } from 'bullmq';
import type { Router } from 'express';
import type { JobData, RenderJobData } from './render-jobs.js';

export const QUEUE_BOARD_PATH = '/admin/queues';

/**
 * Draws an image anew whose job has failed. False: its record still waits for that very job.
 * @throws AppError where there is nothing to be drawn
 */
export type Redraw = (ticket: { imageId: string; generation: number }) => Promise<boolean>;

const isRender = (data: unknown): data is RenderJobData =>
  (data as JobData | undefined)?.kind === 'render';

/**
 * A render that failed has a record that says so. To run its job again would draw nothing, so a
 * retry asks for the image instead, and the job that failed is gone.
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
 * The pages on which an operator watches the queues. With `redraw` they can also be changed; what
 * is taken out of a queue there is found by its record and queued again.
 */
export function createQueueBoard(queues: Queue[], redraw?: Redraw): Router {
  const adapter = new ExpressAdapter();
  adapter.setBasePath(QUEUE_BOARD_PATH);
  createBullBoard({
    queues: queues.map((queue) =>
      redraw
        ? new RenderAdapter(queue, redraw)
        : new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false }),
    ),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Cardpress' } },
  });
  return adapter.getRouter() as Router;
}
