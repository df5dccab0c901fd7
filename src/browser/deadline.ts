import { AppError } from '../errors/app-error.js';
import { withDeadline } from '../lib/deadline.js';

/** One job's time limit, shared by all of its browser steps. */
export interface Deadline {
  /** @throws AppError `render_timeout` naming the step */
  within<T>(step: string, work: Promise<T>): Promise<T>;
}

export function createDeadline(timeoutMs: number, signal?: AbortSignal): Deadline {
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
