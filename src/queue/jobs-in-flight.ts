import type { Worker } from 'bullmq';
import { withDeadline } from '../lib/deadline.js';

/** Limit for aborted jobs to return to the queue. */
const ABORT_TIMEOUT_MS = 2_000;
/**
 * After this time without a job in flight, BullMQ has written the state of the last job, and the
 * workers count as closed. Needed because a worker never closes while Redis is unreachable.
 */
const IDLE_MS = 1_000;
const LOOK_INTERVAL_MS = 50;

/** `reached` resolves when no job was in flight for `IDLE_MS`. */
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

/** Counts the jobs in flight, so that their workers can be closed in time. */
export function createJobsInFlight() {
  let count = 0;
  return {
    /** Wraps the work on each job. */
    async track<T>(work: () => Promise<T>): Promise<T> {
      count += 1;
      try {
        return await work();
      } finally {
        count -= 1;
      }
    },

    /**
     * Takes no more jobs; resolves when those in flight are done. After `timeoutMs` it calls
     * `abort`, which makes the jobs fail with retryable errors, so that they return to the queue.
     * Never rejects: a job that still runs then loses its lock, and another worker takes it.
     */
    async close(
      workers: Worker[],
      timeoutMs: number,
      abort: () => Promise<void> | void,
    ): Promise<void> {
      // In BullMQ `close(true)` after a `close()` only waits for the first call.
      const closed = Promise.all(workers.map((worker) => worker.close())).then(() => undefined);
      const { reached, stop } = idle(() => count);
      const done = Promise.race([closed, reached]);
      const within = (ms: number) => withDeadline(done, ms, () => new Error('still busy'));
      try {
        await within(timeoutMs);
      } catch {
        await abort();
        await within(ABORT_TIMEOUT_MS).catch(() => undefined);
      } finally {
        stop();
      }
    },
  };
}
