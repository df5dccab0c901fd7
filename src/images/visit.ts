import type { ImageFormat } from './image.js';

/** For what is probably at hand, after the budget was spent on something else. */
const LAST_LOOK_MS = 300;

/** One reader: what he asks for, and how long he still waits. */
export interface Visit {
  format: ImageFormat;
  /** Milliseconds; less with each question. */
  readonly budgetMs: number;
}

export function startVisit(format: ImageFormat, budgetMs: number): Visit {
  const endsAt = performance.now() + budgetMs;
  return {
    format,
    get budgetMs() {
      return Math.max(0, endsAt - performance.now());
    },
  };
}

/** The same reader, who waits a little longer than he would. */
export function lastLook({ format, budgetMs }: Visit): Visit {
  return { format, budgetMs: Math.max(budgetMs, LAST_LOOK_MS) };
}
