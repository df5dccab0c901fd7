import { AppError } from '../errors/app-error.js';
import type { TemplateCheck } from './check-template.js';

const RETRY_SECONDS = 20;

/**
 * Keeps checks from taking the workers from those who wait for their pictures: so many at once.
 * @throws AppError `rate_limited` beyond that
 */
export function limitChecks(check: TemplateCheck, maxAtOnce: number): TemplateCheck {
  let running = 0;
  return async (request) => {
    if (running >= maxAtOnce) {
      throw new AppError('rate_limited', {
        detail: `${running} checks are under way already. Try again in ${RETRY_SECONDS} seconds.`,
        retryAfterSeconds: RETRY_SECONDS,
      });
    }
    running += 1;
    try {
      return await check(request);
    } finally {
      running -= 1;
    }
  };
}
