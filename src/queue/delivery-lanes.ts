/** Initial estimate of how long an attempt takes. */
const USUAL_MS = 250;
const MIN_DELAY_MS = 50;
/** Upper bound for any queue length: a receiver that recovers is noticed within this time. */
const MAX_DELAY_MS = 30_000;
/** Weight of the newest attempt in the moving average. */
const NEWEST = 0.3;

interface Lane {
  inFlight: number;
  meanMs: number;
  /** When the last job that was sent back to the queue may return. */
  lastTurnMs: number;
}

export interface DeliveryLanes {
  /** Takes a slot; call the result to release it. Undefined if the receiver has its share. */
  take(receiver: string): (() => void) | undefined;
  /**
   * Milliseconds until the job is to return. Delayed jobs are spread over the time that those
   * before them will take, so that a long queue needs few polls.
   */
  delayMs(receiver: string): number;
}

/**
 * Shares a worker among receivers: at most `perReceiver` attempts at once for each, so that a slow
 * receiver delays no other.
 */
export function createDeliveryLanes(
  perReceiver: number,
  clock: () => number = () => performance.now(),
): DeliveryLanes {
  const lanes = new Map<string, Lane>();

  function laneOf(receiver: string): Lane {
    const known = lanes.get(receiver);
    if (known) return known;
    const lane = { inFlight: 0, meanMs: USUAL_MS, lastTurnMs: 0 };
    lanes.set(receiver, lane);
    return lane;
  }

  return {
    take(receiver) {
      const lane = laneOf(receiver);
      if (lane.inFlight >= perReceiver) return undefined;
      lane.inFlight += 1;
      const startedMs = clock();
      return () => {
        lane.inFlight -= 1;
        lane.meanMs += NEWEST * (clock() - startedMs - lane.meanMs);
        if (lane.inFlight === 0 && lane.lastTurnMs <= clock()) lanes.delete(receiver);
      };
    },

    delayMs(receiver) {
      const lane = laneOf(receiver);
      const nowMs = clock();
      const turnMs = Math.max(lane.lastTurnMs, nowMs) + lane.meanMs / perReceiver;
      const delayMs = Math.min(Math.max(turnMs - nowMs, MIN_DELAY_MS), MAX_DELAY_MS);
      lane.lastTurnMs = nowMs + delayMs;
      return Math.round(delayMs);
    },
  };
}
