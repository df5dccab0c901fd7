import { performance } from 'node:perf_hooks';

/** Span over which it is measured. */
const SPAN_MS = 100;

/** The share of time, from 0 to 1, in which the event loop of this process was busy lately. */
export function createEventLoopUtilization(): () => number {
  let before = performance.eventLoopUtilization();
  let measuredAtMs = performance.now();
  let share = 0;
  return () => {
    const nowMs = performance.now();
    if (nowMs - measuredAtMs < SPAN_MS) return share;
    const now = performance.eventLoopUtilization();
    share = performance.eventLoopUtilization(now, before).utilization;
    before = now;
    measuredAtMs = nowMs;
    return share;
  };
}
