import type { Warning } from '../errors/warning.js';
import type { Caller } from '../images/caller.js';
import type { ImageError } from '../images/image.js';
import type { OnMissing, OutputRequest } from '../images/prepare.js';
import type { GivenReading } from '../templates/reading/reading-hints.js';
import type { ColumnMapping } from './column-mapping.js';

/** `partial`: finished, some rows failed; `failed`: finished, all rows failed. */
export type BatchStatus = 'queued' | 'running' | 'completed' | 'partial' | 'failed' | 'cancelled';

/** Result of a row, unless its batch is cancelled first. `review` may still change. */
type ItemEnd = 'completed' | 'reused' | 'failed' | 'review';

export type ItemStatus = 'queued' | 'active' | ItemEnd | 'cancelled';

/** Number of rows by status. Together they are the batch's total. */
export type BatchCounts = Record<ItemStatus, number>;

/** Settings for every row of a batch. */
export interface BatchSpec {
  template: string;
  size?: string;
  output?: OutputRequest;
  onMissing?: OnMissing;
  /** For a table: its columns, and which field is read from which. */
  columns?: string[];
  mapping?: ColumnMapping;
  /** How the table was written; its results are written in the same way. */
  table?: { delimiter: string; encoding: string };
  /** How numbers and dates are written: what the request says, and what the rows show. */
  reading?: GivenReading;
  webhookUrl?: string;
  itemWebhooks: boolean;
  /** For sharing the queue fairly among callers. */
  caller?: Caller;
}

/** One row as received: cells of a table, or data of a JSON item. */
export interface BatchRow {
  /** Of the file, from 1. */
  line?: number;
  cells?: string[];
  data?: unknown;
  ref?: string;
  /** Cells that the row lacked at its end. */
  missing?: number;
  /** Why the row could not be read. */
  problem?: string;
}

/** The result of one row. */
export interface ItemResult {
  status: ItemEnd;
  imageId?: string;
  /** Object key of the image. */
  key?: string;
  warnings: Warning[];
  error?: ImageError;
}

export interface Batch {
  id: string;
  status: BatchStatus;
  spec: BatchSpec;
  total: number;
  /** Rows that were fed in order; those of a retry are not counted here. */
  fed: number;
  /** Rows with a result, by result. */
  ended: Record<ItemEnd, number>;
  /** 1, then one more for each retry. */
  run: number;
  /** Notes from reading the rows. */
  notes: string[];
  /** Recent rows per second. */
  rate?: number;
  /** ISO 8601 UTC. */
  createdAt: string;
  finishedAt?: string;
}

/** A row in flight. */
export interface Flight {
  row: number;
  imageId: string;
  /** Warnings of the row's own data; the image may have been requested with other data before. */
  warnings: Warning[];
}

const FINAL_STATUSES: readonly BatchStatus[] = ['completed', 'partial', 'failed', 'cancelled'];

export const isOver = (batch: Batch) => FINAL_STATUSES.includes(batch.status);

/** Rows with any result. */
export function endedRows({ ended }: Batch): number {
  return ended.completed + ended.reused + ended.failed + ended.review;
}

/** Name of the quota hold of one run of a batch. */
export const holdOf = (id: string, run: number) => `${id}:${run}`;

/** Images that existed already, and rows that a cancelled batch never fed. */
export const notDrawn = ({ ended, total, fed }: Batch) => ended.reused + total - fed;

export const BATCH_ID_PATTERN = /^bat-[a-z2-7]{26}$/;
