import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { ALL_QUEUES } from './all-queues.js';
import { DELIVERY_QUEUE } from './delivery-jobs.js';
import { createGuardedQueues } from './guarded-queues.js';
import { type JobCounts, readJobCounts } from './job-counts.js';
import {
  ISOLATED_QUEUE,
  LINK_QUEUE,
  MAX_PRIORITY,
  MAX_TURN,
  priorityOf,
  RENDER_QUEUE,
} from './render-jobs.js';

/** The factor in BullMQ's score of a job with a priority: `getPriorityScore.lua` of its package. */
const SCORES_PER_PRIORITY = 2 ** 32;

const oneTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);
/** BullMQ priorities of waiting jobs, by queue; other queues have none. */
const prioritiesByQueue: Record<string, number[]> = {
  [RENDER_QUEUE]: oneTo(MAX_PRIORITY),
  [LINK_QUEUE]: oneTo(MAX_TURN),
  [ISOLATED_QUEUE]: [priorityOf('waiting'), priorityOf('publish')],
};

export interface QueueFigures {
  queue: string;
  jobs: JobCounts;
  /** Since the job was first queued; 0 if no job waits. */
  oldestWaitingSeconds: number;
}

/** Numbers of jobs in the queues, for metrics. `redis` must fail fast. */
export function createQueueFigures(redis: Redis) {
  const queues = createGuardedQueues(redis, 'The queues cannot be reached.');
  const bulls = ALL_QUEUES.map((name) => queues.open<unknown>(name));

  /** Ids of the next job without a priority and of the next job of each priority. */
  async function firstWaiting(bull: Queue): Promise<string[]> {
    const firstOfEach = (prioritiesByQueue[bull.name] ?? []).map((priority) => {
      const from = priority * SCORES_PER_PRIORITY;
      const to = `(${from + SCORES_PER_PRIORITY}`;
      return redis.zrange(bull.toKey('prioritized'), from, to, 'BYSCORE', 'LIMIT', 0, 1);
    });
    const [plain, ...prioritized] = await Promise.all([
      redis.lrange(bull.toKey('wait'), -1, -1),
      ...firstOfEach,
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
    const [jobs, oldest] = await Promise.all([readJobCounts(bull), oldestWaitingSeconds(bull)]);
    return { queue: bull.name, jobs, oldestWaitingSeconds: oldest };
  }

  return {
    /**
     * One entry for each queue.
     * @throws AppError `redis_unavailable`
     */
    read: () => queues.guarded(() => Promise.all(bulls.map(read))),
    /**
     * Name of the queue of deliveries. A delivery's job is delayed until its next attempt is due,
     * so the age of the job does not say how long it has waited.
     */
    deliveries: DELIVERY_QUEUE,
    close: queues.close,
  };
}
