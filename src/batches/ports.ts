import type { Batch, BatchRow, BatchSpec, Flight, ItemResult } from './batch.js';

/** The caller's name for a request, and a fingerprint of its content. */
export interface Idempotency {
  /** Within one API key. */
  key: string;
  /** As stored by versions in which all API keys shared the names. */
  sharedKey: string;
  fingerprint: string;
}

export interface NewBatch {
  id: string;
  spec: BatchSpec;
  total: number;
  notes: string[];
  createdAt: string;
  idempotency?: Idempotency;
}

/**
 * Holds of batches in the daily quotas of keys; see `QuotaHold`. Without a hold the methods do
 * nothing.
 */
export interface HeldImages {
  /** Gives back images that will not be drawn. */
  giveBack(id: string, images: number): Promise<void>;
  /** Ends the hold, and gives back what was not drawn since it began. Idempotent. */
  settle(id: string, notDrawn: number): Promise<void>;
}

interface RatePoint {
  atMs: number;
  ended: number;
}

/** Batch records: batches, rows and results. Rows are counted from 0. */
export interface BatchRecords {
  /** Stores `rows` as chunk `index` of a batch that is not created yet, and may never be. */
  addRows(id: string, index: number, rows: BatchRow[]): Promise<void>;
  /** Deletes the rows of a batch that was not created. */
  discard(id: string): Promise<void>;
  /**
   * Creates the batch. If its idempotency key was used before, returns the earlier batch with its
   * fingerprint instead. A batch under a shared name is assigned to the first caller that sends the
   * same content.
   */
  create(batch: NewBatch): Promise<{ batch: Batch; existed?: { fingerprint: string } }>;
  /** Whether a batch of this name, or of the shared one with equal content, was created before. */
  isNamed(idempotency: Idempotency): Promise<boolean>;
  get(id: string): Promise<Batch | undefined>;
  getMany(ids: string[]): Promise<(Batch | undefined)[]>;
  /** Newest first. */
  list(query: {
    cursor?: string | undefined;
    limit: number;
  }): Promise<{ batches: Batch[]; nextCursor: string | undefined }>;
  /** Ids of the batches that are not finished, or whose end was not notified yet; oldest first. */
  open(): Promise<string[]>;

  /** Rows `from` to `to` (exclusive). */
  rows(id: string, from: number, to: number): Promise<BatchRow[]>;
  results(id: string, rows: number[]): Promise<(ItemResult | undefined)[]>;
  /** Rows that failed, in their order. */
  failedRows(id: string): Promise<number[]>;
  /** The next rows to feed: those of a retry first, then rows never fed. */
  next(id: string, limit: number): Promise<{ rows: number[]; from: 'redo' | 'order' }>;
  /** Notes that the rows of `next` were fed. */
  markFed(id: string, slice: { rows: number[]; from: 'redo' | 'order' }): Promise<void>;
  /**
   * Notes a row as in flight, unless it has ended. `joined`: the image was already being drawn for
   * another request.
   */
  markInFlight(id: string, flight: Flight & { joined: boolean }): Promise<void>;
  /** For each of these rows; undefined if it is not in flight. */
  flightsOf(id: string, rows: number[]): Promise<(Flight | undefined)[]>;
  flights(id: string): Promise<Flight[]>;
  /**
   * Ends rows: the first result counts, and only `review` can be replaced. For a row that joined
   * another request's image, `completed` becomes `reused`. Returns for each row whether it counted,
   * and how many rows of the batch are in flight then.
   */
  end(
    id: string,
    rows: { row: number; result: ItemResult }[],
  ): Promise<{ counted: boolean[]; inFlight: number }>;

  /** Finishes the batch if every row has a result, and returns it. */
  finish(id: string): Promise<Batch | undefined>;
  /** Cancels it now; undefined if it was finished before. */
  cancel(id: string): Promise<Batch | undefined>;
  /** Feeds the failed rows again; undefined if it is not finished or none failed. */
  retry(id: string): Promise<Batch | undefined>;
  /**
   * Called after the end was notified: the batch is no longer watched, and its retention begins.
   */
  close(id: string): Promise<void>;

  ratePoint(id: string): Promise<RatePoint | undefined>;
  noteRate(id: string, point: RatePoint, rate: number | undefined): Promise<void>;

  /** Takes or renews the lease: true for one holder at a time, for `ttlMs` from now. */
  takeLease(holder: string, ttlMs: number): Promise<boolean>;
  releaseLease(holder: string): Promise<void>;
}
