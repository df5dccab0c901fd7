import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { RenderQueue, RenderTicket } from '../images/ports.js';
import { type AskedQueue, createAskedQueue } from './ask-worker.js';
import { createCallerTurns } from './caller-turns.js';
import { createGuardedQueues } from './guarded-queues.js';
import type { MeasureJobData } from './measurer.js';
import type { ProbeJobData } from './prober.js';
import {
  BULK_QUEUE,
  ISOLATED_QUEUE,
  type JobData,
  LINK_QUEUE,
  MAX_TURN,
  type PreviewJobData,
  priorityOf,
  RENDER_JOB,
  RENDER_QUEUE,
  type RenderJobData,
  renderJobId,
} from './render-jobs.js';

export interface QueueCounts {
  waiting: number;
  delayed: number;
  active: number;
  failed: number;
  [state: string]: number;
}

async function countsOf(bull: Queue<JobData>): Promise<QueueCounts> {
  const c = await bull.getJobCounts('waiting', 'prioritized', 'delayed', 'active', 'failed');
  return {
    waiting: (c.waiting ?? 0) + (c.prioritized ?? 0),
    delayed: c.delayed ?? 0,
    active: c.active ?? 0,
    failed: c.failed ?? 0,
  };
}

/**
 * The render queues, in BullMQ. Bulk and links have queues of their own, so that workers can keep
 * slots free for requests that someone waits for. `redis` must fail fast: it serves requests.
 */
export function createRenderQueue(redis: Redis): RenderQueue & {
  /** For previews: someone looks at a screen. */
  asked: AskedQueue<PreviewJobData>;
  /** For the check of a list, which goes behind every image that someone waits for. */
  askedInBulk: AskedQueue<MeasureJobData | ProbeJobData>;
  counts(): Promise<QueueCounts>;
  close(): Promise<void>;
} {
  const queues = createGuardedQueues(redis, 'The queue cannot be reached. Try again shortly.');
  const { guarded, close } = queues;
  /** Jobs that someone waits for. */
  const waited = queues.open<JobData>(RENDER_QUEUE);
  const bulk = queues.open<JobData>(BULK_QUEUE);
  const links = queues.open<JobData>(LINK_QUEUE);
  const isolated = queues.open<JobData>(ISOLATED_QUEUE);
  const all = [waited, bulk, links, isolated];
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

  async function sumOfCounts(): Promise<QueueCounts> {
    const sum: QueueCounts = { waiting: 0, delayed: 0, active: 0, failed: 0 };
    for (const counts of await Promise.all(all.map(countsOf))) {
      for (const [state, count] of Object.entries(counts)) sum[state] = (sum[state] ?? 0) + count;
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

  /** Raises the priority of a waiting job; a job in flight stays as it is. */
  async function raisePriority(jobId: string, data: RenderJobData, wanted: number): Promise<void> {
    if ((await takeWaiting(bulk, jobId)) || (await takeWaiting(links, jobId))) {
      await waited.add('render', data, { ...RENDER_JOB, jobId, priority: wanted });
      return;
    }
    const job = await waited.getJob(jobId);
    if (job && job.priority > wanted) {
      await job.changePriority({ priority: wanted }).catch(() => undefined);
    }
  }

  /** A link reader can raise the priority of a batch row, and of nothing else. */
  async function addLink(jobId: string, data: RenderJobData, ticket: RenderTicket): Promise<void> {
    if (ticket.joined) {
      if (await isIn(waited, jobId)) return;
      if (!(await takeWaiting(bulk, jobId)) && (await isIn(bulk, jobId))) return;
    }
    const priority = Math.min(ticket.turn ?? 1, MAX_TURN);
    await links.add('render', data, { ...RENDER_JOB, jobId, priority });
  }

  return {
    asked: createAskedQueue<PreviewJobData>(waited),
    askedInBulk: createAskedQueue<MeasureJobData | ProbeJobData>(bulk),

    counts: () => guarded(sumOfCounts),

    async add(ticket) {
      const { imageId, generation, priority, joined, caller } = ticket;
      const jobId = renderJobId(imageId, generation);
      const from = caller ? { caller } : {};
      const data: RenderJobData = { kind: 'render', imageId, generation, ...from };
      await guarded(async () => {
        // A job that waits for isolation keeps its priority.
        if (joined && (await isIn(isolated, jobId))) return;
        if (priority === 'bulk') {
          // Already queued with a higher priority: a second job would only find the work done.
          if (joined && ((await waited.getJob(jobId)) || (await isIn(links, jobId)))) return;
          await bulk.add('render', data, { ...RENDER_JOB, jobId });
          return;
        }
        if (priority === 'link') {
          await addLink(jobId, data, ticket);
          return;
        }
        const wanted = priorityOf(priority, caller === undefined ? 1 : turns.next(caller));
        if (joined) await raisePriority(jobId, data, wanted);
        if (joined && ((await isIn(bulk, jobId)) || (await isIn(links, jobId)))) return;
        await waited.add('render', data, { ...RENDER_JOB, jobId, priority: wanted });
      });
    },

    state: ({ imageId, generation }) =>
      guarded(async () => {
        const jobId = renderJobId(imageId, generation);
        const states = await Promise.all(all.map((queue) => queue.getJobState(jobId)));
        const here = states.filter((state) => state !== 'unknown' && state !== 'completed');
        if (here.length === 0) return 'absent';
        return here.every((state) => state === 'failed') ? 'failed' : 'pending';
      }),

    async remove({ imageId, generation }) {
      const jobId = renderJobId(imageId, generation);
      // A job in flight is locked and stays; the worker will find that its record is gone.
      await guarded(() => Promise.all(all.map((queue) => queue.remove(jobId))));
    },

    async withdraw({ imageId, generation }) {
      const jobId = renderJobId(imageId, generation);
      const taken = await guarded(() =>
        Promise.all([links, waited].map((queue) => takeWaiting(queue, jobId))),
      );
      return taken.includes(true);
    },

    waiting: () => guarded(() => waitingIn(all)),
    bulkWaiting: () => guarded(() => waitingIn([bulk])),
    bulkDelayed: () => guarded(() => redis.zcard(bulk.toKey('delayed'))),

    close,
  };
}
