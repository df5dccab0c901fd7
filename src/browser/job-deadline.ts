import { AppError } from '../errors/app-error.js';
import { withDeadline } from '../lib/deadline.js';

/** One job's time limit, shared by all of its browser steps. */
export interface JobDeadline {
  /** @throws AppError `render_timeout` naming the step */
  within<T>(step: string, work: Promise<T>): Promise<T>;
}

/**
 * The time limit begins now. `signal` cancels the job: it is looked at when a step begins, and does
 * not interrupt a step.
 */
export function createJobDeadline(timeoutMs: number, signal?: AbortSignal): JobDeadline {
  const endsAt = performance.now() + timeoutMs;
  return {
    within(step, work) {
      if (signal?.aborted) {
        work.catch(() => undefined);
        return Promise.reject(new AppError('cancelled', { detail: 'The job was cancelled.' }));
      }
      return withDeadline(work, Math.max(1, endsAt - performance.now()), () => {
        return new AppError('render_timeout', {
          detail: `The browser did not finish "${step}" within ${timeoutMs} ms.`,
        });
      });
    },
  };
}
