import type { Batch, BatchRow, BatchSpec, Flight, ItemResult } from './batch.js';

/** The asker's own name for a request, and what tells its content from another's. */
export interface Idempotency {
  /** Of one API key alone. */
  key: string;
  /** As it was kept before names belonged to API keys: any one may hold it. */
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

/** What batches took from the daily quotas of keys; see `QuotaHold`. Nothing happens without a hold. */
export interface HeldImages {
  /** Gives back pictures that will not be drawn after all. */
  giveBack(id: string, pictures: number): Promise<void>;
  /** Ends the hold, and gives back what has not been drawn since it began. Idempotent. */
  settle(id: string, notDrawn: number): Promise<void>;
}

interface RatePoint {
  atMs: number;
  ended: number;
}

/** Batches, their rows and how these ended. Rows are counted from 0. */
export interface BatchRecords {
  /** Keeps `rows` as the chunk `index` of a batch that does not exist yet; it may never come to be. */
  addRows(id: string, index: number, rows: BatchRow[]): Promise<void>;
  /** Drops rows of a batch that did not come to be. */
  discard(id: string): Promise<void>;
  /**
   * Begins the batch. Where its idempotency key was used before, the earlier batch comes back with
   * the fingerprint that it had, and nothing else happens. One that is kept under the shared name is
   * taken over by the first who sends the same content.
   */
  create(batch: NewBatch): Promise<{ batch: Batch; existed?: { fingerprint: string } }>;
  /** Whether a batch of this name, or of the shared one with the same content, was begun before. */
  isNamed(idempotency: Idempotency): Promise<boolean>;
  get(id: string): Promise<Batch | undefined>;
  getMany(ids: string[]): Promise<(Batch | undefined)[]>;
  /** Newest first. */
  list(query: {
    cursor?: string | undefined;
    limit: number;
  }): Promise<{ batches: Batch[]; nextCursor: string | undefined }>;
  /** Ids of the batches that are not over, or whose end was not told yet; oldest first. */
  open(): Promise<string[]>;

  /** Rows `from` to `to` (exclusive). */
  rows(id: string, from: number, to: number): Promise<BatchRow[]>;
  results(id: string, rows: number[]): Promise<(ItemResult | undefined)[]>;
  /** The next rows to take up: those of a retry first, then the ones never taken up. */
  next(id: string, limit: number): Promise<{ rows: number[]; from: 'redo' | 'order' }>;
  /** Says that those of `next` were taken up. */
  taken(id: string, slice: { rows: number[]; from: 'redo' | 'order' }): Promise<void>;
  /** Puts a row on its way, unless it has ended. `joined`: drawn for somebody else already. */
  depart(id: string, flight: Flight & { joined: boolean }): Promise<void>;
  /** For each of these rows; undefined where it is not on its way. */
  flightsOf(id: string, rows: number[]): Promise<(Flight | undefined)[]>;
  flights(id: string): Promise<Flight[]>;
  /**
   * The end of rows: the first one counts, and only `review` can be followed by another. Where a
   * row joined somebody's picture, `completed` becomes `reused`. Returns for each whether it
   * counted, and how many rows of the batch are on their way then.
   */
  end(
    id: string,
    rows: { row: number; result: ItemResult }[],
  ): Promise<{ counted: boolean[]; underWay: number }>;

  /** Ends the batch if every row has ended, and returns it as it then stands. */
  finish(id: string): Promise<Batch | undefined>;
  /** Ends it now; undefined where it was over before. */
  cancel(id: string): Promise<Batch | undefined>;
  /** Takes the failed rows up again; undefined where it is not over or none failed. */
  retry(id: string): Promise<Batch | undefined>;
  /** The end was told: nobody has to look after the batch any more, and its days are counted. */
  close(id: string): Promise<void>;

  ratePoint(id: string): Promise<RatePoint | undefined>;
  noteRate(id: string, point: RatePoint, rate: number | undefined): Promise<void>;

  /** True for one holder at a time, for `ttlMs` from now; asked again, it is prolonged. */
  lead(holder: string, ttlMs: number): Promise<boolean>;
  stepDown(holder: string): Promise<void>;
}
