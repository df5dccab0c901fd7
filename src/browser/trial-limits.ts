/** A trial costs as much as about ten renders, so a template that is rendered rarely gets none. */
export const MIN_RENDERS_BEFORE_TRIAL = 4;
/** Template pages whose trial results are remembered; the least recently used ones are forgotten. */
export const MAX_TRIED_PAGES = 2_000;
