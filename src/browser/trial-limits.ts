/** For a template that is rendered rarely, a trial does not pay: it costs as much as ten renders. */
export const MIN_RENDERS_BEFORE_TRIAL = 4;
/** Template pages of which it is known what their trials gave. */
export const MAX_TRIED_PAGES = 2_000;
