import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { AppError } from '../errors/app-error.js';
import { withDeadline } from '../lib/deadline.js';

/** Limit at shutdown: BullMQ would wait without limit for a Redis that was never reachable. */
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * BullMQ queues over a connection that fails fast, for use by requests. Every Redis error becomes
 * `redis_unavailable` with `detail`.
 */
export function createGuardedQueues(redis: Redis, detail: string) {
  const queues: Queue[] = [];
  const unavailable = (cause?: unknown) =>
    new AppError('redis_unavailable', { detail, retryAfterSeconds: 5, cause });

  return {
    open<Data>(name: string): Queue<Data> {
      const queue = new Queue<Data>(name, { connection: redis, skipVersionCheck: true });
      // Without a listener Node.js ends the process. Every call throws its error itself.
      queue.on('error', () => undefined);
      queues.push(queue as Queue);
      return queue;
    },

    /** @throws AppError `redis_unavailable` */
    async guarded<T>(work: () => Promise<T>): Promise<T> {
      // BullMQ itself would wait without limit for a connection that is not ready.
      if (redis.status !== 'ready') throw unavailable();
      try {
        return await work();
      } catch (cause) {
        throw cause instanceof AppError ? cause : unavailable(cause);
      }
    },

    /** @throws AppError `redis_unavailable` if it takes too long */
    async close(): Promise<void> {
      const closed = Promise.all(queues.map((queue) => queue.close()));
      await withDeadline(closed, CLOSE_TIMEOUT_MS, () => unavailable());
    },
  };
}
