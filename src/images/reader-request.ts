import type { ImageFormat } from './image.js';

/** Time that is left, after the budget is spent, for an answer that is probably cached. */
const GRACE_MS = 300;

/** One request of a reader: the format of the image, and how long the reader still waits. */
export interface ReaderRequest {
  format: ImageFormat;
  /** Remaining milliseconds, computed at each read. */
  readonly budgetMs: number;
}

export function startReaderRequest(format: ImageFormat, budgetMs: number): ReaderRequest {
  const endsAt = performance.now() + budgetMs;
  return {
    format,
    get budgetMs() {
      return Math.max(0, endsAt - performance.now());
    },
  };
}

/** The same request with at least the grace time left. */
export function withGraceTime({ format, budgetMs }: ReaderRequest): ReaderRequest {
  return { format, budgetMs: Math.max(budgetMs, GRACE_MS) };
}
