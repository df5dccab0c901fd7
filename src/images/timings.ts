import type { Timings } from './image.js';

/** Of an image that is not drawn yet, or whose timings are lost. */
export const NO_TIMINGS: Timings = {
  queue: 0,
  assets: 0,
  compile: 0,
  render: 0,
  encode: 0,
  store: 0,
  total: 0,
};

/** Rounds to tenths of a millisecond. */
export const roundMs = (ms: number) => Math.round(ms * 10) / 10;
