import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { AppError } from '../errors/app-error.js';
import {
  ISOLATED_QUEUE,
  type JobData,
  priorityOf,
  RENDER_JOB,
  type RenderJobData,
  renderJobId,
} from './render-jobs.js';

/**
 * A browser that crashes or hangs fails all jobs in it, whichever caused it. So every job in it is
 * a candidate for an isolated retry: the failed attempt does not count, and from then on the job is
 * drawn in a browser of its own. There harmless jobs succeed, and a job that kills its browser
 * fails alone.
 */
export function createIsolatedRetry(redis: Redis) {
  const queue = new Queue<JobData>(ISOLATED_QUEUE, { connection: redis, skipVersionCheck: true });
  // Without a listener Node.js ends the process. `add` throws the same error.
  queue.on('error', () => undefined);

  return {
    /** Whether a shared attempt failed with an error that another job may have caused. */
    isCandidate: (error: AppError): boolean =>
      error.code === 'render_crashed' || error.code === 'render_timeout',

    /**
     * Queues the job for isolation. Call it before the job leaves its own queue, so that it is
     * always in one. Idempotent.
     * @param attempts made so far
     * @param isLater whether it goes behind isolated jobs that someone waits for
     */
    async takeOver(data: RenderJobData, attempts: number, isLater: boolean): Promise<void> {
      await queue.add(
        'render',
        { ...data, earlierAttempts: attempts },
        {
          ...RENDER_JOB,
          jobId: renderJobId(data.imageId, data.generation),
          priority: isLater ? priorityOf('publish') : priorityOf('waiting'),
        },
      );
    },
  };
}
