import type { Caller } from './caller.js';

/**
 * Wraps waiting for something external. If it takes long, the job is parked: other jobs use its
 * slot meanwhile.
 */
export type YieldSlot = <T>(work: () => Promise<T>) => Promise<T>;

/** How and for whom an image is drawn. Nothing of this changes its pixels. */
export interface DrawOptions {
  /** Goes behind images without it. Set for those of batches and of links. */
  canWait?: boolean;
  /** Drawn in a browser of its own, because it may have crashed the last one. */
  isolated?: boolean;
  caller?: Caller | undefined;
  yieldSlot?: YieldSlot | undefined;
}
