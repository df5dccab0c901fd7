import { AppError } from '../errors/app-error.js';

const RETRY_SECONDS = 20;

/**
 * Keeps checks from taking the workers from those who wait for their pictures: so many at once.
 * @throws AppError `rate_limited` beyond that
 */
export function limitChecks<A extends unknown[], R>(
  check: (...args: A) => Promise<R>,
  maxAtOnce: number,
): (...args: A) => Promise<R> {
  let running = 0;
  return async (...args) => {
    if (running >= maxAtOnce) {
      throw new AppError('rate_limited', {
        detail: `${running} checks are under way already. Try again in ${RETRY_SECONDS} seconds.`,
        retryAfterSeconds: RETRY_SECONDS,
      });
    }
    running += 1;
    try {
      return await check(...args);
    } finally {
      running -= 1;
    }
  };
}
