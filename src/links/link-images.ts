import { withDeadline } from '../errors/deadline.js';
import { linkCaller } from '../images/caller.js';
import type { ImageFormat } from '../images/image.js';
import type { ImageRequest } from '../images/prepare.js';
import type { Quota } from '../images/quota.js';
import { type ReaderRequest, startReaderRequest, withGraceTime } from '../images/reader-request.js';
import type { AdmitReader, AdmitResult } from './admit-reader.js';
import type { FallbackChain, FallbackReason } from './fallback-chain.js';
import type { ImageAnswer } from './image-answer.js';
import { formatOfEnding } from './image-formats.js';
import type { Link, LinkRecords, Refusal } from './link.js';
import { linkRequest } from './link-service.js';
import { readMergeValues } from './merge-values.js';
import type { OnDemandOptions } from './on-demand-options.js';
import { type Reader, UNKNOWN_READER } from './reader.js';
import { secondsLeft } from './seconds-left.js';
import { staticCard } from './static-card.js';

const FILE = /^([a-z2-7]{16})\.(png|jpg|webp)$/;

function asFallback({ body, contentType }: ImageAnswer): ImageAnswer {
  return { source: 'fallback', body, contentType };
}

const forDisconnected = (format: ImageFormat): ImageAnswer => ({
  source: 'fallback',
  ...staticCard[format],
});

const giveBack = (entry: AdmitResult) =>
  'hit' in entry ? entry.hit.reservation?.cancel() : undefined;

const waiting = ({ signal }: Reader): OnDemandOptions => ({
  priority: 'link',
  ...(signal ? { signal } : {}),
});

const orUnavailable = <T>(work: Promise<T>, { budgetMs }: ReaderRequest) =>
  withDeadline(work, budgetMs, () => new Error('late')).catch(() => 'away' as const);

/** The pictures behind links for e-mail. `budgetMs` is for one picture, from asking to answer. */
export function createLinkImages(deps: {
  /** @throws AppError `redis_unavailable` */
  getLink(id: string): Promise<Link | undefined>;
  records: Pick<LinkRecords, 'wasRemoved'>;
  admitReader: AdmitReader;
  fallbackChain: FallbackChain;
  /** A reader is shown the picture without values because of a limit. */
  onRefused?: (linkId: string, reason: Refusal | 'busy') => void;
  onFallback(reason: FallbackReason): void;
  /** Of the key that a link was made with. */
  quotaOf(keyId: string | undefined): Quota | undefined;
  budgetMs: number;
  now?: () => Date;
}) {
  const now = deps.now ?? (() => new Date());
  const { fallbackChain } = deps;
  /**
   * Whoever reads says nothing of himself: the readers of a link are one caller. What is drawn for
   * them is taken from the quota of the link's key.
   */
  const optionsOf = ({ id, keyId }: Link, { format, budgetMs }: ReaderRequest) => ({
    ...{ format, budgetMs },
    caller: linkCaller(id),
    quota: deps.quotaOf(keyId),
  });

  /** The link's picture without values, for what it is here: not what was asked for. */
  async function generic(
    link: Link,
    visit: ReaderRequest,
    reason: FallbackReason,
  ): Promise<ImageAnswer> {
    const answer = await fallbackChain.answer(
      linkRequest(link, {}),
      optionsOf(link, withGraceTime(visit)),
    );
    // A card was counted already.
    if (answer.source !== 'fallback') deps.onFallback(reason);
    return asFallback(answer);
  }

  /** The link's own picture is nearer to what was asked for than any card. */
  async function orGeneric(
    link: Link,
    visit: ReaderRequest,
    card: ImageAnswer,
  ): Promise<ImageAnswer> {
    const found = await fallbackChain.look(
      linkRequest(link, {}),
      optionsOf(link, withGraceTime(visit)),
    );
    return found?.answer ? asFallback(found.answer) : card;
  }

  /** What was drawn before is served without asking; a new picture has to be let in. */
  async function varied(
    link: Link,
    request: ImageRequest,
    visit: ReaderRequest,
    reader: Reader,
  ): Promise<ImageAnswer> {
    const found = await fallbackChain.look(request, optionsOf(link, visit));
    if (found?.answer) return found.answer;
    let hit = waiting(reader);
    if (found) {
      const entering = deps.admitReader(link, found.imageId, reader, visit);
      const entry = await orUnavailable(entering, visit);
      if (entry === 'away' || reader.signal?.aborted) {
        // A place that comes too late is for others.
        entering.then(giveBack).catch(() => undefined);
        return reader.signal?.aborted
          ? forDisconnected(visit.format)
          : generic(link, visit, 'redis_unavailable');
      }
      if ('refusal' in entry) {
        deps.onRefused?.(link.id, entry.refusal);
        return generic(link, visit, 'limit_reached');
      }
      hit = entry.hit;
    }
    const answer = await fallbackChain.answer(request, {
      ...optionsOf(link, visit),
      onDemand: hit,
    });
    return answer.source === 'fallback' ? orGeneric(link, visit, answer) : answer;
  }

  async function answerOf(
    link: Link,
    visit: ReaderRequest,
    query: string,
    reader: Reader,
  ): Promise<ImageAnswer> {
    const left = secondsLeft(link.expiresAt ? new Date(link.expiresAt) : undefined, now());
    if (left === 0) return generic(link, visit, 'expired');
    const values = readMergeValues(query, link.fields);
    const request = linkRequest(link, values);
    const isVaried = Object.keys(values).length > 0;
    const answer = await (isVaried
      ? varied(link, request, visit, reader)
      : fallbackChain.answer(request, { ...optionsOf(link, visit), onDemand: waiting(reader) }));
    return left === undefined ? answer : { ...answer, maxAgeSeconds: left };
  }

  /**
   * The answer for the last part of a link's path and the query as it came. Undefined where there
   * never was such a link; for one that was removed, and without Redis, where that cannot be
   * known, a card. Never throws.
   */
  return async function linkImage(
    file: string,
    query: string,
    reader: Reader = UNKNOWN_READER,
  ): Promise<ImageAnswer | undefined> {
    const [, id, ending = ''] = FILE.exec(file) ?? [];
    const format = formatOfEnding[ending];
    if (!id || !format) return undefined;
    const visit = startReaderRequest(format, deps.budgetMs);
    const link = await orUnavailable(deps.getLink(id), visit);
    if (link === 'away') return fallbackChain.fallback(undefined, { format }, 'redis_unavailable');
    // Nobody is there any more: in a flood most are gone before their turn comes.
    if (reader.signal?.aborted) return forDisconnected(format);
    if (link) return answerOf(link, visit, query, reader);
    const wasRemoved = await orUnavailable(deps.records.wasRemoved(id), visit);
    if (wasRemoved === 'away')
      return fallbackChain.fallback(undefined, { format }, 'redis_unavailable');
    return wasRemoved
      ? fallbackChain.fallback(undefined, { format }, 'nothing_to_show')
      : undefined;
  };
}

export type LinkImage = ReturnType<typeof createLinkImages>;
