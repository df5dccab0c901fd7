import { LRUCache } from 'lru-cache';
import type { Caller } from '../images/caller.js';

/**
 * Rate at which a caller's earlier jobs are forgotten, chosen near the rate at which one machine
 * draws. The jobs of a caller with a lower rate all have turn 1.
 */
const JOBS_PER_SECOND = 10;
/** Callers that are kept; beyond this the least recently used is evicted. */
const MAX_CALLERS = 1_000;

/** Level of a leaky bucket at a time: jobs that were queued and are not forgotten yet. */
interface Level {
  jobs: number;
  atMs: number;
}

/**
 * Fair order among callers of one priority: a caller's first job has turn 1 like the first job of
 * every other caller, its second job has turn 2, and so on. So a burst of one caller delays nobody
 * else. Each caller has a leaky bucket of the jobs that this process queued for it.
 */
export function createCallerTurns(options: { now?: () => number } = {}) {
  const now = options.now ?? (() => performance.now());
  const levels = new LRUCache<Caller, Level>({ max: MAX_CALLERS });

  return {
    /** The turn of a caller's next job, from 1. */
    next(caller: Caller): number {
      const nowMs = now();
      const { jobs, atMs } = levels.get(caller) ?? { jobs: 0, atMs: nowMs };
      const remaining = Math.max(0, jobs - ((nowMs - atMs) / 1_000) * JOBS_PER_SECOND);
      levels.set(caller, { jobs: remaining + 1, atMs: nowMs });
      return 1 + Math.ceil(remaining);
    },
  };
}
