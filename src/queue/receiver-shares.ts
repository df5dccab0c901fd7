import { createDelaySchedule, type DelaySchedule } from './delay-schedule.js';

/** Initial estimate of how long an attempt takes. */
const USUAL_MS = 250;
/** Upper bound for any queue length: a receiver that recovers is noticed within this time. */
const MAX_DELAY_MS = 30_000;

/** What one receiver uses of the worker. */
interface Share {
  inFlight: number;
  schedule: DelaySchedule;
}

export interface ReceiverShares {
  /** Takes a slot; call the result to release it. Undefined if the receiver has its share. */
  take(receiver: string): (() => void) | undefined;
  /** Milliseconds until a job that got no slot is to return. */
  delayMs(receiver: string): number;
}

/**
 * Shares a worker among receivers: at most `perReceiver` attempts at once for each, so that a slow
 * receiver delays no other.
 * @param clock monotonic, in milliseconds
 */
export function createReceiverShares(
  perReceiver: number,
  clock: () => number = () => performance.now(),
): ReceiverShares {
  const shares = new Map<string, Share>();

  function shareOf(receiver: string): Share {
    const known = shares.get(receiver);
    if (known) return known;
    const schedule = createDelaySchedule({
      initialMs: USUAL_MS,
      atOnce: perReceiver,
      maxDelayMs: MAX_DELAY_MS,
    });
    const share = { inFlight: 0, schedule };
    shares.set(receiver, share);
    return share;
  }

  return {
    take(receiver) {
      const share = shareOf(receiver);
      if (share.inFlight >= perReceiver) return undefined;
      share.inFlight += 1;
      const startedMs = clock();
      return () => {
        share.inFlight -= 1;
        share.schedule.addDuration(clock() - startedMs);
        if (share.inFlight === 0 && share.schedule.isOver(clock())) shares.delete(receiver);
      };
    },

    delayMs: (receiver) => shareOf(receiver).schedule.nextDelayMs(clock()),
  };
}
