import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { redisKeys } from '../lib/redis-keys.js';

/**
 * A process that shut down in order does not count as dead for this long, so jobs that it could not
 * return in time count no death. As long as `ProcessDeaths` keeps an entry.
 */
const LEFT_TTL_MS = 7 * 24 * 3_600_000;
const BEATS_PER_TTL = 4;
/** Limit for the last write of a process that shuts down. */
const LAST_WRITE_TIMEOUT_MS = 1_000;

const keyOf = redisKeys.workers.alive;

/**
 * Heartbeats in Redis, by which workers see whether other workers are alive. `ttlMs` must be
 * shorter than the lock of a job: a worker that takes over a job must know whether its former
 * process died.
 */
export function createLiveness(redis: Redis, ttlMs: number) {
  const name = randomUUID();

  async function beat(): Promise<void> {
    await redis.set(keyOf(name), 'alive', 'PX', ttlMs);
  }
  // Without this check ioredis would queue beats while Redis is unreachable and send all of them
  // later.
  const beatIfConnected = () => {
    if (redis.status === 'ready') beat().catch(() => undefined);
  };
  const timer = setInterval(beatIfConnected, ttlMs / BEATS_PER_TTL);
  timer.unref();
  redis.on('ready', beatIfConnected);
  const firstBeat = beat();
  firstBeat.catch(() => undefined);

  return {
    /** Unique to this run of the process. */
    name,
    /** Resolves once the first heartbeat is written. */
    ready: (): Promise<void> => firstBeat,
    async isDead(other: string): Promise<boolean> {
      return other !== name && (await redis.exists(keyOf(other))) === 0;
    },
    /** Notes that this process shuts down in order. Never rejects. */
    async endInOrder(): Promise<void> {
      clearInterval(timer);
      redis.off('ready', beatIfConnected);
      if (redis.status !== 'ready') return;
      const written = redis.set(keyOf(name), 'left', 'PX', LEFT_TTL_MS);
      let timeout: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timeout = setTimeout(resolve, LAST_WRITE_TIMEOUT_MS);
      });
      await Promise.race([written.then(() => undefined), late]).catch(() => undefined);
      clearTimeout(timeout);
    },
  };
}

export type Liveness = ReturnType<typeof createLiveness>;
