import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { AppError, toAppError, withoutStack } from '../errors/app-error.js';
import type { EnsuredImage, ImageService } from '../images/image-service.js';
import type { ImageRecords } from '../images/ports.js';
import type { PreparedImage } from '../images/prepare.js';
import type { WithdrawImage } from '../images/withdraw-image.js';
import { withDeadline } from '../lib/deadline.js';
import type { ServedImage } from './image-answer.js';
import { DISCONNECTED, type OnDemandOptions, type Reservation } from './on-demand-options.js';

/** How long one drawing is awaited; all readers of the same image share this wait. */
const FOLLOW_MS = 15_000;
/** If Redis delays the wait itself, it ends a little later. */
const GRACE_MS = 1_000;
/** An image that has just failed is not drawn again for every request. */
const FAILED_FOR_MS = 30_000;
const MAX_FAILURES = 1_000;

/** One drawing, and the readers in this process who wait for it. */
interface Drawing {
  /** Id under which all of these readers are registered as one waiter. */
  waiter: string;
  image: Promise<ServedImage | undefined>;
  ensured: Promise<EnsuredImage> | undefined;
  readers: number;
  /** A reader waited until the time limit, so the drawing must go on. */
  isKept: boolean;
  /** All readers have disconnected. */
  isAbandoned: boolean;
  reservations: Set<Reservation>;
}

/**
 * Draws an image and returns it; undefined if it takes too long. Readers of the same image in this
 * process share one wait, and all processes share one drawing. A drawing that has not begun when
 * its last reader disconnects is withdrawn.
 */
export function createDrawOnce(deps: {
  images: Pick<ImageService, 'ensure'>;
  withdrawImage: WithdrawImage;
  waitForSettled: ImageRecords['waitForSettled'];
  readStored(key: string): Promise<ServedImage | undefined>;
}) {
  const inFlight = new Map<string, Drawing>();
  const failures = new LRUCache<string, AppError>({ max: MAX_FAILURES, ttl: FAILED_FOR_MS });

  function noteFailure(id: string, error: AppError): void {
    failures.set(id, withoutStack(error));
  }

  async function follow(
    prepared: PreparedImage,
    drawing: Drawing,
    onDemand: OnDemandOptions,
    refresh: boolean,
  ): Promise<ServedImage | undefined> {
    const { priority, turn, caller, quota } = onDemand;
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
    const image = await deps.readStored(settled.key);
    // The record says that it is stored, but the storage does not have it: draw it again.
    if (!image && kind === 'stored' && !refresh) return follow(prepared, drawing, onDemand, true);
    return image;
  }

  /** Later readers start a new drawing. Returns whether it was still registered. */
  function detach(id: string, drawing: Drawing): boolean {
    return inFlight.get(id) === drawing && inFlight.delete(id);
  }

  const endReservations = (
    { reservations }: Drawing,
    end: (reservation: Reservation) => Promise<void>,
  ) => Promise.all([...reservations].map(end));

  async function draw(prepared: PreparedImage, drawing: Drawing, onDemand: OnDemandOptions) {
    try {
      const image = await follow(prepared, drawing, onDemand, false).finally(() =>
        detach(prepared.id, drawing),
      );
      // An image that took too long is drawn anyway and served to the next reader.
      const isShown = image !== undefined && drawing.readers > 0;
      if (!drawing.isAbandoned)
        await endReservations(drawing, (reservation) => reservation.commit(isShown));
      return image;
    } catch (error) {
      if (!drawing.isAbandoned)
        await endReservations(drawing, (reservation) => reservation.cancel());
      throw toAppError(error);
    }
  }

  function begin(prepared: PreparedImage, onDemand: OnDemandOptions): Drawing {
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
    drawing.image = draw(prepared, drawing, onDemand);
    drawing.image.catch(() => undefined);
    return drawing;
  }

  /** Called when the last reader has disconnected. */
  async function abandon(drawing: Drawing, { priority }: OnDemandOptions): Promise<void> {
    let isTakenBack = false;
    try {
      const placement = await drawing.ensured;
      if (placement && placement.kind !== 'stored') {
        isTakenBack = await deps.withdrawImage(placement.record, drawing.waiter, priority);
      }
    } catch {
      // Refused, or Redis is unreachable: then the reservations expire by themselves.
      isTakenBack = true;
    }
    await endReservations(drawing, (reservation) =>
      isTakenBack ? reservation.cancel() : reservation.commit(false),
    );
  }

  function readerGone(id: string, drawing: Drawing, onDemand: OnDemandOptions): void {
    drawing.readers -= 1;
    if (onDemand.signal?.reason !== DISCONNECTED) drawing.isKept = true;
    if (drawing.readers > 0 || drawing.isKept || !detach(id, drawing)) return;
    drawing.isAbandoned = true;
    void abandon(drawing, onDemand);
  }

  /**
   * Of several concurrent readers, the first one's caller and quota count.
   * @throws AppError if it was not drawn
   */
  return async function drawOnce(
    prepared: PreparedImage,
    onDemand: OnDemandOptions,
  ): Promise<ServedImage | undefined> {
    const { id } = prepared;
    const { reservation, signal } = onDemand;
    const error = failures.get(id);
    const hasHungUp = signal?.aborted && signal.reason === DISCONNECTED;
    if (error || hasHungUp) {
      await reservation?.cancel();
      if (error) throw error;
      return undefined;
    }
    const drawing = inFlight.get(id) ?? begin(prepared, onDemand);
    if (reservation) drawing.reservations.add(reservation);
    drawing.readers += 1;
    let onDisconnect: (nothing: undefined) => void = () => undefined;
    const disconnected = new Promise<undefined>((resolve) => {
      onDisconnect = resolve;
    });
    const onAbort = () => {
      readerGone(id, drawing, onDemand);
      onDisconnect(undefined);
    };
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([drawing.image, disconnected]);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  };
}
