/** Shorter waits cost nobody a turn. */
const SLOW_MS = 150;
/** First guess of how long a job is aside. */
const USUAL_MS = 1_000;
const MIN_DELAY_MS = 50;
const MAX_DELAY_MS = 5_000;
/** Weight of the newest in the mean. */
const NEWEST = 0.3;

export interface CallerLanesOptions {
  /** Jobs in hand at once, those that are aside not counted. */
  places: number;
  /** Jobs of one caller that may be aside at once. */
  perCaller: number;
  /** Of all callers together. */
  inAll: number;
  slowMs?: number;
  /** As many jobs are aside now: so many more may be in hand. */
  onAside(count: number): void;
}

interface Lane {
  inFlight: number;
  aside: number;
  meanMs: number;
  /** When the last of those who were sent away may come back. */
  lastTurnMs: number;
}

/** The place of one job. */
export interface Place {
  /** Around waiting for something outside. `onAside` is called when others get the place, and back. */
  aside<T>(work: () => Promise<T>, onAside?: () => () => void): Promise<T>;
  leave(): void;
}

/**
 * Shares the places of a worker among callers. A job that waits long for pictures steps aside, so that
 * its place serves others; a caller who has many of these has few places besides, and the rest of
 * his jobs come back later. So whoever names slow hosts, or files that take long to read, holds up
 * nobody but himself.
 */
export function createCallerLanes(options: CallerLanesOptions) {
  const { places, perCaller, inAll, slowMs = SLOW_MS } = options;
  const lanes = new Map<string, Lane>();
  const besides = Math.max(1, Math.floor(places / 2));
  let aside = 0;

  function laneOf(caller: string): Lane {
    const lane = lanes.get(caller) ?? { inFlight: 0, aside: 0, meanMs: USUAL_MS, lastTurnMs: 0 };
    lanes.set(caller, lane);
    return lane;
  }

  function move(lane: Lane, by: 1 | -1): void {
    lane.aside += by;
    aside += by;
    options.onAside(aside);
  }

  async function stepAside<T>(
    lane: Lane,
    work: () => Promise<T>,
    onAside: (() => () => void) | undefined,
  ): Promise<T> {
    const startedMs = performance.now();
    let comeBack: (() => void) | undefined;
    const timer = setTimeout(() => {
      if (lane.aside >= perCaller || aside >= inAll) return;
      move(lane, 1);
      const back = onAside?.();
      comeBack = () => {
        move(lane, -1);
        lane.meanMs += NEWEST * (performance.now() - startedMs - lane.meanMs);
        back?.();
      };
    }, slowMs);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      comeBack?.();
    }
  }

  return {
    /** Undefined where the caller has his share: the job is to come back after `delayMs`. */
    take(caller: string): Place | undefined {
      const lane = laneOf(caller);
      const isFull = lane.aside >= perCaller || aside >= inAll;
      if (isFull && lane.inFlight - lane.aside >= besides) return undefined;
      lane.inFlight += 1;
      return {
        aside: (work, onAside) => stepAside(lane, work, onAside),
        leave() {
          lane.inFlight -= 1;
          if (lane.inFlight === 0 && lane.lastTurnMs <= performance.now()) lanes.delete(caller);
        },
      };
    },

    /** Those who are sent away are spread over the time that those before them take. */
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
