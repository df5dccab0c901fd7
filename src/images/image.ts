import type { ErrorCode } from '../errors/catalogue.js';
import type { Warning } from '../errors/warning.js';
import type { ImageFormat } from '../formats/image-formats.js';
import type { ResolvedFields } from '../templates/template.js';

export type { ImageFormat };

/** Complete output settings: every default is filled in, so that they can be part of the id. */
export interface Output {
  format: ImageFormat;
  /** Device pixels per CSS pixel: 1, 2 or 3. */
  scale: number;
  /** 1..100; always 0 where the format has none. */
  quality: number;
  /** Upper bound in bytes, or 0 for none. */
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

/** Milliseconds; `queue` runs from acceptance to the start of work. */
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
  /** How often drawing was started: 1, then one more for each refresh or retry. */
  generation: number;
  spec: ImageSpec;
  /** Object key: `<template>/<2 hex>/<id>.<ext>`. */
  key: string;
  /** Device pixels of the stored image. */
  widthPx: number;
  heightPx: number;
  bytes: number;
  warnings: Warning[];
  timings: Timings;
  metadata: Record<string, string>;
  /** ISO 8601 UTC. */
  createdAt: string;
  completedAt?: string;
  error?: ImageError;
}

/** Metadata of the stored object: enough to rebuild the record, without personal data. */
export interface ObjectInfo {
  contentType: string;
  /** Small ASCII pairs; values under 1 KB in total fit every S3 implementation. */
  attributes: Record<string, string>;
}
