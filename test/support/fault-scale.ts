import { it } from '@jest/globals';

/**
 * How hard the fault suite tries: `npm run test:faults` does it in full, `npm test` a shortened form
 * of the very same tests.
 */
export const isFullRun = process.env.CARDPRESS_FAULTS === 'full';

/** A count of the full run, or that of the short one. */
export const faultCount = (full: number, short: number): number => (isFullRun ? full : short);

/** A test of the full run alone: what it is about has a shorter test in `npm test`. */
export const itInFull = isFullRun ? it : it.skip;

/** Longest that a fault test may take before it counts as hung, in ms. */
export const FAULT_TIMEOUT_MS = isFullRun ? 30 * 60_000 : 3 * 60_000;
