import { setImmediate as nextTurn } from 'node:timers/promises';

/** Others wait this long at most for a stretch of work that nobody breaks up otherwise. */
const SLICE_MS = 10;

/** Breaks up work that would hold the event loop: others get their turn after every slice of time. */
export interface TimeSlice {
  /** Whether the slice is over. Cheap: may be asked for every row. */
  isOver(): boolean;
  /** Lets others have their turn, and begins the next slice. */
  turn(): Promise<void>;
}

/**
 * By time and not by count, because rows differ as much as machines do. `if (slice.isOver()) await
 * slice.turn();` costs rows next to nothing.
 */
export function createTimeSlice(sliceMs = SLICE_MS, now = () => performance.now()): TimeSlice {
  let begun = now();
  return {
    isOver: () => now() - begun >= sliceMs,
    async turn() {
      await nextTurn();
      begun = now();
    },
  };
}
