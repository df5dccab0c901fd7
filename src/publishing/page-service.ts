import { AppError, toAppError } from '../errors/app-error.js';
import type { Caller } from '../images/caller.js';
import type { ImageRecord, Priority } from '../images/image.js';
import type { ImageService } from '../images/image-service.js';
import type { SettledEvent } from '../images/ports.js';
import type { ImageRequest, OnMissing, OutputRequest, PreparedImage } from '../images/prepare.js';
import type { Quota } from '../images/quota.js';
import { assertPageKey } from './page-key.js';
import type {
  ImageReference,
  Page,
  PageCheck,
  PageContent,
  PageImage,
  PageQuery,
  PageRecords,
  Settlement,
} from './page-record.js';
import { pageWatcher, readPageWatcher } from './page-watcher.js';

/** Upper limit of the time from writing a page to creating the record of its image. */
const CREATE_RECORD_MS = 10_000;

/** A request for a page. `size` or `sizes`; neither: the template's default size. */
export interface PageRequest {
  template: string;
  data: Record<string, unknown>;
  size?: string | undefined;
  sizes?: string[] | undefined;
  output?: OutputRequest | undefined;
  on_missing?: OnMissing | undefined;
  page_url?: string | undefined;
  alt?: string | undefined;
  verify?: boolean | undefined;
  /** Checked by the caller. */
  webhook_url?: string | undefined;
}

export interface PageView {
  page: Page;
  isNew: boolean;
  /** True if nothing had to be drawn for this request. */
  reused: boolean;
}

export interface PutOptions {
  priority: Exclude<Priority, 'bulk'>;
  /** How long to wait for images and check; 0 returns at once. */
  waitMs: number;
  /** The caller's quota. */
  quota?: Quota | undefined;
  /** For sharing the queue fairly among callers. */
  caller?: Caller | undefined;
}

export interface PageServiceDeps {
  records: PageRecords;
  images: Pick<ImageService, 'prepare' | 'loadTemplate' | 'ensure'>;
  image(id: string): Promise<ImageRecord | undefined>;
  waitForSettled(
    id: string,
    generation: number,
    timeoutMs: number,
  ): Promise<ImageRecord | undefined>;
  /** Fetches the page's images back as crawlers would. */
  verify(page: Page): Promise<PageCheck>;
  /** Sends the page's webhook about a put. Idempotent by key and `updatedAt`. */
  notify(page: Page): Promise<void>;
  onError(error: unknown): void;
  now?: () => Date;
}

/** The request for one image of a page, from which `prepare` always computes the same id. */
export function pageRequest(content: PageContent, reference: ImageReference): ImageRequest {
  const { template, data, output, onMissing } = content;
  return { template, data, size: reference.asked, output, onMissing };
}

interface Wanted {
  prepared: PreparedImage;
  reference: ImageReference;
}

function referenceOf({ id, key, spec }: PreparedImage, asked: string | undefined): ImageReference {
  const { size, output } = spec;
  return {
    size: size.name,
    asked,
    imageId: id,
    objectKey: key,
    widthPx: size.widthPx * output.scale,
    heightPx: size.heightPx * output.scale,
    format: output.format,
  };
}

/** The state of a page's image by its record; undefined while that is queued or active. */
function settlementOf(record: ImageRecord | undefined): Settlement | undefined {
  if (!record) {
    const message = 'The image was deleted before it was drawn. Put the page again.';
    return { state: 'failed', error: { code: 'image_not_found', message } };
  }
  if (record.status === 'completed') return { state: 'ready', warnings: record.warnings };
  if (record.status === 'review') return { state: 'review' };
  if (record.status !== 'failed') return undefined;
  const error = record.error ?? { code: 'internal', message: 'The picture could not be drawn.' };
  return { state: 'failed', error };
}

function notFound(): AppError {
  return new AppError('page_not_found', {
    detail: 'There is no page with this key. Pages are made with PUT /v1/pages/{key}.',
  });
}

