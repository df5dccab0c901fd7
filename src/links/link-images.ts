import { formatOfExtension, imageExtensions } from '../formats/image-formats.js';
import { linkCaller } from '../images/caller.js';
import type { ImageFormat } from '../images/image.js';
import type { ImageRequest } from '../images/prepare.js';
import type { Quota } from '../images/quota.js';
import { type ReaderRequest, startReaderRequest, withGraceTime } from '../images/reader-request.js';
import { withDeadline } from '../lib/deadline.js';
import type { TemplateRegistry } from '../templates/template.js';
import { isPinned } from '../templates/template-reference.js';
import type { AdmitReader, AdmitResult } from './admit-reader.js';
import type { FallbackChain, FallbackReason } from './fallback-chain.js';
import type { ImageAnswer } from './image-answer.js';
import type { Link, LinkRecords, Refusal } from './link.js';
import { linkRequest } from './link-service.js';
import { readMergeValues } from './merge-values.js';
import type { OnDemandOptions } from './on-demand-options.js';
import { openValues } from './open-values.js';
import { type Reader, UNKNOWN_READER } from './reader.js';
import type { ReaderTurns } from './reader-turns.js';
import { createRecentAnswers } from './recent-answers.js';
import { secondsLeft } from './seconds-left.js';
import { staticCard } from './static-card.js';
import { loadedTemplate } from './template-named.js';

/** Share of the reader's budget for waiting until the process has time to look for the image. */
const TURN_SHARE = 0.3;
/** How long a flood is answered with the same generic image before it is looked up again. */
const GENERIC_FRESH_MS = 1_000;
const FILE = new RegExp(`^([a-z2-7]{16})\\.(${imageExtensions})$`);

function asFallback({ body, contentType }: ImageAnswer): ImageAnswer {
  return { source: 'fallback', body, contentType };
}

const forDisconnected = (format: ImageFormat): ImageAnswer => ({
  source: 'fallback',
  ...staticCard[format],
});

const cancelReservation = (entry: AdmitResult) =>
  'onDemand' in entry ? entry.onDemand.reservation?.cancel() : undefined;

const waiting = ({ signal }: Reader): OnDemandOptions => ({
  priority: 'link',
  ...(signal ? { signal } : {}),
});

const orUnavailable = <T>(work: Promise<T>, { budgetMs }: ReaderRequest) =>
  withDeadline(work, budgetMs, () => new Error('late')).catch(() => 'away' as const);

