import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { AppError } from '../errors/app-error.js';
import { withDeadline } from '../errors/deadline.js';
import type { RenderQueue } from '../images/ports.js';
import { type JobData, PRIORITY, RENDER_JOB, RENDER_QUEUE, renderJobId } from './render-jobs.js';

function unavailable(cause?: unknown): AppError {
  return new AppError('redis_unavailable', {
    detail: 'The queue cannot be reached. Try again shortly.',
    retryAfterSeconds: 5,
    cause,
  });
}

/** For the end of a process: BullMQ waits for a Redis that never came. */
const CLOSE_TIMEOUT_MS = 2_000;

export interface QueueCounts {
  waiting: number;
  delayed: number;
  active: number;
  failed: number;
  [state: string]: number;
}

/** The renders, in BullMQ. `redis` must fail fast: it serves requests. */
export function createRenderQueue(redis: Redis): RenderQueue & {
  bull: Queue<JobData>;
  counts(): Promise<QueueCounts>;
  close(): Promise<void>;
} {
  const bull = new Queue<JobData>(RENDER_QUEUE, { connection: redis, skipVersionCheck: true });
  bull.on('error', () => undefined);

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    // BullMQ itself would wait for a connection that is not there yet, however long that takes.
    if (redis.status !== 'ready') throw unavailable();
    try {
      return await work();
    } catch (cause) {
      throw cause instanceof AppError ? cause : unavailable(cause);
    }
  }

  async function counts(): Promise<QueueCounts> {
    return guarded(async () => {
      const c = await bull.getJobCounts('waiting', 'prioritized', 'delayed', 'active', 'failed');
      return {
        waiting: (c.waiting ?? 0) + (c.prioritized ?? 0),
        delayed: c.delayed ?? 0,
        active: c.active ?? 0,
        failed: c.failed ?? 0,
      };
    });
  }

  return {
    bull,
    counts,

    async add({ imageId, generation, priority }) {
      const jobId = renderJobId(imageId, generation);
      const wanted = PRIORITY[priority];
      await guarded(async () => {
        const job = await bull.add(
          'render',
          { kind: 'render', imageId, generation },
          { ...RENDER_JOB, jobId, priority: wanted },
        );
        // Adding an id that exists changes nothing and returns the options that were asked for.
        const existing = priority === 'bulk' ? undefined : await bull.getJob(String(job.id));
        if (existing && existing.priority > wanted) {
          await existing.changePriority({ priority: wanted }).catch(() => undefined);
        }
      });
    },

    async state({ imageId, generation }) {
      return guarded(async () => {
        const state = await bull.getJobState(renderJobId(imageId, generation));
        if (state === 'failed') return 'failed';
        return state === 'unknown' || state === 'completed' ? 'absent' : 'pending';
      });
    },

    async remove({ imageId, generation }) {
      // A job that is being worked on is locked and stays; its record is gone when it looks.
      await guarded(() => bull.remove(renderJobId(imageId, generation)));
    },

    async waiting() {
      const { waiting, delayed } = await counts();
      return waiting + delayed;
    },

    close: () => withDeadline(bull.close(), CLOSE_TIMEOUT_MS, () => unavailable()),
  };
}
