import type { Warning } from '../errors/warning.js';
import type { ImageError, ImageFormat } from '../images/image.js';
import type { OnMissing, OutputRequest } from '../images/prepare.js';
import type { CrawlerVerdict } from './crawlers.js';

/** The content of a page; all that determines its images. */
export interface PageContent {
  template: string;
  data: Record<string, unknown>;
  /** Names of the template's sizes, resolved; the first is the one that `/p/{key}` shows. */
  sizes: string[];
  output?: OutputRequest | undefined;
  onMissing?: OnMissing | undefined;
  /** Address of the page itself. */
  pageUrl?: string | undefined;
  /** Text alternative of the image. */
  alt?: string | undefined;
  /** Whether the stored images are fetched back and checked as crawlers would. */
  verify: boolean;
  /** Notified once the images of a put are settled and, if requested, checked. */
  webhookUrl?: string | undefined;
}

/** An image that a page points at, or will point at. */
export interface ImageReference {
  size: string;
  /** The requested size, if a fallback template with other sizes is used. */
  asked?: string | undefined;
  imageId: string;
  objectKey: string;
  /** Pixels of the file. */
  widthPx: number;
  heightPx: number;
  format: ImageFormat;
}

/** `failed`: the former image stays. `review`: somebody has to approve it first. */
export type PageImageState = 'rendering' | 'ready' | 'failed' | 'review';

export interface PageImage {
  wanted: ImageReference;
  state: PageImageState;
  /** The last completed image of this size, which is shown. */
  current?: ImageReference;
  warnings: Warning[];
  error?: ImageError;
}

export interface PageCheck {
  /** ISO 8601 UTC. */
  at: string;
  /** Ids of the checked images, in the order of the page's sizes. */
  imageIds: string[];
  verdicts: (CrawlerVerdict & { size: string })[];
}

export interface Page {
  key: string;
  content: PageContent;
  /** In the order of `content.sizes`; never empty. */
  images: [PageImage, ...PageImage[]];
  check?: PageCheck;
  /** ISO 8601 UTC. */
  createdAt: string;
  updatedAt: string;
}

interface PageDraft {
  content: PageContent;
  images: ImageReference[];
  /** Warnings about the data, by size. */
  warnings: Record<string, Warning[]>;
}

export type Settlement =
  | { state: 'ready'; warnings: Warning[] }
  | { state: 'failed'; error: ImageError }
  | { state: 'review' };

export interface PageQuery {
  /** '' for all. */
  prefix: string;
  cursor?: string | undefined;
  limit: number;
}

/** Page records. Every method throws AppError `redis_unavailable`. */
export interface PageRecords {
  /**
   * Writes the images that the page wants. A size with an unchanged image keeps its state, unless
   * that is `failed`; every size keeps the image that it shows. `isNew`: there was no such page.
   */
  want(key: string, draft: PageDraft, at: string): Promise<{ page: Page; isNew: boolean }>;
  /**
   * Effective only while the page wants this image: late events of older content change nothing.
   */
  settle(key: string, reference: ImageReference, settlement: Settlement): Promise<boolean>;
  /** Stored only if the page still wants exactly these images. */
  setCheck(key: string, check: PageCheck): Promise<boolean>;
  get(key: string): Promise<Page | undefined>;
  /** An image that the page wanted at any time, by its id. */
  version(key: string, imageId: string): Promise<ImageReference | undefined>;
  /** True for removed pages: their addresses are still in use. */
  wasRemoved(key: string): Promise<boolean>;
  /** Returns whether there was one. */
  remove(key: string, at: string): Promise<boolean>;
  /** Pages whose key begins with `prefix`, by key. The cursor is the key of the last one seen. */
  list(query: PageQuery): Promise<{ pages: Page[]; nextCursor: string | undefined }>;
}
