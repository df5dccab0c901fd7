import type { Priority } from '../images/image.js';
import type { EnsureOptions } from '../images/image-service.js';

/** Whose turn a drawing takes, and who pays for it. */
export type CallerOptions = Pick<EnsureOptions, 'caller' | 'quota'>;

/** Reasons with which a reader leaves who waited for a drawing. */
export const DISCONNECTED = 'hung_up';
/** He waited to the end of his time: the drawing goes on for his next look. */
export const TIMED_OUT = 'late';

/** Of a link: reserved for a picture before it is drawn. Never throws. */
export interface Reservation {
  /** The picture is there; `isShown` to somebody who waited for it. */
  commit(isShown: boolean): Promise<void>;
  cancel(): Promise<void>;
}

/** How a reader waits for a picture that has to be drawn. */
export interface OnDemandOptions extends CallerOptions {
  priority: Extract<Priority, 'reader' | 'link'>;
  turn?: number;
  /** Ends with its owner; the drawing says what becomes of it. */
  reservation?: Reservation;
  /** Aborted once the reader has hung up. */
  signal?: AbortSignal;
}
