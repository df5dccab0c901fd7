import { AppError } from '../errors/app-error.js';
import { withDeadline } from '../errors/deadline.js';
import type { ImageFormat } from '../images/image.js';
import type { ImageRequest } from '../images/prepare.js';
import type { PictureAnswer, ServedPicture } from '../links/picture-answer.js';
import type { PageAddress } from './page-address.js';
import type { Page, PagePicture, PageRecords, PageSlot } from './page-record.js';
import { pageRequest, slotOf } from './page-service.js';

export interface PageAnswerDeps {
  records: Pick<PageRecords, 'get' | 'version' | 'wasRemoved'>;
  /** The stored picture under an object key. */
  readStored(key: string): Promise<ServedPicture | undefined>;
  /** The picture of a request, or what stands in for it; never throws. */
  answer(
    request: ImageRequest | undefined,
    options: {
      format: ImageFormat;
      budgetMs: number;
      caching?: 'immutable' | 'page';
      lastGood?: () => Promise<ServedPicture | undefined>;
    },
  ): Promise<PictureAnswer>;
  /** For one answer that has to be drawn first. */
  budgetMs: number;
}

/** Crawlers wait little; what has not been read by then is as good as away. */
const READ_TIMEOUT_MS = 1_500;
/** Some 300 bytes each. */
const MAX_REMEMBERED = 10_000;

function createMemory() {
  const pictures = new Map<string, PagePicture>();
  return {
    get: (name: string) => pictures.get(name),
    keep(name: string, picture: PagePicture): void {
      pictures.delete(name);
      pictures.set(name, picture);
      const [oldest] = pictures.keys();
      if (pictures.size > MAX_REMEMBERED && oldest !== undefined) pictures.delete(oldest);
    },
    forget: (name: string) => pictures.delete(name),
  };
}

const inTime = <T>(work: Promise<T>): Promise<T> =>
  withDeadline(work, READ_TIMEOUT_MS, () => {
    return new AppError('internal', { detail: 'A page could not be read in time.' });
  });

const nameOf = ({ key, size, version }: PageAddress) =>
  version === undefined ? `${key}@${size ?? ''}` : `${key}/v${version}`;

/**
 * Answers the addresses of pages: always with a picture, but for those that never existed. What
 * the page shows now comes first, then what can be drawn in time, then what it showed last.
 */
export function createPageAnswer(deps: PageAnswerDeps) {
  const { records, budgetMs } = deps;
  /** What was shown last, for as long as Redis does not say. */
  const memory = createMemory();

  async function stored(picture: PagePicture | undefined): Promise<ServedPicture | undefined> {
    if (!picture) return undefined;
    return inTime(deps.readStored(picture.objectKey)).catch(() => undefined);
  }

  const standIn = (format: ImageFormat) => deps.answer(undefined, { format, budgetMs });

  async function show(
    picture: PagePicture | undefined,
    caching: 'immutable' | 'page',
  ): Promise<PictureAnswer | undefined> {
    const served = await stored(picture);
    return served && { source: 'stored', ...served, caching };
  }

  /** Draws what is missing, within the budget. Only what the page wants now is drawn for readers. */
  async function draw(
    page: Page,
    slot: PageSlot,
    format: ImageFormat,
    caching: 'immutable' | 'page',
  ): Promise<PictureAnswer> {
    // What failed or waits for a review is not drawn again with every look at it.
    const mayDraw = slot.state === 'rendering' || slot.state === 'ready';
    if (!mayDraw) return (await show(slot.current, 'page')) ?? standIn(format);
    const { content } = page;
    const request = pageRequest(content, slot.wanted);
    const output = { ...content.output, format };
    const lastGood = () => stored(slot.current);
    return deps.answer({ ...request, output }, { format, budgetMs, caching, lastGood });
  }

  async function answerVersion(page: Page, address: PageAddress, version: string) {
    const { key, format } = address;
    const picture = await inTime(records.version(key, version));
    if (!picture) return undefined;
    memory.keep(nameOf(address), picture);
    const answer = await show(picture, 'immutable');
    if (answer) return answer;
    const slot = page.slots.find(({ wanted }) => wanted.imageId === version);
    if (slot) return draw(page, slot, picture.format, 'immutable');
    const last = slotOf(page, picture.size)?.current ?? page.slots[0].current;
    return (await show(last, 'page')) ?? standIn(format);
  }

  async function answerCurrent(page: Page, address: PageAddress) {
    const { format, size } = address;
    const slot = slotOf(page, size);
    if (!slot) return undefined;
    if (slot.current) memory.keep(nameOf(address), slot.current);
    // While a change is drawn, another format of it would come before it: what is there is shown.
    const isSettled = slot.state === 'ready' && slot.current;
    const isOther = isSettled && format !== slot.wanted.format;
    return (
      (isOther ? undefined : await show(slot.current, 'page')) ?? draw(page, slot, format, 'page')
    );
  }

  /** Undefined for what never existed. Never throws. */
  return async function answerPage(address: PageAddress): Promise<PictureAnswer | undefined> {
    const { key, format, version } = address;
    try {
      const page = await inTime(records.get(key));
      if (page && version !== undefined) return await answerVersion(page, address, version);
      if (page) return await answerCurrent(page, address);
      memory.forget(nameOf(address));
      return (await inTime(records.wasRemoved(key))) ? await standIn(format) : undefined;
    } catch {
      const caching = version === undefined ? 'page' : 'immutable';
      return (await show(memory.get(nameOf(address)), caching)) ?? standIn(format);
    }
  };
}

export type AnswerPage = ReturnType<typeof createPageAnswer>;
