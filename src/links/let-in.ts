import { createHmac } from 'node:crypto';
import type { Visit } from '../images/visit.js';
import type { FirstHit, Place } from './first-hit.js';
import type { Admission, CountedReader, Link, LinkPlaces, Refusal } from './link.js';
import type { NetworkRate } from './network-rate.js';
import { createPlaceLine } from './place-line.js';
import type { Reader } from './reader.js';

/** Of his budget a reader waits so much for a place; the rest is for the drawing. */
const LINE_SHARE = 0.5;
/** A picture that nobody was shown holds its place for so long, once others want it. */
const UNSEEN_LENT_MS = 3_600_000;
/** And one that readers of no shared network were shown. */
const SEEN_LENT_MS = 24 * 3_600_000;

/** Whoever reserved it gives it back. */
const sharedPlace = ({ take }: Place): Place => ({ take, giveBack: async () => undefined });

export type Entry = { hit: FirstHit } | { refusal: Refusal | 'busy' };

/**
 * Lets readers of a link in who ask for a picture that is not drawn yet: as their network's rate,
 * the places of the link and its limits allow.
 */
export function createLetIn(deps: {
  places: LinkPlaces;
  rate: NetworkRate;
  /** Networks are kept under names that only it can make. */
  networkKey: Buffer;
  now: () => Date;
}) {
  const line = createPlaceLine();

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
  function placeFor(link: Link, imageId: string, reader: CountedReader, at: Date): Place {
    const { places } = deps;
    return {
      async take(isShown) {
        const seenMs = reader.kind === 'shared' ? undefined : SEEN_LENT_MS;
        const lendMs = isShown ? seenMs : UNSEEN_LENT_MS;
        await places.take(link.id, imageId, reader, lendMs).catch(() => undefined);
      },
      async giveBack() {
        await places.giveBack(link.id, imageId, at).catch(() => undefined);
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
    visit: Visit,
  ): Promise<Entry> {
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
    const first = line.isLong(name) ? undefined : await askAgain();
    const timeoutMs = visit.budgetMs * LINE_SHARE;
    const admission = first ?? (await line.wait(name, askAgain, { timeoutMs, signal }));
    if (!admission) return { refusal: 'busy' };
    const { outcome, turn } = admission;
    const waits = { priority: 'link' as const, turn, ...(signal ? { signal } : {}) };
    switch (outcome) {
      case 'admitted':
        deps.rate.take(reader);
        return { hit: { ...waits, place: placeFor(link, imageId, counted, at) } };
      case 'known':
        return { hit: waits };
      case 'joined':
        return { hit: { ...waits, place: sharedPlace(placeFor(link, imageId, counted, at)) } };
      default:
        return { refusal: outcome };
    }
  };
}

export type LetIn = ReturnType<typeof createLetIn>;