/** Answers link addresses with images. `budgetMs` is for one image, from request to answer. */
export function createLinkImages(deps: {
  /** @throws AppError `redis_unavailable` */
  getLink(id: string): Promise<Link | undefined>;
  records: Pick<LinkRecords, 'wasRemoved'>;
  registry: Pick<TemplateRegistry, 'get' | 'load'>;
  admitReader: AdmitReader;
  /** Whether the reader's network is refused so often that nothing is looked up for it. */
  isFlooding(reader: Reader): boolean;
  turns: ReaderTurns;
  fallbackChain: FallbackChain;
  /** Called when a reader gets the image without values because of a limit. */
  onRefused?: (linkId: string, reason: Refusal | 'busy') => void;
  /** Called once for a request in which a merge tag was left unfilled, with the first such field. */
  onUnfilled?: (linkId: string, field: string) => void;
  onFallback(reason: FallbackReason): void;
  /** Quota of the key that a link was made with. */
  quotaOf(keyId: string | undefined): Quota | undefined;
  budgetMs: number;
  now?: () => Date;
}) {
  const now = deps.now ?? (() => new Date());
  const { fallbackChain } = deps;
  /**
   * Readers are anonymous: all readers of a link are one caller. Their images are counted in the
   * quota of the link's key.
   */
  const optionsOf = ({ id, keyId }: Link, { format, budgetMs }: ReaderRequest) => ({
    ...{ format, budgetMs },
    caller: linkCaller(id),
    quota: deps.quotaOf(keyId),
  });

  const takeTurn = (reader: Reader, { budgetMs }: ReaderRequest) =>
    deps.turns.take(reader, budgetMs * TURN_SHARE);

  const genericImages = createRecentAnswers(GENERIC_FRESH_MS);

  /** The link's generic image (without values), as a fallback: it is not what was requested. */
  async function generic(
    link: Link,
    readerRequest: ReaderRequest,
    reason: FallbackReason,
  ): Promise<ImageAnswer> {
    const recent = genericImages.get(link, readerRequest.format);
    if (recent) {
      deps.onFallback(reason);
      return recent;
    }
    const answer = await fallbackChain.answer(
      linkRequest(link, {}),
      optionsOf(link, withGraceTime(readerRequest)),
    );
    // A fallback card was counted already.
    if (answer.source === 'fallback') return asFallback(answer);
    deps.onFallback(reason);
    return genericImages.keep(link, readerRequest.format, asFallback(answer));
  }

  /** The link's generic image is closer to the request than any card. */
  async function orGeneric(
    link: Link,
    readerRequest: ReaderRequest,
    card: ImageAnswer,
  ): Promise<ImageAnswer> {
    const found = await fallbackChain.lookUp(
      linkRequest(link, {}),
      optionsOf(link, withGraceTime(readerRequest)),
    );
    return found?.answer ? asFallback(found.answer) : card;
  }

  /**
   * An image that was served a moment ago is served without asking; a stored one in the reader's
   * turn, or when its time is over. A new one needs the turn and admission. `earlyTurn`: whether the
   * turn came, if the reader waited for it already.
   */
  async function varied(
    link: Link,
    request: ImageRequest,
    readerRequest: ReaderRequest,
    reader: Reader,
    earlyTurn: boolean | undefined,
  ): Promise<ImageAnswer> {
    const options = optionsOf(link, readerRequest);
    let refusal: 'network' | 'busy' | undefined;
    const found = await fallbackChain.lookUp(request, options, async () => {
      if (deps.isFlooding(reader)) refusal = 'network';
      else if (!(earlyTurn ?? (await takeTurn(reader, readerRequest)))) refusal = 'busy';
      return refusal !== 'network' && !reader.signal?.aborted;
    });
    if (found?.answer) return found.answer;
    if (reader.signal?.aborted) return forDisconnected(readerRequest.format);
    if (refusal) {
      deps.onRefused?.(link.id, refusal);
      return generic(link, readerRequest, 'limit_reached');
    }
    let onDemand = waiting(reader);
    if (found) {
      const admitting = deps.admitReader(link, found.imageId, reader, readerRequest);
      const entry = await orUnavailable(admitting, readerRequest);
      if (entry === 'away' || reader.signal?.aborted) {
        // A reservation that comes too late is cancelled.
        admitting.then(cancelReservation).catch(() => undefined);
        return reader.signal?.aborted
          ? forDisconnected(readerRequest.format)
          : generic(link, readerRequest, 'redis_unavailable');
      }
      if ('refusal' in entry) {
        deps.onRefused?.(link.id, entry.refusal);
        return generic(link, readerRequest, 'limit_reached');
      }
      onDemand = entry.onDemand;
    }
    const answer = await fallbackChain.answer(request, {
      ...options,
      onDemand,
      missing: found?.missing,
    });
    return answer.source === 'fallback' ? orGeneric(link, readerRequest, answer) : answer;
  }

  async function answerOf(
    link: Link,
    readerRequest: ReaderRequest,
    query: string,
    reader: Reader,
  ): Promise<ImageAnswer> {
    const left = secondsLeft(link.expiresAt ? new Date(link.expiresAt) : undefined, now());
    if (left === 0) return generic(link, readerRequest, 'expired');
    // Where others of its network wait already, nothing at all is done before its turn.
    const isQueued = deps.turns.hasWaiters(reader);
    const earlyTurn = isQueued ? await takeTurn(reader, readerRequest) : undefined;
    if (reader.signal?.aborted) return forDisconnected(readerRequest.format);
    const template = await loadedTemplate(deps.registry, link.template);
    // Which of its fields readers may fill is not known then.
    if (!template && isPinned(link.template))
      return generic(link, readerRequest, 'template_not_found');
    let unfilled: string | undefined;
    const given = readMergeValues(query, link.fields, (field) => {
      unfilled ??= field;
    });
    if (unfilled !== undefined) deps.onUnfilled?.(link.id, unfilled);
    const values = openValues(template, given);
    const request = linkRequest(link, values);
    const isVaried = Object.keys(values).length > 0;
    const answer = await (isVaried
      ? varied(link, request, readerRequest, reader, earlyTurn)
      : fallbackChain.answer(request, {
          ...optionsOf(link, readerRequest),
          onDemand: waiting(reader),
        }));
    return left === undefined ? answer : { ...answer, maxAgeSeconds: left };
  }

  /**
   * The answer for the last part of a link's path and the query as received. Undefined if there
   * never was such a link. A card for a removed link, and while Redis is unreachable, when that
   * cannot be known. Never throws.
   */
  return async function linkImage(
    file: string,
    query: string,
    reader: Reader = UNKNOWN_READER,
  ): Promise<ImageAnswer | undefined> {
    const [, id, extension = ''] = FILE.exec(file) ?? [];
    const format = formatOfExtension(extension);
    if (!id || !format) return undefined;
    const readerRequest = startReaderRequest(format, deps.budgetMs);
    const link = await orUnavailable(deps.getLink(id), readerRequest);
    if (link === 'away') return fallbackChain.fallback(undefined, { format }, 'redis_unavailable');
    // The reader has disconnected: in a flood most readers are gone before their turn comes.
    if (reader.signal?.aborted) return forDisconnected(format);
    if (link) return answerOf(link, readerRequest, query, reader);
    const wasRemoved = await orUnavailable(deps.records.wasRemoved(id), readerRequest);
    if (wasRemoved === 'away')
      return fallbackChain.fallback(undefined, { format }, 'redis_unavailable');
    return wasRemoved
      ? fallbackChain.fallback(undefined, { format }, 'nothing_to_show')
      : undefined;
  };
}

export type LinkImage = ReturnType<typeof createLinkImages>;
