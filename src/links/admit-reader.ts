import { createHmac } from 'node:crypto';
import type { ReaderRequest } from '../images/reader-request.js';
import type { Admission, CountedReader, Link, LinkReservations, Refusal } from './link.js';
import type { NetworkRate } from './network-rate.js';
import type { OnDemandOptions, Reservation } from './on-demand-options.js';
import type { Reader } from './reader.js';
import { createWaitQueue } from './wait-queue.js';

/** Of his budget a reader waits so much for a place; the rest is for the drawing. */
const QUEUE_SHARE = 0.5;
/** A picture that nobody was shown holds its place for so long, once others want it. */
const UNSEEN_RECLAIM_MS = 3_600_000;
/** And one that readers of no shared network were shown. */
const SEEN_RECLAIM_MS = 24 * 3_600_000;

/** Whoever reserved it gives it back. */
const sharedReservation = ({ commit: take }: Reservation): Reservation => ({
  commit: take,
  cancel: async () => undefined,
});

export type AdmitResult = { hit: OnDemandOptions } | { refusal: Refusal | 'busy' };

/**
 * Lets readers of a link in who ask for a picture that is not drawn yet: as their network's rate,
 * the places of the link and its limits allow.
 */
export function createAdmitReader(deps: {
  places: LinkReservations;
  rate: NetworkRate;
  /** Networks are kept under names that only it can make. */
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

  /** A lent place comes back later; a shared network's readers keep theirs. */
  function reservationFor(
    link: Link,
    imageId: string,
    reader: CountedReader,
    at: Date,
  ): Reservation {
    const { places } = deps;
    return {
      async commit(isShown) {
        const seenMs = reader.kind === 'shared' ? undefined : SEEN_RECLAIM_MS;
        const lendMs = isShown ? seenMs : UNSEEN_RECLAIM_MS;
        await places.commit(link.id, imageId, reader, lendMs).catch(() => undefined);
      },
      async cancel() {
        await places.cancel(link.id, imageId, at).catch(() => undefined);
      },
    };
  }

  /**
   * How the reader may wait for the picture, or why he may not.
   * @throws AppError `redis_unavailable`
   */
  return async function letIn(
    link: Link,
    imageId: string,
    reader: Reader,
    visit: ReaderRequest,
  ): Promise<AdmitResult> {
    if (link.isPaused) return { refusal: 'full' };
    if (!deps.rate.allows(reader)) return { refusal: 'network' };
    const counted = countedReader(link, reader);
    const { signal } = reader;
    let at = deps.now();
    const ask = () => {
      at = deps.now();
      return deps.places.reserve(link, imageId, counted, at);
    };
    const askAgain = async (): Promise<Admission | undefined> => {
      const admission = await ask();
      return admission.outcome === 'busy' ? undefined : admission;
    };
    const name = `${link.id} ${reader.kind}`;
    const first = waitQueue.hasWaiters(name) ? undefined : await askAgain();
    const timeoutMs = visit.budgetMs * QUEUE_SHARE;
    const admission = first ?? (await waitQueue.wait(name, askAgain, { timeoutMs, signal }));
    if (!admission) return { refusal: 'busy' };
    const { outcome, turn } = admission;
    const onDemand = { priority: 'link' as const, turn, ...(signal ? { signal } : {}) };
    switch (outcome) {
      case 'admitted':
        deps.rate.take(reader);
        return { hit: { ...onDemand, reservation: reservationFor(link, imageId, counted, at) } };
      case 'known':
        return { hit: onDemand };
      case 'joined':
        return {
          hit: {
            ...onDemand,
            reservation: sharedReservation(reservationFor(link, imageId, counted, at)),
          },
        };
      default:
        return { refusal: outcome };
    }
  };
}

export type AdmitReader = ReturnType<typeof createAdmitReader>;
