import { AppError, toAppError } from '../errors/app-error.js';
import { withDeadline } from '../errors/deadline.js';
import type { ImageService, PlaceOptions } from '../images/image-service.js';
import type { ImageRecords } from '../images/ports.js';
import type { PreparedImage } from '../images/prepare.js';
import type { ServedPicture } from './picture-answer.js';

/** How long one drawing is followed; whoever asks meanwhile waits for it, for as long as he can. */
const FOLLOW_MS = 15_000;
/** A wait that Redis itself holds up is given up a little later. */
const GRACE_MS = 1_000;
/** A picture that has just failed is not drawn again for every request. */
const FAILED_FOR_MS = 30_000;
const MAX_FAILURES = 1_000;

/** Whose turn a drawing takes, and who pays for it. */
export type Asked = Pick<PlaceOptions, 'caller' | 'quota'>;

interface Failure {
  error: AppError;
  untilMs: number;
}

/**
 * Has a picture drawn and returns it; undefined where it takes too long. All who ask for the same
 * one in this process share one wait, and all processes share one drawing.
 */
export function createDrawOnce(deps: {
  images: Pick<ImageService, 'place'>;
  waitForSettled: ImageRecords['waitForSettled'];
  readStored(key: string): Promise<ServedPicture | undefined>;
}) {
  const underWay = new Map<string, Promise<ServedPicture | undefined>>();
  const failures = new Map<string, Failure>();

  function noteFailure(id: string, error: AppError): void {
    failures.delete(id);
    failures.set(id, { error, untilMs: performance.now() + FAILED_FOR_MS });
    const [oldest] = failures.keys();
    if (failures.size > MAX_FAILURES && oldest !== undefined) failures.delete(oldest);
  }

  async function follow(
    prepared: PreparedImage,
    refresh: boolean,
    asked: Asked,
  ): Promise<ServedPicture | undefined> {
    const options = { priority: 'waiting', refresh, byReader: true, ...asked } as const;
    const { record, kind } = await deps.images.place(prepared, options);
    if (kind === 'review') {
      throw new AppError('conflict', { detail: 'The image is kept for a review.' });
    }
    const settled =
      kind === 'stored'
        ? record
        : await withDeadline(
            deps.waitForSettled(record.id, record.generation, FOLLOW_MS),
            FOLLOW_MS + GRACE_MS,
            () => new AppError('redis_unavailable', { detail: 'Redis tells of no end.' }),
          );
    if (settled?.status === 'failed') {
      const { code, message } = settled.error ?? { code: 'internal', message: 'It failed.' };
      const error = new AppError(code, { detail: message });
      noteFailure(prepared.id, error);
      throw error;
    }
    if (settled?.status !== 'completed') return undefined;
    const picture = await deps.readStored(settled.key);
    // The record says that it is stored, and the storage has lost it.
    if (!picture && kind === 'stored' && !refresh) return follow(prepared, true, asked);
    return picture;
  }

  /**
   * Of several who ask at once, the first counts as caller and pays.
   * @throws AppError why it was not drawn
   */
  return async function drawOnce(
    prepared: PreparedImage,
    asked: Asked,
  ): Promise<ServedPicture | undefined> {
    const failure = failures.get(prepared.id);
    if (failure && performance.now() < failure.untilMs) throw failure.error;
    const { id } = prepared;
    const following =
      underWay.get(id) ?? follow(prepared, false, asked).finally(() => underWay.delete(id));
    underWay.set(id, following);
    try {
      return await following;
    } catch (error) {
      throw toAppError(error);
    }
  };
}
