import { randomUUID } from 'node:crypto';
import { AppError, toAppError } from '../errors/app-error.js';
import { withDeadline } from '../errors/deadline.js';
import type { EnsuredImage, ImageService } from '../images/image-service.js';
import type { ImageRecords } from '../images/ports.js';
import type { PreparedImage } from '../images/prepare.js';
import type { WithdrawImage } from '../images/withdraw-image.js';
import type { ServedImage } from './image-answer.js';
import { DISCONNECTED, type OnDemandOptions, type Reservation } from './on-demand-options.js';

/** How long one drawing is followed; whoever asks meanwhile waits for it, for as long as he can. */
const FOLLOW_MS = 15_000;
/** A wait that Redis itself holds up is given up a little later. */
const GRACE_MS = 1_000;
/** A picture that has just failed is not drawn again for every request. */
const FAILED_FOR_MS = 30_000;
const MAX_FAILURES = 1_000;

interface Failure {
  error: AppError;
  untilMs: number;
}

/** One drawing, and those of this process who wait for it. */
interface Drawing {
  /** Under this name they want it, all together. */
  waiter: string;
  image: Promise<ServedImage | undefined>;
  ensured: Promise<EnsuredImage> | undefined;
  readers: number;
  /** Somebody waited to the end of his time. */
  isKept: boolean;
  /** Nobody is there any more. */
  isAbandoned: boolean;
  reservations: Set<Reservation>;
}

/**
 * Has a picture drawn and returns it; undefined where it takes too long. All who ask for the same
 * one in this process share one wait, and all processes share one drawing. What has not begun when
 * the last of them hangs up is taken back.
 */
export function createDrawOnce(deps: {
  images: Pick<ImageService, 'ensure'>;
  withdrawImage: WithdrawImage;
  waitForSettled: ImageRecords['waitForSettled'];
  readStored(key: string): Promise<ServedImage | undefined>;
}) {
  const inFlight = new Map<string, Drawing>();
  const failures = new Map<string, Failure>();

  function noteFailure(id: string, error: AppError): void {
    failures.delete(id);
    failures.set(id, { error, untilMs: performance.now() + FAILED_FOR_MS });
    const [oldest] = failures.keys();
    if (failures.size > MAX_FAILURES && oldest !== undefined) failures.delete(oldest);
  }

  async function follow(
    prepared: PreparedImage,
    drawing: Drawing,
    hit: OnDemandOptions,
    refresh: boolean,
  ): Promise<ServedImage | undefined> {
    const { priority, turn, caller, quota } = hit;
    const { waiter } = drawing;
    drawing.ensured = deps.images.ensure(prepared, {
      ...{ priority, turn, caller, quota, waiter, refresh },
      byReader: true,
    });
    const { record, kind } = await drawing.ensured;
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
    if (!picture && kind === 'stored' && !refresh) return follow(prepared, drawing, hit, true);
    return picture;
  }

  /** Whoever comes from now on begins anew. Returns whether it was known. */
  function detach(id: string, drawing: Drawing): boolean {
    return inFlight.get(id) === drawing && inFlight.delete(id);
  }

  const endReservations = (
    { reservations: places }: Drawing,
    end: (place: Reservation) => Promise<void>,
  ) => Promise.all([...places].map(end));

  async function draw(prepared: PreparedImage, drawing: Drawing, hit: OnDemandOptions) {
    try {
      const picture = await follow(prepared, drawing, hit, false).finally(() =>
        detach(prepared.id, drawing),
      );
      // What took too long is drawn all the same, and found by the next.
      const isShown = picture !== undefined && drawing.readers > 0;
      if (!drawing.isAbandoned) await endReservations(drawing, (place) => place.commit(isShown));
      return picture;
    } catch (error) {
      if (!drawing.isAbandoned) await endReservations(drawing, (place) => place.cancel());
      throw toAppError(error);
    }
  }

  function begin(prepared: PreparedImage, hit: OnDemandOptions): Drawing {
    const drawing: Drawing = {
      waiter: randomUUID(),
      image: Promise.resolve(undefined),
      ensured: undefined,
      readers: 0,
      isKept: false,
      isAbandoned: false,
      reservations: new Set(),
    };
    inFlight.set(prepared.id, drawing);
    drawing.image = draw(prepared, drawing, hit);
    drawing.image.catch(() => undefined);
    return drawing;
  }

  /** The last one has hung up. */
  async function abandon(drawing: Drawing, { priority }: OnDemandOptions): Promise<void> {
    let isTakenBack = false;
    try {
      const placement = await drawing.ensured;
      if (placement && placement.kind !== 'stored') {
        isTakenBack = await deps.withdrawImage(placement.record, drawing.waiter, priority);
      }
    } catch {
      // Refused, or Redis is away: then the places end with their reservations.
      isTakenBack = true;
    }
    await endReservations(drawing, (place) => (isTakenBack ? place.cancel() : place.commit(false)));
  }

  function readerGone(id: string, drawing: Drawing, hit: OnDemandOptions): void {
    drawing.readers -= 1;
    if (hit.signal?.reason !== DISCONNECTED) drawing.isKept = true;
    if (drawing.readers > 0 || drawing.isKept || !detach(id, drawing)) return;
    drawing.isAbandoned = true;
    void abandon(drawing, hit);
  }

  /**
   * Of several who ask at once, the first counts as caller and pays.
   * @throws AppError why it was not drawn
   */
  return async function drawOnce(
    prepared: PreparedImage,
    hit: OnDemandOptions,
  ): Promise<ServedImage | undefined> {
    const { id } = prepared;
    const { reservation: place, signal } = hit;
    const failure = failures.get(id);
    const error = failure && performance.now() < failure.untilMs ? failure.error : undefined;
    const hasHungUp = signal?.aborted && signal.reason === DISCONNECTED;
    if (error || hasHungUp) {
      await place?.cancel();
      if (error) throw error;
      return undefined;
    }
    const drawing = inFlight.get(id) ?? begin(prepared, hit);
    if (place) drawing.reservations.add(place);
    drawing.readers += 1;
    let leaves: (nothing: undefined) => void = () => undefined;
    const hasLeft = new Promise<undefined>((resolve) => {
      leaves = resolve;
    });
    const onAbort = () => {
      readerGone(id, drawing, hit);
      leaves(undefined);
    };
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([drawing.image, hasLeft]);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  };
}
