import { AppError, toAppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/catalogue.js';
import { withDeadline } from '../errors/deadline.js';
import { DeletedImage } from '../images/deleted-image.js';
import type { ImageFormat } from '../images/image.js';
import type { ImageService } from '../images/image-service.js';
import type { ImageRecords, ObjectStore } from '../images/ports.js';
import type { ImageRequest, PreparedImage } from '../images/prepare.js';
import type { WithdrawImage } from '../images/withdraw-image.js';
import type { TemplateRegistry } from '../templates/template.js';
import { createDrawOnce } from './draw-once.js';
import { createFallbackCard } from './fallback-card.js';
import { cachingOf, type ImageAnswer, type ServedImage } from './image-answer.js';
import { createImageMemory } from './image-memory.js';
import {
  type CallerOptions,
  DISCONNECTED,
  type OnDemandOptions,
  TIMED_OUT,
} from './on-demand-options.js';
import { createReadStored } from './read-stored.js';
import { createRedrawIncomplete } from './redraw-incomplete.js';
import { staticCard } from './static-card.js';
import { usableRequest } from './usable-request.js';

const MEMORY_MAX_BYTES = 64 * 1024 * 1024;
const MEMORY_FRESH_MS = 10_000;
/** For the last good picture, whose storage may be the very thing that does not answer. */
const LAST_GOOD_TIMEOUT_MS = 1_000;

/** Why another picture stands in: a code of the catalogue, or one of these. */
export type FallbackReason =
  | ErrorCode
  | 'late'
  | 'nothing_to_show'
  | 'limit_reached'
  | 'expired'
  | 'deleted';

export interface FallbackOptions extends CallerOptions {
  format: ImageFormat;
  /** Of the card that stands in; default: the size of the request. */
  size?: string | undefined;
  /** How long to wait for the picture itself. */
  budgetMs: number;
  /** Of the picture itself, where it is whole. Default: `immutable`. */
  caching?: 'immutable' | 'page';
  /** Why there is no request, where there is none. Default: `nothing_to_show`. */
  reason?: FallbackReason;
  /** A picture that was right once; better than any card. */
  lastGood?: () => Promise<ServedImage | undefined>;
  /** How the picture is waited for where it has to be drawn. Default: as a reader who stays. */
  onDemand?: OnDemandOptions | undefined;
}

const ANY_READER: OnDemandOptions = { priority: 'reader' };

export interface FallbackChainDeps {
  images: Pick<ImageService, 'prepare' | 'ensure'>;
  registry: Pick<TemplateRegistry, 'get' | 'list'>;
  store: Pick<ObjectStore, 'get'>;
  waitForSettled: ImageRecords['waitForSettled'];
  deletionOf: ImageRecords['deletionOf'];
  withdrawImage: WithdrawImage;
  /** Called for every answer that is a stand-in. */
  onFallback(reason: FallbackReason): void;
}

/**
 * The answer that is always a picture: the stored one, else the one that is drawn within the
 * budget, else the last good one, else a stored card, else a card that is part of the program.
 */
export function createFallbackChain(deps: FallbackChainDeps) {
  const memory = createImageMemory({ maxBytes: MEMORY_MAX_BYTES, freshMs: MEMORY_FRESH_MS });
  const readStored = createReadStored({ ...deps, memory });
  const drawOnce = createDrawOnce({ ...deps, readStored });
  const redrawIncomplete = createRedrawIncomplete(deps);
  const fallbackCard = createFallbackCard({ ...deps, readStored });

  /** Only what was asked for, whole and of its own template, may be kept for ever. */
  function prepare(asked: ImageRequest, options: FallbackOptions) {
    const output = { ...asked.output, format: options.format };
    const request = { ...asked, output, onMissing: asked.onMissing ?? ('fallback' as const) };
    const caching = options.caching ?? 'immutable';
    let prepared: PreparedImage;
    try {
      prepared = deps.images.prepare(request);
    } catch (error) {
      if (error instanceof AppError && error.code === 'template_not_found') throw error;
      const usable = usableRequest(deps.registry.get(request.template), request);
      return { prepared: deps.images.prepare(usable), caching: 'page' as const };
    }
    const isOwn = prepared.spec.templateId === request.template;
    return { prepared, caching: isOwn ? caching : ('page' as const) };
  }

  async function find({ prepared, caching }: ReturnType<typeof prepare>, hit: OnDemandOptions) {
    // Redis is not asked for what is stored: such an address works without it.
    const { key: objectKey } = prepared;
    const stored = await readStored(objectKey).catch(async (error: unknown) => {
      await hit.reservation?.cancel();
      throw error;
    });
    if (stored) {
      redrawIncomplete(prepared, stored, hit.caller);
      await hit.reservation?.commit(true);
      const source = 'stored' as const;
      return { ...stored, source, caching: cachingOf(stored, caching), objectKey };
    }
    const drawn = await drawOnce(prepared, hit);
    const source = 'rendered' as const;
    return drawn && { ...drawn, source, caching: cachingOf(drawn, caching), objectKey };
  }

  /** The picture itself, or why it is not to be had. */
  async function findOrDraw(
    request: ImageRequest | undefined,
    options: FallbackOptions,
  ): Promise<ImageAnswer | FallbackReason> {
    if (!request) return options.reason ?? 'nothing_to_show';
    const hit = options.onDemand ?? ANY_READER;
    const going = new AbortController();
    const hangUp = () => going.abort(DISCONNECTED);
    hit.signal?.addEventListener('abort', hangUp, { once: true });
    if (hit.signal?.aborted) hangUp();
    try {
      const { caller, quota } = options;
      const finding = find(prepare(request, options), {
        ...{ ...hit, caller, quota },
        signal: going.signal,
      });
      const late = () => new AppError('preview_timeout', { detail: 'The budget is spent.' });
      return (await withDeadline(finding, options.budgetMs, late)) ?? 'late';
    } catch (error) {
      if (error instanceof DeletedImage) return 'deleted';
      const { code } = toAppError(error);
      return code === 'preview_timeout' ? 'late' : code;
    } finally {
      hit.signal?.removeEventListener('abort', hangUp);
      going.abort(TIMED_OUT);
    }
  }

  async function lastGood(options: FallbackOptions): Promise<ImageAnswer | undefined> {
    if (!options.lastGood) return undefined;
    try {
      const late = () => new Error('late');
      const good = await withDeadline(options.lastGood(), LAST_GOOD_TIMEOUT_MS, late);
      return good && { ...good, source: 'stored', caching: 'page' };
    } catch {
      return undefined;
    }
  }

  /** A card in place of the picture, without trying for it. Never throws. */
  async function fallback(
    request: ImageRequest | undefined,
    options: Pick<FallbackOptions, 'format' | 'size'>,
    reason: FallbackReason,
  ): Promise<ImageAnswer> {
    deps.onFallback(reason);
    const { body, contentType } = await fallbackCard(request, options.format, options.size);
    return { source: 'fallback', body, contentType };
  }

  /** Never throws, whatever of Redis, storage, browser and template is away. */
  async function answer(
    request: ImageRequest | undefined,
    options: FallbackOptions,
  ): Promise<ImageAnswer> {
    const found = await findOrDraw(request, options);
    if (typeof found !== 'string') return found;
    // Nobody is there to see another.
    if (options.onDemand?.signal?.aborted)
      return { source: 'fallback', ...staticCard[options.format] };
    const good = await lastGood(options);
    if (good) return good;
    return fallback(request, options, found);
  }

  /**
   * The name of the picture that a request would get, and the picture if it is stored. Undefined
   * where the request leads to none. Never throws.
   */
  async function lookUp(request: ImageRequest, options: FallbackOptions) {
    try {
      const { prepared, caching } = prepare(request, options);
      const reading = readStored(prepared.key);
      const late = () => new Error('late');
      const stored = await withDeadline(reading, options.budgetMs, late).catch(() => undefined);
      if (stored) redrawIncomplete(prepared, stored, options.caller);
      const answer: ImageAnswer | undefined = stored && {
        ...stored,
        source: 'stored',
        caching: cachingOf(stored, caching),
      };
      return { imageId: prepared.id, answer };
    } catch {
      return undefined;
    }
  }

  return { answer, fallback, look: lookUp };
}

export type FallbackChain = ReturnType<typeof createFallbackChain>;