/** Pages: stable addresses whose image changes with their content. */
export function createPageService(deps: PageServiceDeps) {
  const { records, images } = deps;
  const now = () => (deps.now?.() ?? new Date()).toISOString();
  const finishing = new Map<string, Promise<void>>();

  /** The record decides: the deletion of an image does not affect a page that has it. */
  async function settleFrom(
    key: string,
    reference: ImageReference,
    record: ImageRecord | undefined,
  ): Promise<boolean> {
    const settlement = settlementOf(record);
    return settlement ? records.settle(key, reference, settlement) : false;
  }

  /** Runs when all images of a put are settled: the check, then the webhook. */
  async function finish(key: string): Promise<void> {
    const page = await records.get(key);
    if (!page || page.images.some(({ state }) => state === 'rendering' || state === 'review'))
      return;
    const isReady = page.images.every(({ state }) => state === 'ready');
    let done: Page | undefined = page;
    if (page.content.verify && isReady && !page.check) {
      const isCurrent = await records.setCheck(key, await deps.verify(page));
      done = isCurrent ? await records.get(key) : undefined;
    }
    // Another put meanwhile sends its own webhook.
    if (done?.content.webhookUrl && done.updatedAt === page.updatedAt) await deps.notify(done);
  }

  /** One at a time for each page; a failure is logged, not returned to the caller. */
  function finishInTurn(key: string): Promise<void> {
    // After the one in flight, which may have begun before the last image was ready.
    const work = (finishing.get(key) ?? Promise.resolve())
      .then(() => finish(key))
      .catch(deps.onError)
      .finally(() => {
        if (finishing.get(key) === work) finishing.delete(key);
      });
    finishing.set(key, work);
    return work;
  }

  /** Ensures the image of one size. Returns whether nothing had to be drawn for this request. */
  async function draw(key: string, wanted: Wanted, options: PutOptions) {
    const { reference, prepared } = wanted;
    try {
      const { priority, waitMs, quota, caller } = options;
      const { record, kind } = await images.ensure(prepared, {
        priority,
        watcher: pageWatcher(key),
        quota,
        caller,
      });
      const isInFlight = kind === 'opened' || kind === 'joined';
      const settled =
        isInFlight && waitMs > 0
          ? await deps.waitForSettled(record.id, record.generation, waitMs)
          : record;
      if (settled) await settleFrom(key, reference, settled);
      return kind !== 'opened';
    } catch (thrown) {
      const { code, detail } = toAppError(thrown);
      const error = { code, message: detail };
      await records.settle(key, reference, { state: 'failed', error }).catch(() => undefined);
      throw thrown;
    }
  }

  /** Updates a page whose images were settled while the event was lost. */
  async function updated(page: Page): Promise<Page> {
    const open = page.images.filter(({ state }) => state === 'rendering' || state === 'review');
    const changed = await Promise.all(
      open.map(async ({ wanted, state }) => {
        const record = await deps.image(wanted.imageId);
        if (state === 'review' && record?.status === 'review') return false;
        // The request that put the page may be about to create the record.
        const ageMs = Date.now() - Date.parse(page.updatedAt);
        if (!record && ageMs >= 0 && ageMs < CREATE_RECORD_MS) return false;
        return settleFrom(page.key, wanted, record);
      }),
    );
    return changed.includes(true) ? ((await records.get(page.key)) ?? page) : page;
  }

  /** @throws AppError `page_not_found` */
  async function get(key: string): Promise<Page> {
    assertPageKey(key);
    const page = await records.get(key);
    if (!page) throw notFound();
    return updated(page);
  }

  /**
   * Points the page at the image of this content: an existing one, or a new one as soon as it is
   * ready. Until then, and if it fails, the last good image stays.
   * @throws AppError `invalid_request`, `template_not_found`, `invalid_data` (then nothing
   *   changed), `queue_full`, `quota_exceeded` (the page shows its former image; put it again)
   */
  async function put(key: string, request: PageRequest, options: PutOptions): Promise<PageView> {
    assertPageKey(key);
    const { template, data, output } = request;
    const sizes: (string | undefined)[] = request.sizes ?? [request.size];
    const onMissing = request.on_missing;
    await images.loadTemplate(template);
    const all = sizes.map((size): Wanted => {
      const prepared = images.prepare({ template, data, size, output, onMissing });
      return { prepared, reference: referenceOf(prepared, size) };
    });
    // A fallback template may have one size for several requested ones.
    const distinct = [...new Map(all.map((one) => [one.reference.size, one])).values()];
    const content: PageContent = {
      ...{ template, data, output, onMissing, alt: request.alt, verify: request.verify ?? false },
      webhookUrl: request.webhook_url,
      sizes: distinct.map(({ reference }) => reference.size),
      pageUrl: request.page_url,
    };
    const warnings = Object.fromEntries(
      distinct.map(({ reference, prepared }) => [reference.size, prepared.warnings]),
    );
    const draft = { content, images: distinct.map(({ reference }) => reference), warnings };
    const { isNew } = await records.want(key, draft, now());
    const reused = await Promise.all(distinct.map((one) => draw(key, one, options)));
    const work = finishInTurn(key);
    if (options.waitMs > 0) await work;
    return { page: await get(key), isNew, reused: reused.every(Boolean) };
  }

  return {
    put,
    get,

    /**
     * Removes a page. Its addresses still answer, with an image without its data. @throws
     * `page_not_found`
     */
    async remove(key: string): Promise<void> {
      assertPageKey(key);
      if (!(await records.remove(key, now()))) throw notFound();
    },

    /** Pages whose key begins with `prefix`, by key. */
    async list(query: PageQuery): Promise<{ pages: Page[]; nextCursor: string | undefined }> {
      const { pages, nextCursor } = await records.list(query);
      return { pages: await Promise.all(pages.map(updated)), nextCursor };
    },

    /**
     * The image that `/p/{key}` shows, in the first size or in `size`. Undefined if there is none
     * yet.
     */
    async current(key: string, size?: string): Promise<ImageReference | undefined> {
      const page = await records.get(key);
      const pageImage = page && pageImageOf(page, size);
      return pageImage?.current;
    },

    /** Updates the pages that wanted this image. Idempotent. */
    async onSettled({ imageId, watchers }: SettledEvent): Promise<void> {
      const keys = [...new Set(watchers.map(readPageWatcher))].filter((key) => key !== undefined);
      if (keys.length === 0) return;
      const record = await deps.image(imageId);
      for (const key of keys) {
        const page = await records.get(key);
        const pageImage = page?.images.find(({ wanted }) => wanted.imageId === imageId);
        // For a page that has the image this is an old event: the image may have been deleted
        // since.
        if (!pageImage || pageImage.state === 'ready') continue;
        await settleFrom(key, pageImage.wanted, record);
        // Not awaited: a slow host must not delay other pages.
        void finishInTurn(key);
      }
    },

    /** Resolves once no check and no webhook is in flight. */
    async close(): Promise<void> {
      await Promise.all(finishing.values());
    },
  };
}

export type PageService = ReturnType<typeof createPageService>;

/** The page's first size, or the one of that name. */
export function pageImageOf(page: Page, size?: string): PageImage | undefined {
  return size === undefined ? page.images[0] : page.images.find((s) => s.wanted.size === size);
}
