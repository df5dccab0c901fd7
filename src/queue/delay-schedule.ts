const MIN_DELAY_MS = 50;
/** Weight of the newest duration in the moving average. */
const NEWEST_WEIGHT = 0.3;

export interface DelayScheduleOptions {
  /** Estimate of a job's duration before the first has ended. */
  initialMs: number;
  /** Jobs that run at once. */
  atOnce: number;
  maxDelayMs: number;
}

/**
 * When jobs that are sent back to the queue are to return: they are spread over the time that those
 * before them will probably take, so that a long queue is not polled all the time. Times are from
 * one monotonic clock, in milliseconds.
 */
export function createDelaySchedule({ initialMs, atOnce, maxDelayMs }: DelayScheduleOptions) {
  let meanMs = initialMs;
  /** When the last job that was sent back is to return. */
  let lastReturnMs = 0;

  return {
    /** Adds the duration of a job to the moving average. */
    addDuration(durationMs: number): void {
      meanMs += NEWEST_WEIGHT * (durationMs - meanMs);
    },

    /** Delay of the next job that is sent back. */
    nextDelayMs(nowMs: number): number {
      const returnMs = Math.max(lastReturnMs, nowMs) + meanMs / atOnce;
      const delayMs = Math.min(Math.max(returnMs - nowMs, MIN_DELAY_MS), maxDelayMs);
      lastReturnMs = nowMs + delayMs;
      return Math.round(delayMs);
    },

    /** Whether every job that was sent back has returned. */
    isOver: (nowMs: number): boolean => lastReturnMs <= nowMs,
  };
}

export type DelaySchedule = ReturnType<typeof createDelaySchedule>;
