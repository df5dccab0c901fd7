import { createDelaySchedule, type DelaySchedule } from './delay-schedule.js';

/** A job that waits for less than this is not parked and keeps its slot. */
const SLOW_MS = 150;
/** Initial estimate of how long a job is parked. */
const USUAL_MS = 1_000;
const MAX_DELAY_MS = 5_000;

export interface CallerSharesOptions {
  /** Jobs in flight at once, parked jobs not counted. */
  slots: number;
  /** Jobs of one caller that may be parked at once. */
  parkedPerCaller: number;
  /** Jobs of all callers together that may be parked at once. */
  parkedInAll: number;
  slowMs?: number;
  /**
   * Called with the number of parked jobs when it changes: that many more jobs may be in flight.
   */
  onParked(count: number): void;
}

/** What one caller uses of the worker. */
interface Share {
  /** Parked jobs included. */
  inFlight: number;
  parked: number;
  schedule: DelaySchedule;
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
 * its slot serves other jobs. While no further job may be parked, a caller gets at most half of the
 * slots for jobs that are not parked, and the rest of the caller's jobs are delayed. So slow hosts,
 * and assets that take long to read, only delay the caller who named them.
 */
export function createCallerShares(options: CallerSharesOptions) {
  const { slots, parkedPerCaller, parkedInAll, slowMs = SLOW_MS } = options;
  const shares = new Map<string, Share>();
  const halfOfSlots = Math.max(1, Math.floor(slots / 2));
  let parked = 0;

  function shareOf(caller: string): Share {
    const known = shares.get(caller);
    if (known) return known;
    const schedule = createDelaySchedule({
      initialMs: USUAL_MS,
      atOnce: parkedPerCaller,
      maxDelayMs: MAX_DELAY_MS,
    });
    const share = { inFlight: 0, parked: 0, schedule };
    shares.set(caller, share);
    return share;
  }

  const mayPark = (share: Share) => share.parked < parkedPerCaller && parked < parkedInAll;

  function countParked(share: Share, by: 1 | -1): void {
    share.parked += by;
    parked += by;
    options.onParked(parked);
  }

  async function parkWhile<T>(
    share: Share,
    work: () => Promise<T>,
    onPark: (() => () => void) | undefined,
  ): Promise<T> {
    const startedMs = performance.now();
    let unpark: (() => void) | undefined;
    const timer = setTimeout(() => {
      if (!mayPark(share)) return;
      countParked(share, 1);
      const onResume = onPark?.();
      unpark = () => {
        countParked(share, -1);
        share.schedule.addDuration(performance.now() - startedMs);
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
    /** Takes a slot. Undefined if the caller has its share: the job is to return after `delayMs`. */
    take(caller: string): CallerSlot | undefined {
      const share = shareOf(caller);
      const working = share.inFlight - share.parked;
      if (!mayPark(share) && working >= halfOfSlots) return undefined;
      share.inFlight += 1;
      return {
        park: (work, onPark) => parkWhile(share, work, onPark),
        release() {
          share.inFlight -= 1;
          if (share.inFlight === 0 && share.schedule.isOver(performance.now())) {
            shares.delete(caller);
          }
        },
      };
    },

    /** Milliseconds until a job that got no slot is to return. */
    delayMs: (caller: string): number => shareOf(caller).schedule.nextDelayMs(performance.now()),
  };
}
