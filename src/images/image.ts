import type { ErrorCode } from '../errors/catalogue.js';
import type { Warning } from '../errors/warning.js';
import type { ImageFormat } from '../formats/image-formats.js';
import type { ResolvedFields } from '../templates/template.js';

export type { ImageFormat };

/** Complete output options: every default is filled in, so that they can be part of the id. */
export interface Output {
  format: ImageFormat;
  /** Device pixels per CSS pixel: 1, 2 or 3. */
  scale: number;
  /** 1 to 100; always 0 for a format without one. */
  quality: number;
  /** Largest size of the file in bytes; 0 for no limit. */
  maxBytes: number;
}

export interface ImageSize {
  name: string;
  widthPx: number;
  heightPx: number;
}

/**
 * Decides the order in the queue: a caller with a key who waits; a reader of a signed address;
 * publishing, for which nobody waits; a reader of a link, whose values anybody can invent; a batch.
 */
export type Priority = 'waiting' | 'reader' | 'publish' | 'link' | 'bulk';

export type ImageStatus = 'queued' | 'active' | 'completed' | 'failed' | 'review';

/** What fully determines the pixels. Equal specs have equal ids. */
export interface ImageSpec {
  templateId: string;
  templateVersion: string;
  fields: ResolvedFields;
  size: ImageSize;
  output: Output;
}

/**
 * Durations in milliseconds. `queue` runs from the acceptance of the request to the start of work,
 * `total` from the acceptance until the image is stored.
 */
export interface Timings {
  queue: number;
  assets: number;
  compile: number;
  render: number;
  encode: number;
  store: number;
  total: number;
}

export interface ImageError {
  code: ErrorCode;
  message: string;
}

/** The record of one image, under its id. */
export interface ImageRecord {
  id: string;
  status: ImageStatus;
  /** Number of the current generation: 1, then one more for each refresh or retry. */
  generation: number;
  spec: ImageSpec;
  /** Object key, as by `objectKeys.image`. */
  key: string;
  /** Device pixels of the stored image. */
  widthPx: number;
  heightPx: number;
  /** Size of the stored file; 0 until the image is completed. */
  bytes: number;
  warnings: Warning[];
  timings: Timings;
  /** The requester's own, returned unchanged. */
  metadata: Record<string, string>;
  /** ISO 8601 UTC. */
  createdAt: string;
  completedAt?: string;
  error?: ImageError;
}

/** Content type and metadata of a stored object. */
export interface ObjectInfo {
  contentType: string;
  /** Small ASCII pairs; values under 1 KB in total fit every S3 implementation. */
  attributes: Record<string, string>;
}
