const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Delays after the first, second, … failure: those of Svix, a little over 27 hours in total. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  10 * HOUR,
];

/** Upwards only, so that no attempt is earlier than promised. */
const JITTER = 0.2;
/** Upper limit of the delay that a receiver can request. */
const MAX_RETRY_AFTER_MS = 24 * HOUR;

export interface RetrySchedule {
  /**
   * Milliseconds to wait after the n-th failure (from 1); undefined if it was the last attempt.
   * @param retryAfterMs delay requested by the receiver: a lower limit, up to a day
   */
  delayAfter(failures: number, retryAfterMs?: number): number | undefined;
}

/** `delaysMs` and `random` (0 to 1) are for tests; the defaults are the real schedule. */
export function createRetrySchedule(
  options: { delaysMs?: readonly number[]; random?: () => number } = {},
): RetrySchedule {
  const delaysMs = options.delaysMs ?? RETRY_DELAYS_MS;
  const random = options.random ?? Math.random;
  return {
    delayAfter(failures, retryAfterMs = 0) {
      const planned = delaysMs[failures - 1];
      if (planned === undefined) return undefined;
      const atLeast = Math.max(planned, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
      return Math.round(atLeast * (1 + JITTER * random()));
    },
  };
}

/**
 * `Retry-After` of a 429 or 503 in milliseconds: seconds, or an HTTP date. Undefined for other
 * statuses and unreadable values.
 */
export function readRetryAfter(
  answer: { status: number; headers: Record<string, string> },
  now: Date,
): number | undefined {
  const value = answer.headers['retry-after']?.trim();
  if (!value || ![429, 503].includes(answer.status)) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * SECOND;
  const date = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}
