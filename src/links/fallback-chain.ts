import { AppError, toAppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/catalogue.js';
import { DeletedImage } from '../images/deleted-image.js';
import type { ImageFormat } from '../images/image.js';
import type { ImageService } from '../images/image-service.js';
import type { ImageRecords, ObjectStore } from '../images/ports.js';
import type { ImageRequest, PreparedImage } from '../images/prepare.js';
import type { WithdrawImage } from '../images/withdraw-image.js';
import { withDeadline } from '../lib/deadline.js';
import type { TemplateRegistry } from '../templates/template.js';
import { parseTemplateReference } from '../templates/template-reference.js';
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
/** Limit for the last good image: the storage may be the very part that fails. */
const LAST_GOOD_TIMEOUT_MS = 1_000;

/** Why a fallback image is shown: an error code, or one of these. */
export type FallbackReason =
  | ErrorCode
  | 'late'
  | 'nothing_to_show'
  | 'limit_reached'
  | 'expired'
  | 'deleted';

export interface FallbackOptions extends CallerOptions {
  format: ImageFormat;
  /** Size of the fallback card. Default: the size of the request. */
  size?: string | undefined;
  /** How long to wait for the image itself. */
  budgetMs: number;
  /** Caching of the image itself if it is complete. Default: `immutable`. */
  caching?: Caching;
  /** Reason if there is no request. Default: `nothing_to_show`. */
  reason?: FallbackReason;
  /** An earlier version of the image; better than any card. */
  lastGood?: () => Promise<ServedImage | undefined>;
  /** How to wait for the image if it has to be drawn. Default: as a reader who stays connected. */
  onDemand?: OnDemandOptions | undefined;
  /** What `lookUp` found for the request a moment ago: that the image is not stored. */
  missing?: Sought | undefined;
}

type Caching = 'immutable' | 'page';

/** The image that a request leads to. */
interface Sought {
  prepared: PreparedImage;
  caching: Caching;
}

const ANY_READER: OnDemandOptions = { priority: 'reader' };

export interface FallbackChainDeps {
  images: Pick<ImageService, 'prepare' | 'ensure'>;
  registry: Pick<TemplateRegistry, 'get' | 'load'>;
  store: Pick<ObjectStore, 'get'>;
  waitForSettled: ImageRecords['waitForSettled'];
  deletionOf: ImageRecords['deletionOf'];
  withdrawImage: WithdrawImage;
  /** Called for every answer with a fallback image. */
  onFallback(reason: FallbackReason): void;
}

/**
 * The fallback chain: an answer that is always an image. The stored image, else the one that is
 * drawn within the budget, else the last good one, else a stored card, else a card that is part of
 * the program.
 */
export function createFallbackChain(deps: FallbackChainDeps) {
  const memory = createImageMemory({ maxBytes: MEMORY_MAX_BYTES, freshMs: MEMORY_FRESH_MS });
  const readStored = createReadStored({ ...deps, memory });
  const drawOnce = createDrawOnce({ ...deps, readStored });
  const redrawIncomplete = createRedrawIncomplete(deps);
  const fallbackCard = createFallbackCard({ ...deps, readStored });

  /** Only the requested image, complete and of its own template, may be cached for ever. */
  function prepare(asked: ImageRequest, options: FallbackOptions): Sought {
    const output = { ...asked.output, format: options.format };
    const request = { ...asked, output, onMissing: asked.onMissing ?? ('fallback' as const) };
    const caching = options.caching ?? 'immutable';
    let prepared: PreparedImage;
    try {
      prepared = deps.images.prepare(request);
    } catch (error) {
      if (error instanceof AppError && error.code === 'template_not_found') throw error;
      const usable = usableRequest(deps.registry.get(request.template), request);
      return { prepared: deps.images.prepare(usable), caching: 'page' };
    }
    const isOwn = prepared.spec.templateId === parseTemplateReference(request.template).id;
    return { prepared, caching: isOwn ? caching : 'page' };
  }

  async function find(
    { prepared, caching }: Sought,
    onDemand: OnDemandOptions,
    isMissing: boolean,
  ) {
    // Stored images are served without Redis, so such addresses work while Redis is down.
    const { key: objectKey } = prepared;
    const reading = isMissing ? Promise.resolve(undefined) : readStored(objectKey);
    const stored = await reading.catch(async (error: unknown) => {
      await onDemand.reservation?.cancel();
      throw error;
    });
    if (stored) {
      redrawIncomplete(prepared, stored, onDemand.caller);
      await onDemand.reservation?.commit(true);
      const source = 'stored' as const;
      return { ...stored, source, caching: cachingOf(stored, caching), objectKey };
    }
    const drawn = await drawOnce(prepared, onDemand);
    const source = 'rendered' as const;
    return drawn && { ...drawn, source, caching: cachingOf(drawn, caching), objectKey };
  }

  /** The requested image, or the reason why it cannot be shown. */
  async function findOrDraw(
    request: ImageRequest | undefined,
    options: FallbackOptions,
  ): Promise<ImageAnswer | FallbackReason> {
    if (!request) return options.reason ?? 'nothing_to_show';
    const onDemand = options.onDemand ?? ANY_READER;
    const controller = new AbortController();
    const onDisconnect = () => controller.abort(DISCONNECTED);
    onDemand.signal?.addEventListener('abort', onDisconnect, { once: true });
    if (onDemand.signal?.aborted) onDisconnect();
    try {
      await deps.registry.load(request.template);
      const { caller, quota, missing } = options;
      const waiting = { ...onDemand, caller, quota, signal: controller.signal };
      const finding = find(missing ?? prepare(request, options), waiting, missing !== undefined);
      const late = () => new AppError('preview_timeout', { detail: 'The budget is spent.' });
      return (await withDeadline(finding, options.budgetMs, late)) ?? 'late';
    } catch (error) {
      if (error instanceof DeletedImage) return 'deleted';
      const { code } = toAppError(error);
      return code === 'preview_timeout' ? 'late' : code;
    } finally {
      onDemand.signal?.removeEventListener('abort', onDisconnect);
      controller.abort(TIMED_OUT);
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

  /** A fallback card, without trying for the image. Never throws. */
  async function fallback(
    request: ImageRequest | undefined,
    options: Pick<FallbackOptions, 'format' | 'size'>,
    reason: FallbackReason,
  ): Promise<ImageAnswer> {
    deps.onFallback(reason);
    const { body, contentType } = await fallbackCard(request, options.format, options.size);
    return { source: 'fallback', body, contentType };
  }

  /** Never throws, whether Redis, storage, browser or template is unavailable. */
  async function answer(
    request: ImageRequest | undefined,
    options: FallbackOptions,
  ): Promise<ImageAnswer> {
    const found = await findOrDraw(request, options);
    if (typeof found !== 'string') return found;
    // The reader has disconnected.
    if (options.onDemand?.signal?.aborted)
      return { source: 'fallback', ...staticCard[options.format] };
    const good = await lastGood(options);
    if (good) return good;
    return fallback(request, options, found);
  }

  /**
   * The id of the image that a request leads to, and the image if it is stored; else what `answer`
   * takes as `missing`. Undefined if the request leads to no image. `mayRead` is asked before the
   * storage is; images that were served a moment ago are found without. Never throws.
   */
  async function lookUp(
    request: ImageRequest,
    options: FallbackOptions,
    mayRead: () => boolean | Promise<boolean> = () => true,
  ) {
    try {
      await deps.registry.load(request.template);
      const { prepared, caching } = prepare(request, options);
      const recent = memory.get(prepared.key);
      let isMissing = false;
      const find = async () => {
        if (recent?.isFresh) return recent.image;
        if (!(await mayRead())) return undefined;
        const image = await readStored(prepared.key);
        isMissing = image === undefined;
        return image;
      };
      const late = () => new Error('late');
      const stored = await withDeadline(find(), options.budgetMs, late).catch(() => undefined);
      if (stored) redrawIncomplete(prepared, stored, options.caller);
      const answer: ImageAnswer | undefined = stored && {
        ...stored,
        source: 'stored',
        caching: cachingOf(stored, caching),
      };
      const missing: Sought | undefined = isMissing ? { prepared, caching } : undefined;
      return { imageId: prepared.id, answer, missing };
    } catch {
      return undefined;
    }
  }

  return { answer, fallback, lookUp };
}

export type FallbackChain = ReturnType<typeof createFallbackChain>;
