import type { Caller } from '../images/caller.js';

/** About what one machine draws; who asks for less stands behind nobody. */
const JOBS_PER_SECOND = 10;
/** Callers that are remembered at once; beyond, the one longest unheard of is forgotten. */
const MAX_CALLERS = 1_000;

interface Level {
  jobs: number;
  atMs: number;
}

/**
 * Whose turn it is among those of one rank: a caller's first job stands with the first of all
 * others, his second behind those, and so on. So a burst of one caller keeps nobody else waiting. It
 * is a leaky bucket for each caller, of what this process has queued lately.
 */
export function createCallerTurns(options: { now?: () => number } = {}) {
  const now = options.now ?? (() => performance.now());
  const levels = new Map<Caller, Level>();

  return {
    /** Of a caller's next job, from 1 on. */
    next(caller: Caller): number {
      const nowMs = now();
      const { jobs, atMs } = levels.get(caller) ?? { jobs: 0, atMs: nowMs };
      const left = Math.max(0, jobs - ((nowMs - atMs) / 1_000) * JOBS_PER_SECOND);
      levels.delete(caller);
      levels.set(caller, { jobs: left + 1, atMs: nowMs });
      const [oldest] = levels.keys();
      if (levels.size > MAX_CALLERS && oldest !== undefined) levels.delete(oldest);
      return 1 + Math.ceil(left);
    },
  };
}

export type CallerTurns = ReturnType<typeof createCallerTurns>;
