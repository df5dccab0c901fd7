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
 * A browser that dies or hangs takes every job with it that it has, guilty or not. So whatever was
 * in it is a suspect: that attempt does not count, and the job is drawn alone from then on. There
 * the innocent succeed, and the one that kills its browser each time fails without company.
 */
export function createIsolatedRetry(redis: Redis) {
  const queue = new Queue<JobData>(ISOLATED_QUEUE, { connection: redis, skipVersionCheck: true });
  queue.on('error', () => undefined);

  return {
    /** Whether an attempt in company ended in a way for which another job may be to blame. */
    isCandidate: (error: AppError): boolean =>
      error.code === 'render_crashed' || error.code === 'render_timeout',

    /** To be called before the job leaves its own queue, so that it is never in none. Idempotent. */
    async takeOver(data: RenderJobData, attempts: number, isBulk: boolean): Promise<void> {
      await queue.add(
        'render',
        { ...data, earlierAttempts: attempts },
        {
          ...RENDER_JOB,
          jobId: renderJobId(data.imageId, data.generation),
          priority: isBulk ? priorityOf('publish') : priorityOf('waiting'),
        },
      );
    },
  };
}
