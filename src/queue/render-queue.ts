import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { RenderQueue, RenderTicket } from '../images/ports.js';
import { createCallerTurns } from './caller-turns.js';
import { createGuardedQueues } from './guarded-queues.js';
import { type JobCounts, readJobCounts } from './job-counts.js';
import type { MeasureJobData } from './measurer.js';
import type { PreviewJobData } from './previewer.js';
import type { ProbeJobData } from './prober.js';
import {
  BULK_QUEUE,
  ISOLATED_QUEUE,
  type JobData,
  LINK_QUEUE,
  MAX_TURN,
  priorityOf,
  RENDER_JOB,
  RENDER_QUEUE,
  type RenderJobData,
  renderJobId,
} from './render-jobs.js';
import { createRequestQueue, type RequestQueue } from './request-from-worker.js';

/**
 * The render queues, in BullMQ. Bulk and links have queues of their own, so that workers can keep
 * slots free for requests that someone waits for. `redis` must fail fast: it serves requests.
 */
export function createRenderQueue(redis: Redis): RenderQueue & {
  /** For previews, which go with the images of callers who wait. */
  requests: RequestQueue<PreviewJobData>;
  /** For checks of the data of a batch, which go behind every image that someone waits for. */
  bulkRequests: RequestQueue<MeasureJobData | ProbeJobData>;
  /** Sums over all render queues. */
  counts(): Promise<JobCounts>;
  close(): Promise<void>;
} {
  const queues = createGuardedQueues(redis, 'The queue cannot be reached. Try again shortly.');
  const { guarded, close } = queues;
  const main = queues.open<JobData>(RENDER_QUEUE);
  const bulk = queues.open<JobData>(BULK_QUEUE);
  const links = queues.open<JobData>(LINK_QUEUE);
  const isolated = queues.open<JobData>(ISOLATED_QUEUE);
  const all = [main, bulk, links, isolated];
  const turns = createCallerTurns();

  /**
   * Jobs that wait or are delayed, counted with one round trip of plain commands: every request
   * needs the number, and BullMQ's counting script takes ten times as long.
   */
  async function waitingIn(counted: Queue<JobData>[]): Promise<number> {
    const pipeline = redis.pipeline();
    for (const queue of counted) {
      pipeline.llen(queue.toKey('wait')).llen(queue.toKey('paused'));
      pipeline.zcard(queue.toKey('prioritized')).zcard(queue.toKey('delayed'));
    }
    let sum = 0;
    for (const [error, count] of (await pipeline.exec()) ?? []) {
      if (error) throw error;
      sum += Number(count);
    }
    return sum;
  }

  async function sumOfCounts(): Promise<JobCounts> {
    const sum: JobCounts = { waiting: 0, delayed: 0, active: 0, failed: 0 };
    for (const counts of await Promise.all(all.map(readJobCounts))) {
      sum.waiting += counts.waiting;
      sum.delayed += counts.delayed;
      sum.active += counts.active;
      sum.failed += counts.failed;
    }
    return sum;
  }

  const isIn = async (queue: Queue<JobData>, jobId: string) =>
    (await queue.getJobState(jobId)) !== 'unknown';

  /**
   * Removes a waiting job. False if it is absent or being worked on: BullMQ's `remove` reports
   * success even for an absent job.
   */
  const takeWaiting = async (queue: Queue<JobData>, jobId: string) =>
    (await isIn(queue, jobId)) && (await queue.remove(jobId)) > 0;

  /**
   * Moves a waiting job of a batch or a link into the main queue, or raises its priority there. A
   * job in flight stays as it is.
   */
  async function raisePriority(
    jobId: string,
    data: RenderJobData,
    priority: number,
  ): Promise<void> {
    if ((await takeWaiting(bulk, jobId)) || (await takeWaiting(links, jobId))) {
      await main.add('render', data, { ...RENDER_JOB, jobId, priority });
      return;
    }
    const job = await main.getJob(jobId);
    if (job && job.priority > priority) {
      // Fails if the job has begun meanwhile.
      await job.changePriority({ priority }).catch(() => undefined);
    }
  }

  /**
   * Queues the image of a link reader. A job that is queued already stays where it is, except a
   * waiting batch row, which would be drawn later.
   */
  async function addLink(jobId: string, data: RenderJobData, ticket: RenderTicket): Promise<void> {
    if (ticket.joined) {
      if (await isIn(main, jobId)) return;
      if (!(await takeWaiting(bulk, jobId)) && (await isIn(bulk, jobId))) return;
    }
    const priority = Math.min(ticket.turn ?? 1, MAX_TURN);
    await links.add('render', data, { ...RENDER_JOB, jobId, priority });
  }

  return {
    requests: createRequestQueue<PreviewJobData>(main),
    bulkRequests: createRequestQueue<MeasureJobData | ProbeJobData>(bulk),

    counts: () => guarded(sumOfCounts),

    async add(ticket) {
      const { imageId, generation, priority, joined, caller } = ticket;
      const jobId = renderJobId(imageId, generation);
      const data: RenderJobData = {
        kind: 'render',
        imageId,
        generation,
        ...(caller ? { caller } : {}),
      };
      await guarded(async () => {
        // A job that waits for isolation keeps its priority.
        if (joined && (await isIn(isolated, jobId))) return;
        if (priority === 'bulk') {
          // Already queued with a higher priority: a second job would only find the work done.
          if (joined && ((await main.getJob(jobId)) || (await isIn(links, jobId)))) return;
          await bulk.add('render', data, { ...RENDER_JOB, jobId });
          return;
        }
        if (priority === 'link') {
          await addLink(jobId, data, ticket);
          return;
        }
        const turn = caller === undefined ? 1 : turns.next(caller);
        const bullPriority = priorityOf(priority, turn);
        if (joined) {
          await raisePriority(jobId, data, bullPriority);
          // Still there: a worker has begun it.
          if ((await isIn(bulk, jobId)) || (await isIn(links, jobId))) return;
        }
        // BullMQ ignores a job whose id is in the queue already.
        await main.add('render', data, { ...RENDER_JOB, jobId, priority: bullPriority });
      });
    },

    state: ({ imageId, generation }) =>
      guarded(async () => {
        const jobId = renderJobId(imageId, generation);
        const states = await Promise.all(all.map((queue) => queue.getJobState(jobId)));
        const open = states.filter((state) => state !== 'unknown' && state !== 'completed');
        if (open.length === 0) return 'absent';
        return open.every((state) => state === 'failed') ? 'failed' : 'pending';
      }),

    async remove({ imageId, generation }) {
      const jobId = renderJobId(imageId, generation);
      // A job in flight is locked and stays; the worker will find that its record is gone.
      await guarded(() => Promise.all(all.map((queue) => queue.remove(jobId))));
    },

    async withdraw({ imageId, generation }) {
      const jobId = renderJobId(imageId, generation);
      const taken = await guarded(() =>
        Promise.all([links, main].map((queue) => takeWaiting(queue, jobId))),
      );
      return taken.includes(true);
    },

    waiting: () => guarded(() => waitingIn(all)),
    bulkWaiting: () => guarded(() => waitingIn([bulk])),
    bulkDelayed: () => guarded(() => redis.zcard(bulk.toKey('delayed'))),

    close,
  };
}
