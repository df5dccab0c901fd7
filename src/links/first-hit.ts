import type { Priority } from '../images/image.js';
import type { PlaceOptions } from '../images/image-service.js';

/** Whose turn a drawing takes, and who pays for it. */
export type Asked = Pick<PlaceOptions, 'caller' | 'quota'>;

/** Reasons with which a reader leaves who waited for a drawing. */
export const HUNG_UP = 'hung_up';
/** He waited to the end of his time: the drawing goes on for his next look. */
export const LATE = 'late';

/** Of a link: reserved for a picture before it is drawn. Never throws. */
export interface Place {
  /** The picture is there; `isShown` to somebody who waited for it. */
  take(isShown: boolean): Promise<void>;
  giveBack(): Promise<void>;
}

/** How a reader waits for a picture that has to be drawn. */
export interface FirstHit extends Asked {
  priority: Extract<Priority, 'reader' | 'link'>;
  turn?: number;
  /** Ends with its owner; the drawing says what becomes of it. */
  place?: Place;
  /** Aborted once the reader has hung up. */
  signal?: AbortSignal;
}
