import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { DELIVERY_QUEUE } from './delivery-jobs.js';
import { createGuardedQueues } from './guarded-queues.js';
import {
  BULK_QUEUE,
  ISOLATED_QUEUE,
  LINK_QUEUE,
  MAX_PRIORITY,
  MAX_TURN,
  priorityOf,
  RENDER_QUEUE,
} from './render-jobs.js';

/**
 * Multiplier in the score of a job with a priority: https://github.com/taskforcesh/bullmq,
 * getPriorityScore.
 */
const SCORES_PER_PRIORITY = 2 ** 32;

const upTo = (length: number) => Array.from({ length }, (_, at) => at + 1);
/** Priorities of waiting jobs, by queue; other queues have none. */
const priorities: Record<string, number[]> = {
  [RENDER_QUEUE]: upTo(MAX_PRIORITY),
  [LINK_QUEUE]: upTo(MAX_TURN),
  [ISOLATED_QUEUE]: [priorityOf('waiting'), priorityOf('publish')],
};

export interface QueueFigures {
  queue: string;
  jobs: { waiting: number; delayed: number; active: number; failed: number };
  /** Since the job was first queued; 0 if no job waits. */
  oldestWaitingSeconds: number;
}

/** Numbers of jobs in the queues, for metrics. `redis` must fail fast. */
export function createQueueFigures(redis: Redis) {
  const queues = createGuardedQueues(redis, 'The queues cannot be reached.');
  const names = [RENDER_QUEUE, BULK_QUEUE, LINK_QUEUE, ISOLATED_QUEUE, DELIVERY_QUEUE];
  const bulls = names.map((name) => queues.open<unknown>(name));

  /** Ids of the next job without a priority and of the next job of each priority. */
  async function firstWaiting(bull: Queue): Promise<string[]> {
    const classes = (priorities[bull.name] ?? []).map((priority) => {
      const from = priority * SCORES_PER_PRIORITY;
      const to = `(${from + SCORES_PER_PRIORITY}`;
      return redis.zrange(bull.toKey('prioritized'), from, to, 'BYSCORE', 'LIMIT', 0, 1);
    });
    const [plain, ...prioritized] = await Promise.all([
      redis.lrange(bull.toKey('wait'), -1, -1),
      ...classes,
    ]);
    return [...plain, ...prioritized.flat()];
  }

  async function oldestWaitingSeconds(bull: Queue): Promise<number> {
    const ids = await firstWaiting(bull);
    const queuedAt = await Promise.all(ids.map((id) => redis.hget(bull.toKey(id), 'timestamp')));
    const now = Date.now();
    const oldestMs = Math.min(now, ...queuedAt.filter((at) => at !== null).map(Number));
    return (now - oldestMs) / 1_000;
  }

  async function read(bull: Queue): Promise<QueueFigures> {
    const [c, oldest] = await Promise.all([
      bull.getJobCounts('waiting', 'prioritized', 'delayed', 'active', 'failed'),
      oldestWaitingSeconds(bull),
    ]);
    const jobs = {
      waiting: (c.waiting ?? 0) + (c.prioritized ?? 0),
      delayed: c.delayed ?? 0,
      active: c.active ?? 0,
      failed: c.failed ?? 0,
    };
    return { queue: bull.name, jobs, oldestWaitingSeconds: oldest };
  }

  return {
    /**
     * One entry for each queue.
     * @throws AppError `redis_unavailable`
     */
    read: () => queues.guarded(() => Promise.all(bulls.map(read))),
    /**
     * Name of the queue of webhooks. Its jobs are delayed on purpose, so their age is not their
     * wait.
     */
    deliveries: DELIVERY_QUEUE,
    close: queues.close,
  };
}
