import { AppError, toAppError } from '../errors/app-error.js';
import type { ImageFormat } from '../images/image.js';
import type { ImageRequest } from '../images/prepare.js';
import { type ReaderRequest, startReaderRequest, withGraceTime } from '../images/reader-request.js';
import { withDeadline } from '../lib/deadline.js';
import type { FallbackReason } from '../links/fallback-chain.js';
import type { ImageAnswer, ServedImage } from '../links/image-answer.js';
import type { PageAddress } from './page-address.js';
import { createPageMemory } from './page-memory.js';
import type { Page, PageImage, PageRecords } from './page-record.js';
import { pageImageOf, pageRequest } from './page-service.js';

export interface PageAnswerDeps {
  records: Pick<PageRecords, 'get' | 'version' | 'wasRemoved'>;
  /** Reads the stored image of an object key. */
  readStored(key: string): Promise<ServedImage | undefined>;
  /** The image of a request, or a fallback image; never throws. */
  answer(
    request: ImageRequest | undefined,
    options: {
      format: ImageFormat;
      budgetMs: number;
      reason?: FallbackReason;
      caching?: 'immutable' | 'page';
      lastGood?: () => Promise<ServedImage | undefined>;
    },
  ): Promise<ImageAnswer>;
  /** Time for one answer from its request; a little more if all of it was spent on reading. */
  budgetMs: number;
}

/** Crawlers wait only shortly; a read that takes longer counts as failed. */
const READ_TIMEOUT_MS = 1_500;

const inTime = <T>(work: Promise<T>, readerRequest: ReaderRequest): Promise<T> =>
  withDeadline(work, Math.min(READ_TIMEOUT_MS, withGraceTime(readerRequest).budgetMs), () => {
    return new AppError('redis_unavailable', { detail: 'A page could not be read in time.' });
  });

const nameOf = ({ key, size, version }: PageAddress) =>
  version === undefined ? `${key}@${size ?? ''}` : `${key}/v${version}`;

/**
 * Answers the addresses of pages, always with an image, except for addresses that never existed. In
 * this order: the current image, one that is drawn in time, the last one shown.
 */
export function createPageAnswer(deps: PageAnswerDeps) {
  const { records } = deps;
  /** The images shown last, for when Redis is unreachable. */
  const memory = createPageMemory();

  async function stored(
    objectKey: string | undefined,
    readerRequest: ReaderRequest,
  ): Promise<ServedImage | undefined> {
    if (objectKey === undefined) return undefined;
    return inTime(deps.readStored(objectKey), readerRequest).catch(() => undefined);
  }

  const fallback = ({ format, budgetMs }: ReaderRequest, reason?: FallbackReason) =>
    deps.answer(undefined, { format, budgetMs, ...(reason ? { reason } : {}) });

  async function show(
    objectKey: string | undefined,
    caching: 'immutable' | 'page',
    readerRequest: ReaderRequest,
  ): Promise<ImageAnswer | undefined> {
    const served = await stored(objectKey, readerRequest);
    // Not cached for ever if an asset is missing in it.
    const isWhole = served?.incompleteSinceMs === undefined;
    return served && { source: 'stored', ...served, caching: isWhole ? caching : 'page' };
  }

  /**
   * Draws a missing image within the budget. Readers only have images drawn that the page wants
   * now.
   */
  async function draw(
    page: Page,
    pageImage: PageImage,
    options: {
      caching: 'immutable' | 'page';
      lastKey: string | undefined;
      readerRequest: ReaderRequest;
    },
  ): Promise<ImageAnswer> {
    const { caching, lastKey, readerRequest } = options;
    const { format, budgetMs } = readerRequest;
    // An image that failed or is in review is not drawn again for every request.
    const mayDraw = pageImage.state === 'rendering' || pageImage.state === 'ready';
    if (!mayDraw) return (await show(lastKey, 'page', readerRequest)) ?? fallback(readerRequest);
    const { content } = page;
    const request = pageRequest(content, pageImage.wanted);
    const output = { ...content.output, format };
    const lastGood = () => stored(lastKey, readerRequest);
    return deps.answer({ ...request, output }, { format, budgetMs, caching, lastGood });
  }

  async function answerVersion(
    page: Page,
    address: PageAddress,
    version: string,
    readerRequest: ReaderRequest,
  ) {
    const reference = await inTime(records.version(address.key, version), readerRequest);
    if (!reference) return undefined;
    memory.keep(nameOf(address), reference.objectKey);
    const answer = await show(reference.objectKey, 'immutable', readerRequest);
    if (answer) return answer;
    const pageImage = page.images.find(({ wanted }) => wanted.imageId === version);
    if (pageImage) {
      const own = { format: reference.format, budgetMs: readerRequest.budgetMs };
      const lastKey = pageImage.current?.objectKey;
      return draw(page, pageImage, { caching: 'immutable', lastKey, readerRequest: own });
    }
    const last = pageImageOf(page, reference.size)?.current ?? page.images[0].current;
    return (await show(last?.objectKey, 'page', readerRequest)) ?? fallback(readerRequest);
  }

  async function answerCurrent(page: Page, address: PageAddress, readerRequest: ReaderRequest) {
    const { format, size } = address;
    const pageImage = pageImageOf(page, size);
    if (!pageImage) return undefined;
    const name = nameOf(address);
    const currentKey = pageImage.current?.objectKey;
    if (currentKey !== undefined) memory.keep(name, currentKey);
    // Another format is only drawn if the page's image is ready: otherwise it would show a change
    // before the page does.
    const isOther = pageImage.state === 'ready' && currentKey && format !== pageImage.wanted.format;
    const shown = isOther ? undefined : await show(currentKey, 'page', readerRequest);
    if (shown) return shown;
    const lastKey = currentKey && memory.get(name, format);
    const drawn = await draw(page, pageImage, { caching: 'page', lastKey, readerRequest });
    if (isOther && drawn.source !== 'fallback' && drawn.objectKey !== undefined) {
      memory.keepFormat(name, currentKey, format, drawn.objectKey);
    }
    return drawn;
  }

  /** Undefined if it never existed. Never throws. */
  return async function answerPage(address: PageAddress): Promise<ImageAnswer | undefined> {
    const { key, format, version } = address;
    const readerRequest = startReaderRequest(format, deps.budgetMs);
    try {
      const page = await inTime(records.get(key), readerRequest);
      if (page && version !== undefined)
        return await answerVersion(page, address, version, readerRequest);
      if (page) return await answerCurrent(page, address, readerRequest);
      memory.forget(nameOf(address));
      const wasRemoved = await inTime(records.wasRemoved(key), readerRequest);
      return wasRemoved ? await fallback(readerRequest) : undefined;
    } catch (error) {
      const caching = version === undefined ? 'page' : 'immutable';
      const lastKey = memory.get(nameOf(address), format);
      return (
        (await show(lastKey, caching, readerRequest)) ??
        fallback(readerRequest, toAppError(error).code)
      );
    }
  };
}

export type AnswerPage = ReturnType<typeof createPageAnswer>;
