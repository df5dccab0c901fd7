import type { Warning } from '../errors/warning.js';
import type { Caller } from '../images/caller.js';
import type { ImageError } from '../images/image.js';
import type { OnMissing, OutputRequest } from '../images/prepare.js';
import type { ColumnMapping } from './column-mapping.js';

/** `partial`: over, and some rows failed; `failed`: over, and all of them did. */
export type BatchStatus = 'queued' | 'running' | 'completed' | 'partial' | 'failed' | 'cancelled';

/** Where a row ends, unless its batch is cancelled first. `review` may still become another. */
type ItemEnd = 'completed' | 'reused' | 'failed' | 'review';

export type ItemStatus = 'queued' | 'active' | ItemEnd | 'cancelled';

/** How many rows stand where. All of them together are the batch's total. */
export type BatchCounts = Record<ItemStatus, number>;

/** What is asked for every row of a batch. */
export interface BatchSpec {
  template: string;
  size?: string;
  output?: OutputRequest;
  onMissing?: OnMissing;
  /** Of a table: its columns, and which field takes what from them. */
  columns?: string[];
  mapping?: ColumnMapping;
  webhookUrl?: string;
  itemWebhooks: boolean;
  /** Whose turn it is where many ask at once. */
  caller?: Caller;
}

/** One row as it came: cells of a table, or data of a JSON item. */
export interface BatchRow {
  /** Of the file, from 1. */
  line?: number;
  cells?: string[];
  data?: unknown;
  ref?: string;
  /** Why the row could not be read. */
  problem?: string;
}

/** How one row ended. */
export interface ItemResult {
  status: ItemEnd;
  imageId?: string;
  /** Of the stored picture. */
  key?: string;
  warnings: Warning[];
  error?: ImageError;
}

export interface Batch {
  id: string;
  status: BatchStatus;
  spec: BatchSpec;
  total: number;
  /** Rows that were taken up in order; those of a retry are counted apart. */
  fed: number;
  /** Rows that ended, by how. */
  ended: Record<ItemEnd, number>;
  /** 1, then one more for each retry. */
  run: number;
  /** What was noticed while the rows were read. */
  notes: string[];
  /** Rows a second, of late. */
  rate?: number;
  /** ISO 8601 UTC. */
  createdAt: string;
  finishedAt?: string;
}

/** A row on its way. */
export interface Flight {
  row: number;
  imageId: string;
  /** Of its own data: the image may have been asked for with other data before. */
  warnings: Warning[];
}

const FINAL_STATUSES: readonly BatchStatus[] = ['completed', 'partial', 'failed', 'cancelled'];

export const isOver = (batch: Batch) => FINAL_STATUSES.includes(batch.status);

/** Rows that ended, however. */
export function endedRows({ ended }: Batch): number {
  return ended.completed + ended.reused + ended.failed + ended.review;
}

/** Under which a batch's run holds its pictures of a quota. */
export const holdOf = (id: string, run: number) => `${id}:${run}`;

/** Pictures that there were already, and rows that a cancelled batch never took up. */
export const notDrawn = ({ ended, total, fed }: Batch) => ended.reused + total - fed;

export const BATCH_ID_PATTERN = /^bat-[a-z2-7]{26}$/;
