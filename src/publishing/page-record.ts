import type { Warning } from '../errors/warning.js';
import type { ImageError, ImageFormat } from '../images/image.js';
import type { OnMissing, OutputRequest } from '../images/prepare.js';
import type { CrawlerVerdict } from './crawlers.js';

/** What a page is to show; everything that a picture of it follows from. */
export interface PageContent {
  template: string;
  data: Record<string, unknown>;
  /** Names of the template's sizes, resolved; the first is the one that `/p/{key}` shows. */
  sizes: string[];
  output?: OutputRequest | undefined;
  onMissing?: OnMissing | undefined;
  /** Where the page itself stands. */
  pageUrl?: string | undefined;
  /** Of the picture, for readers who do not see it. */
  alt?: string | undefined;
  /** Whether the stored picture is fetched back as crawlers would. */
  verify: boolean;
  /** Told once the pictures of a put are settled, and checked where that is asked for. */
  webhookUrl?: string | undefined;
}

/** A picture that a page points at, or is to point at. */
export interface ImageReference {
  size: string;
  /** The size that was asked for, where another template stepped in and has its own. */
  asked?: string | undefined;
  imageId: string;
  objectKey: string;
  /** Pixels of the file. */
  widthPx: number;
  heightPx: number;
  format: ImageFormat;
}

/** `failed`: what was shown before stays. `review`: someone has to look first. */
export type PageImageState = 'rendering' | 'ready' | 'failed' | 'review';

export interface PageImage {
  wanted: ImageReference;
  state: PageImageState;
  /** The last picture of this size that was ready; it is what is shown. */
  current?: ImageReference;
  warnings: Warning[];
  error?: ImageError;
}

export interface PageCheck {
  /** ISO 8601 UTC. */
  at: string;
  /** Ids of the images that were looked at, in the order of the page's sizes. */
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
  pictures: ImageReference[];
  /** Of the data, by size. */
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
   * Writes what the page wants. A size whose picture is the one it wanted before keeps its state,
   * unless that is `failed`; every size keeps what it shows. `isNew`: there was no such page.
   */
  want(key: string, draft: PageDraft, at: string): Promise<{ page: Page; isNew: boolean }>;
  /** Effective only while the page wants this picture: late news of older content changes nothing. */
  settle(key: string, picture: ImageReference, settlement: Settlement): Promise<boolean>;
  /** Kept only while the page still wants exactly these images. */
  setCheck(key: string, check: PageCheck): Promise<boolean>;
  get(key: string): Promise<Page | undefined>;
  /** A picture that the page wanted at any time, by the id of its image. */
  version(key: string, imageId: string): Promise<ImageReference | undefined>;
  /** True for pages that are there no more: their addresses have gone out. */
  wasRemoved(key: string): Promise<boolean>;
  /** Returns whether there was one. */
  remove(key: string, at: string): Promise<boolean>;
  /** By key, those that begin with `prefix`. The cursor is the key of the last one seen. */
  list(query: PageQuery): Promise<{ pages: Page[]; nextCursor: string | undefined }>;
}
