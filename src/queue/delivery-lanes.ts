/** First guess of how long an attempt takes. */
const USUAL_MS = 250;
const MIN_DELAY_MS = 50;
/** However long the line: a receiver that recovers is noticed within this. */
const MAX_DELAY_MS = 30_000;
/** Weight of the newest attempt in the mean. */
const NEWEST = 0.3;

interface Lane {
  inFlight: number;
  meanMs: number;
  /** When the last of those who were sent away may come back. */
  lastTurnMs: number;
}

export interface DeliveryLanes {
  /** A place, to be given back by calling it; undefined where the receiver has its share. */
  take(receiver: string): (() => void) | undefined;
  /**
   * When to come back, in milliseconds: those who are sent away are spread over the time that
   * those before them will take, so that a long line costs few looks.
   */
  delayMs(receiver: string): number;
}

/**
 * Shares a worker among receivers: at most `perReceiver` attempts at once for each, so that a slow
 * one holds up nobody else.
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
