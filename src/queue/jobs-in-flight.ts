import type { Worker } from 'bullmq';
import { withDeadline } from '../errors/deadline.js';

/** For jobs that were broken off to get back into the queue. */
const BREAK_OFF_TIMEOUT_MS = 2_000;
/** For the last word on a job; a worker that waits for a Redis which is away never ends. */
const IDLE_MS = 1_000;
const LOOK_INTERVAL_MS = 50;

/** Resolves when nothing was in hand for a while. */
function idle(inFlight: () => number): { reached: Promise<void>; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  const reached = new Promise<void>((resolve) => {
    let since = performance.now();
    timer = setInterval(() => {
      if (inFlight() > 0) since = performance.now();
      else if (performance.now() - since >= IDLE_MS) resolve();
    }, LOOK_INTERVAL_MS);
  });
  return { reached, stop: () => clearInterval(timer) };
}

/** Counts the jobs that are being worked on, so that their workers can be closed in time. */
export function createJobsInFlight() {
  let count = 0;
  return {
    /** Around the work on each job. */
    async hold<T>(work: () => Promise<T>): Promise<T> {
      count += 1;
      try {
        return await work();
      } finally {
        count -= 1;
      }
    },

    /**
     * Takes no more jobs; resolves when those in hand are done. After `timeoutMs` it calls
     * `breakOff`, which makes them fail as worth another try: so they go back to the queue. Never
     * rejects: what is busy even then loses its lock, and another worker finds it.
     */
    async close(
      workers: Worker[],
      timeoutMs: number,
      breakOff: () => Promise<void> | void,
    ): Promise<void> {
      // BullMQ's own `close(true)` after a `close()` only waits for the first.
      const closed = Promise.all(workers.map((worker) => worker.close())).then(() => undefined);
      const { reached, stop } = idle(() => count);
      const done = Promise.race([closed, reached]);
      const within = (ms: number) => withDeadline(done, ms, () => new Error('still busy'));
      try {
        await within(timeoutMs);
      } catch {
        await breakOff();
        await within(BREAK_OFF_TIMEOUT_MS).catch(() => undefined);
      } finally {
        stop();
      }
    },
  };
}
