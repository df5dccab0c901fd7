import type { Priority } from '../images/image.js';
import type { EnsureOptions } from '../images/image-service.js';

/** For which caller an image is drawn, and in whose quota it is counted. */
export type CallerOptions = Pick<EnsureOptions, 'caller' | 'quota'>;

/** Abort reason: the reader disconnected. */
export const DISCONNECTED = 'hung_up';
/** Abort reason: the reader's time limit passed. The drawing goes on for the next request. */
export const TIMED_OUT = 'late';

/** One image of a link's limit, reserved before it is drawn. Never throws. */
export interface Reservation {
  /** The image is stored; `isShown`: a reader waited for it and got it. */
  commit(isShown: boolean): Promise<void>;
  cancel(): Promise<void>;
}

/** How an image is drawn on demand for a reader who waits. */
export interface OnDemandOptions extends CallerOptions {
  priority: Extract<Priority, 'reader' | 'link'>;
  turn?: number;
  /** Committed or cancelled by the drawing. */
  reservation?: Reservation;
  /** Aborted once the reader has disconnected. */
  signal?: AbortSignal;
}
