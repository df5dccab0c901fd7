import { createHmac } from 'node:crypto';
import type { ReaderRequest } from '../images/reader-request.js';
import type { Admission, CountedReader, Link, LinkReservations, Refusal } from './link.js';
import type { NetworkRate } from './network-rate.js';
import type { OnDemandOptions, Reservation } from './on-demand-options.js';
import type { Reader } from './reader.js';
import { createWaitQueue } from './wait-queue.js';

/** Share of the reader's budget for waiting for a reservation; the rest is for drawing. */
const QUEUE_SHARE = 0.5;
/**
 * An image that no reader saw counts against the limit for at least this long; then it can be
 * reclaimed.
 */
const UNSEEN_RECLAIM_MS = 3_600_000;
/** The same for an image that was shown, except to readers of a shared network. */
const SEEN_RECLAIM_MS = 24 * 3_600_000;

/** A reservation of another reader: only its owner cancels it. */
const sharedReservation = ({ commit: take }: Reservation): Reservation => ({
  commit: take,
  cancel: async () => undefined,
});

export type AdmitResult = { onDemand: OnDemandOptions } | { refusal: Refusal | 'busy' };

/**
 * Decides whether a reader of a link may have a new image drawn: by the rate of the reader's
 * network, and by the limits of the link.
 */
export function createAdmitReader(deps: {
  reservations: LinkReservations;
  rate: NetworkRate;
  /** Networks are stored under keyed hashes. */
  networkKey: Buffer;
  now: () => Date;
}) {
  const waitQueue = createWaitQueue();

  const nameOf = (prefix: string, linkId: string, network: string) =>
    network === ''
      ? ''
      : prefix +
        createHmac('sha256', deps.networkKey)
          .update(`${linkId} ${network}`)
          .digest('base64url')
          .slice(0, 12);

  const countedReader = (link: Link, { kind, network, wideNetwork }: Reader): CountedReader => ({
    kind,
    network: nameOf('n', link.id, network),
    wideNetwork: nameOf('w', link.id, wideNetwork),
  });

  /**
   * Images count against the limit until they are reclaimed; images of shared networks for good.
   */
  function reservationFor(
    link: Link,
    imageId: string,
    reader: CountedReader,
    at: Date,
  ): Reservation {
    const { reservations } = deps;
    return {
      async commit(isShown) {
        const seenMs = reader.kind === 'shared' ? undefined : SEEN_RECLAIM_MS;
        const reclaimAfterMs = isShown ? seenMs : UNSEEN_RECLAIM_MS;
        await reservations.commit(link.id, imageId, reader, reclaimAfterMs).catch(() => undefined);
      },
      async cancel() {
        await reservations.cancel(link.id, imageId, at).catch(() => undefined);
      },
    };
  }

  /**
   * How the reader may wait for the image, or why it is refused.
   * @throws AppError `redis_unavailable`
   */
  return async function admitReader(
    link: Link,
    imageId: string,
    reader: Reader,
    readerRequest: ReaderRequest,
  ): Promise<AdmitResult> {
    if (link.isPaused) return { refusal: 'full' };
    if (!deps.rate.allows(reader)) {
      deps.rate.refuse(reader);
      return { refusal: 'network' };
    }
    const counted = countedReader(link, reader);
    const { signal } = reader;
    let at = deps.now();
    const reserveNow = () => {
      at = deps.now();
      return deps.reservations.reserve(link, imageId, counted, at);
    };
    const reserveUnlessBusy = async (): Promise<Admission | undefined> => {
      const admission = await reserveNow();
      return admission.outcome === 'busy' ? undefined : admission;
    };
    const name = `${link.id} ${reader.kind}`;
    const first = waitQueue.hasWaiters(name) ? undefined : await reserveUnlessBusy();
    const timeoutMs = readerRequest.budgetMs * QUEUE_SHARE;
    const admission =
      first ?? (await waitQueue.wait(name, reserveUnlessBusy, { timeoutMs, signal }));
    if (!admission) return { refusal: 'busy' };
    const { outcome, turn } = admission;
    const onDemand = { priority: 'link' as const, turn, ...(signal ? { signal } : {}) };
    switch (outcome) {
      case 'admitted':
        deps.rate.take(reader);
        return {
          onDemand: { ...onDemand, reservation: reservationFor(link, imageId, counted, at) },
        };
      case 'known':
        return { onDemand };
      case 'joined':
        return {
          onDemand: {
            ...onDemand,
            reservation: sharedReservation(reservationFor(link, imageId, counted, at)),
          },
        };
      default:
        if (outcome === 'network') deps.rate.refuse(reader);
        return { refusal: outcome };
    }
  };
}

export type AdmitReader = ReturnType<typeof createAdmitReader>;
