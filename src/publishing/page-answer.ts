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
  /** The stored picture under an object key. */
  readStored(key: string): Promise<ServedImage | undefined>;
  /** The picture of a request, or what stands in for it; never throws. */
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
  /** For one answer, from asking on; a little more where all of it was spent on reading. */
  budgetMs: number;
}

/** Crawlers wait little; what has not been read by then is as good as away. */
const READ_TIMEOUT_MS = 1_500;

const inTime = <T>(work: Promise<T>, visit: ReaderRequest): Promise<T> =>
  withDeadline(work, Math.min(READ_TIMEOUT_MS, withGraceTime(visit).budgetMs), () => {
    return new AppError('redis_unavailable', { detail: 'A page could not be read in time.' });
  });

const nameOf = ({ key, size, version }: PageAddress) =>
  version === undefined ? `${key}@${size ?? ''}` : `${key}/v${version}`;

/**
 * Answers the addresses of pages: always with a picture, but for those that never existed. What
 * the page shows now comes first, then what can be drawn in time, then what it showed last.
 */
export function createPageAnswer(deps: PageAnswerDeps) {
  const { records } = deps;
  /** What was shown last, for as long as Redis does not say. */
  const memory = createPageMemory();

  async function stored(
    objectKey: string | undefined,
    visit: ReaderRequest,
  ): Promise<ServedImage | undefined> {
    if (objectKey === undefined) return undefined;
    return inTime(deps.readStored(objectKey), visit).catch(() => undefined);
  }

  const standIn = ({ format, budgetMs }: ReaderRequest, reason?: FallbackReason) =>
    deps.answer(undefined, { format, budgetMs, ...(reason ? { reason } : {}) });

  async function show(
    objectKey: string | undefined,
    caching: 'immutable' | 'page',
    visit: ReaderRequest,
  ): Promise<ImageAnswer | undefined> {
    const served = await stored(objectKey, visit);
    // Not for ever, where it lacks a picture from outside.
    const isWhole = served?.incompleteSinceMs === undefined;
    return served && { source: 'stored', ...served, caching: isWhole ? caching : 'page' };
  }

  /** Draws what is missing, within the budget. Only what the page wants now is drawn for readers. */
  async function draw(
    page: Page,
    pageImage: PageImage,
    options: { caching: 'immutable' | 'page'; lastKey: string | undefined; visit: ReaderRequest },
  ): Promise<ImageAnswer> {
    const { caching, lastKey, visit } = options;
    const { format, budgetMs } = visit;
    // What failed or waits for a review is not drawn again with every look at it.
    const mayDraw = pageImage.state === 'rendering' || pageImage.state === 'ready';
    if (!mayDraw) return (await show(lastKey, 'page', visit)) ?? standIn(visit);
    const { content } = page;
    const request = pageRequest(content, pageImage.wanted);
    const output = { ...content.output, format };
    const lastGood = () => stored(lastKey, visit);
    return deps.answer({ ...request, output }, { format, budgetMs, caching, lastGood });
  }

  async function answerVersion(
    page: Page,
    address: PageAddress,
    version: string,
    visit: ReaderRequest,
  ) {
    const picture = await inTime(records.version(address.key, version), visit);
    if (!picture) return undefined;
    memory.keep(nameOf(address), picture.objectKey);
    const answer = await show(picture.objectKey, 'immutable', visit);
    if (answer) return answer;
    const pageImage = page.images.find(({ wanted }) => wanted.imageId === version);
    if (pageImage) {
      const own = { format: picture.format, budgetMs: visit.budgetMs };
      const lastKey = pageImage.current?.objectKey;
      return draw(page, pageImage, { caching: 'immutable', lastKey, visit: own });
    }
    const last = pageImageOf(page, picture.size)?.current ?? page.images[0].current;
    return (await show(last?.objectKey, 'page', visit)) ?? standIn(visit);
  }

  async function answerCurrent(page: Page, address: PageAddress, visit: ReaderRequest) {
    const { format, size } = address;
    const pageImage = pageImageOf(page, size);
    if (!pageImage) return undefined;
    const name = nameOf(address);
    const currentKey = pageImage.current?.objectKey;
    if (currentKey !== undefined) memory.keep(name, currentKey);
    // While a change is drawn, another format of it would come before it: what is there is shown.
    const isOther = pageImage.state === 'ready' && currentKey && format !== pageImage.wanted.format;
    const shown = isOther ? undefined : await show(currentKey, 'page', visit);
    if (shown) return shown;
    const lastKey = currentKey && memory.get(name, format);
    const drawn = await draw(page, pageImage, { caching: 'page', lastKey, visit });
    if (isOther && drawn.source !== 'fallback' && drawn.objectKey !== undefined) {
      memory.keepFormat(name, currentKey, format, drawn.objectKey);
    }
    return drawn;
  }

  /** Undefined for what never existed. Never throws. */
  return async function answerPage(address: PageAddress): Promise<ImageAnswer | undefined> {
    const { key, format, version } = address;
    const visit = startReaderRequest(format, deps.budgetMs);
    try {
      const page = await inTime(records.get(key), visit);
      if (page && version !== undefined) return await answerVersion(page, address, version, visit);
      if (page) return await answerCurrent(page, address, visit);
      memory.forget(nameOf(address));
      const wasRemoved = await inTime(records.wasRemoved(key), visit);
      return wasRemoved ? await standIn(visit) : undefined;
    } catch (error) {
      const caching = version === undefined ? 'page' : 'immutable';
      const lastKey = memory.get(nameOf(address), format);
      return (await show(lastKey, caching, visit)) ?? standIn(visit, toAppError(error).code);
    }
  };
}

export type AnswerPage = ReturnType<typeof createPageAnswer>;
