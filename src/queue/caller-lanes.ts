/** A job that waits for less than this keeps its slot. */
const SLOW_MS = 150;
/** Initial estimate of how long a job is parked. */
const USUAL_MS = 1_000;
const MIN_DELAY_MS = 50;
const MAX_DELAY_MS = 5_000;
/** Weight of the newest value in the moving average. */
const NEWEST = 0.3;

export interface CallerLanesOptions {
  /** Jobs in flight at once, parked jobs not counted. */
  slots: number;
  /** Jobs of one caller that may be parked at once. */
  perCaller: number;
  /** Jobs of all callers that may be parked at once. */
  inAll: number;
  slowMs?: number;
  /**
   * Called with the number of parked jobs when it changes: that many more jobs may be in flight.
   */
  onParked(count: number): void;
}

interface Lane {
  inFlight: number;
  parked: number;
  meanMs: number;
  /** When the last job that was sent back to the queue may return. */
  lastTurnMs: number;
}

/** The slot of one job in this worker. */
export interface CallerSlot {
  /**
   * Wraps waiting for something external. After `slowMs` the job is parked and its slot is free for
   * others: `onPark` is called then, and the function that it returns when the job resumes.
   */
  park<T>(work: () => Promise<T>, onPark?: () => () => void): Promise<T>;
  release(): void;
}

/**
 * Shares the slots of a worker among callers. A job that waits long for assets is parked, so that
 * its slot serves other jobs. A caller with many parked jobs gets few further slots, and the rest
 * of the caller's jobs are delayed. So slow hosts, and assets that take long to read, only delay
 * the caller who named them.
 */
export function createCallerLanes(options: CallerLanesOptions) {
  const { slots, perCaller, inAll, slowMs = SLOW_MS } = options;
  const lanes = new Map<string, Lane>();
  const furtherSlots = Math.max(1, Math.floor(slots / 2));
  let parked = 0;

  function laneOf(caller: string): Lane {
    const lane = lanes.get(caller) ?? { inFlight: 0, parked: 0, meanMs: USUAL_MS, lastTurnMs: 0 };
    lanes.set(caller, lane);
    return lane;
  }

  function countParked(lane: Lane, by: 1 | -1): void {
    lane.parked += by;
    parked += by;
    options.onParked(parked);
  }

  async function parkWhile<T>(
    lane: Lane,
    work: () => Promise<T>,
    onPark: (() => () => void) | undefined,
  ): Promise<T> {
    const startedMs = performance.now();
    let unpark: (() => void) | undefined;
    const timer = setTimeout(() => {
      if (lane.parked >= perCaller || parked >= inAll) return;
      countParked(lane, 1);
      const onResume = onPark?.();
      unpark = () => {
        countParked(lane, -1);
        lane.meanMs += NEWEST * (performance.now() - startedMs - lane.meanMs);
        onResume?.();
      };
    }, slowMs);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      unpark?.();
    }
  }

  return {
    /**
     * Takes a slot. Undefined if the caller has its share: the job is to return after `delayMs`.
     */
    take(caller: string): CallerSlot | undefined {
      const lane = laneOf(caller);
      const isFull = lane.parked >= perCaller || parked >= inAll;
      if (isFull && lane.inFlight - lane.parked >= furtherSlots) return undefined;
      lane.inFlight += 1;
      return {
        park: (work, onPark) => parkWhile(lane, work, onPark),
        release() {
          lane.inFlight -= 1;
          if (lane.inFlight === 0 && lane.lastTurnMs <= performance.now()) lanes.delete(caller);
        },
      };
    },

    /**
     * Delay of a job that got no slot. Delayed jobs are spread over the time that those before them
     * take.
     */
    delayMs(caller: string): number {
      const lane = laneOf(caller);
      const nowMs = performance.now();
      const turnMs = Math.max(lane.lastTurnMs, nowMs) + lane.meanMs / perCaller;
      const delayMs = Math.min(Math.max(turnMs - nowMs, MIN_DELAY_MS), MAX_DELAY_MS);
      lane.lastTurnMs = nowMs + delayMs;
      return Math.round(delayMs);
    },
  };
}
