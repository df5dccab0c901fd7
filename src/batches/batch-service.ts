import { createHash, randomBytes } from 'node:crypto';
import { AppError } from '../errors/app-error.js';
import type { Caller } from '../images/caller.js';
import type { Quota } from '../images/quota.js';
import { base32 } from '../lib/base32.js';
import {
  type Batch,
  type BatchCounts,
  type BatchRow,
  type BatchSpec,
  endedRows,
  holdOf,
  type ItemResult,
  type ItemStatus,
  isOver,
  notDrawn,
} from './batch.js';
import { causeOf, type FailureCause } from './failure-causes.js';
import type { BatchRecords, HeldImages, Idempotency } from './ports.js';
import { createReadFailures } from './read-failures.js';

export interface BatchServiceDeps {
  records: BatchRecords;
  held: HeldImages;
  /** Rows in one chunk of the records. */
  rowsPerChunk: number;
  maxRows: number;
  /** @throws AppError if template, size or output are invalid */
  assertSpec(spec: BatchSpec): void;
  /** For each of these images whether it is being drawn. */
  areActive(imageIds: string[]): Promise<boolean[]>;
  publicUrl(key: string): string;
  onChanged(): void;
  now?: () => Date;
}

/** A batch with its current counts, for which its rows in flight are read. */
export interface BatchView {
  batch: Batch;
  counts: BatchCounts;
  /** Whole seconds, or null if unknown. */
  etaSeconds: number | null;
  /** Why rows failed, the most frequent first; absent where it was not asked for. */
  failures?: FailureCause[];
}

export interface BatchItem {
  /** From 1. */
  row: number;
  status: ItemStatus;
  given: BatchRow;
  result?: ItemResult;
  url?: string;
}

export interface NewBatchRequest {
  spec: BatchSpec;
  rows: AsyncIterable<BatchRow> | Iterable<BatchRow>;
  notes?: string[];
  /** From the header `Idempotency-Key`, with its owner and a fingerprint of the request. */
  idempotency?: { owner: string; key: string; fingerprint: string };
  /** The caller's quota: all rows are counted; what is not drawn is given back. */
  quota?: Quota | undefined;
  caller?: Caller | undefined;
}

/** Of a batch's rows, those that have all of these. */
export interface ItemFilter {
  status?: ItemStatus | undefined;
  /** As `failures` names it. */
  cause?: string | undefined;
  /** Of the error. */
  code?: string | undefined;
}

function isWanted({ status, result }: BatchItem, filter: ItemFilter): boolean {
  const error = status === 'failed' ? result?.error : undefined;
  return (
    (filter.status === undefined || status === filter.status) &&
    (filter.code === undefined || error?.code === filter.code) &&
    (filter.cause === undefined || (error && causeOf(error).cause === filter.cause) === true)
  );
}

async function* wantedOf(items: AsyncIterable<BatchItem>, filter: ItemFilter) {
  for await (const item of items) if (isWanted(item, filter)) yield item;
}

/** Items that are read from the records at once. */
const ITEMS_AT_ONCE = 250;

function notFinished(batch: Batch): AppError {
  return new AppError('conflict', {
    detail: `The batch is still ${batch.status}. Wait until it is over, or cancel it first.`,
  });
}

/** The use cases of batches. */
export function createBatchService(deps: BatchServiceDeps) {
  const { records } = deps;
  const now = deps.now ?? (() => new Date());
  const readFailures = createReadFailures(records);

  function tooMany(): AppError {
    const message = `has more than ${deps.maxRows} rows. Send it in parts, or raise BATCH_MAX_ROWS.`;
    return new AppError('invalid_request', {
      detail: `The batch ${message}`,
      errors: [{ path: 'items', message }],
    });
  }

  /** Stores the rows while they are read, chunk by chunk. Returns their number. */
  async function storeRows(id: string, rows: NewBatchRequest['rows']): Promise<number> {
    let chunk: BatchRow[] = [];
    let total = 0;
    for await (const row of rows) {
      total += 1;
      if (total > deps.maxRows) throw tooMany();
      chunk.push(row);
      if (chunk.length < deps.rowsPerChunk) continue;
      await records.addRows(id, total / deps.rowsPerChunk - 1, chunk);
      chunk = [];
    }
    if (chunk.length > 0) {
      await records.addRows(id, Math.floor(total / deps.rowsPerChunk), chunk);
    }
    if (total > 0) return total;
    throw new AppError('invalid_request', {
      detail: 'The batch has no rows. Give at least one.',
      errors: [{ path: 'items', message: 'must hold at least one row' }],
    });
  }

  /** Counts the rows in the quota. A repeated request is not counted again. */
  async function countRows(
    id: string,
    total: number,
    idempotency: Idempotency | undefined,
    quota: Quota | undefined,
  ): Promise<void> {
    if (!quota || (idempotency && (await records.isNamed(idempotency)))) return;
    await quota.take(total, { id: holdOf(id, 1), notDrawn: 0 });
  }

  async function countsOf(batch: Batch): Promise<BatchView> {
    const { ended, total } = batch;
    const over = isOver(batch);
    const flights = over ? [] : await records.flights(batch.id);
    const activity = await deps.areActive(flights.map(({ imageId }) => imageId));
    const active = activity.filter((isActive) => isActive).length;
    const left = total - endedRows(batch);
    const cancelled = batch.status === 'cancelled' ? left : 0;
    const queued = Math.max(0, left - cancelled - active);
    const etaSeconds = over ? 0 : batch.rate ? Math.ceil(left / batch.rate) : null;
    return { batch, counts: { queued, active, ...ended, cancelled }, etaSeconds };
  }

  async function viewOf(batch: Batch): Promise<BatchView> {
    const [view, failures] = await Promise.all([countsOf(batch), readFailures(batch)]);
    return { ...view, failures };
  }

  /** @throws AppError `batch_not_found` */
  async function get(id: string): Promise<Batch> {
    const batch = await records.get(id);
    if (batch) return batch;
    throw new AppError('batch_not_found', {
      detail:
        'There is no batch with this id. Ids come from POST /v1/batches; old ones are dropped.',
    });
  }

  async function* readItems(batch: Batch, from: number): AsyncIterable<BatchItem> {
    const flights = isOver(batch) ? [] : await records.flights(batch.id);
    const activity = await deps.areActive(flights.map(({ imageId }) => imageId));
    const activeRows = new Set(flights.filter((_, i) => activity[i]).map(({ row }) => row));
    const open = batch.status === 'cancelled' ? 'cancelled' : 'queued';
    for (let first = from; first < batch.total; first += ITEMS_AT_ONCE) {
      const to = Math.min(batch.total, first + ITEMS_AT_ONCE);
      const numbers = Array.from({ length: to - first }, (_, i) => first + i);
      const [given, results] = await Promise.all([
        records.rows(batch.id, first, to),
        records.results(batch.id, numbers),
      ]);
      for (const [i, row] of numbers.entries()) {
        const result = results[i];
        const active = activeRows.has(row) ? 'active' : open;
        yield {
          row: row + 1,
          status: result?.status ?? active,
          given: given[i] ?? {},
          ...(result ? { result } : {}),
          ...(result?.key && result.status !== 'failed' ? { url: deps.publicUrl(result.key) } : {}),
        };
      }
    }
  }

  return {
    /**
     * Stores the rows and starts the batch. Nothing is left if it fails.
     * @throws AppError `invalid_request`, `template_not_found`, `conflict` if the idempotency key
     *   was used for another request, `quota_exceeded`; errors of reading the rows
     */
    async create(request: NewBatchRequest): Promise<{ view: BatchView; repeated: boolean }> {
      deps.assertSpec(request.spec);
      const { notes = [], caller } = request;
      const spec = { ...request.spec, ...(caller ? { caller } : {}) };
      const idempotency = request.idempotency && namesOf(request.idempotency);
      const id = `bat-${base32(randomBytes(17)).slice(0, 26)}`;
      const discardAndThrow = async (error: unknown) => {
        await records.discard(id).catch(() => undefined);
        throw error;
      };
      const total = await storeRows(id, request.rows).catch(discardAndThrow);
      await countRows(id, total, idempotency, request.quota).catch(discardAndThrow);
      const createdAt = now().toISOString();
      const { batch, existed } = await records.create({
        ...{ id, spec, total, notes, createdAt },
        ...(idempotency ? { idempotency } : {}),
      });
      if (existed) {
        await records.discard(id);
        await deps.held.settle(holdOf(id, 1), total);
      }
      if (existed && existed.fingerprint !== idempotency?.fingerprint) {
        throw new AppError('conflict', {
          detail: 'This Idempotency-Key was used for another batch. Use a new key for new content.',
        });
      }
      deps.onChanged();
      return { view: await viewOf(batch), repeated: existed !== undefined };
    },

    get: async (id: string): Promise<BatchView> => viewOf(await get(id)),
    view: viewOf,

    async list(query: { cursor?: string | undefined; limit: number }) {
      const { batches, nextCursor } = await records.list(query);
      return { views: await Promise.all(batches.map(countsOf)), nextCursor };
    },

    /** A page of rows in their order, from `cursor` on. @throws AppError `batch_not_found` */
    async items(
      id: string,
      query: ItemFilter & { from: number; limit: number },
    ): Promise<{ items: BatchItem[]; next: number | undefined }> {
      const batch = await get(id);
      const items: BatchItem[] = [];
      for await (const item of readItems(batch, query.from)) {
        if (!isWanted(item, query)) continue;
        if (items.length === query.limit) return { items, next: item.row - 1 };
        items.push(item);
      }
      return { items, next: undefined };
    },

    /** Every row, or those that are wanted, in their order, read lazily. @throws AppError `batch_not_found` */
    async results(
      id: string,
      filter: ItemFilter = {},
    ): Promise<{ batch: Batch; items: AsyncIterable<BatchItem> }> {
      const batch = await get(id);
      return { batch, items: wantedOf(readItems(batch, 0), filter) };
    },

    /** Stops at once: rows without a result are cancelled. @throws `conflict` if it is finished */
    async cancel(id: string): Promise<BatchView> {
      const batch = await get(id);
      const cancelled = await records.cancel(id);
      deps.onChanged();
      if (cancelled) return viewOf(cancelled);
      throw new AppError('conflict', { detail: `The batch is over: it is ${batch.status}.` });
    },

    /**
     * Runs the failed rows again.
     * @throws AppError `conflict` if it is running, or no row failed; `quota_exceeded`
     */
    async retry(id: string, quota?: Quota): Promise<BatchView> {
      const batch = await get(id);
      const hold = holdOf(id, batch.run + 1);
      if (quota && isOver(batch) && batch.ended.failed > 0) {
        // The hold of the previous run, whose end may not have been handled yet.
        await deps.held.settle(holdOf(id, batch.run), notDrawn(batch));
        await quota.take(batch.ended.failed, { id: hold, notDrawn: notDrawn(batch) });
      }
      const retried = await records.retry(id);
      if (!retried && quota) await deps.held.settle(hold, batch.total);
      deps.onChanged();
      if (retried) return viewOf(retried);
      if (!isOver(batch)) throw notFinished(batch);
      throw new AppError('conflict', { detail: 'No row of this batch failed.' });
    },
  };
}

export type BatchService = ReturnType<typeof createBatchService>;

/** Two API keys may use the same idempotency key; neither sees the other's batch. */
function namesOf({ owner, key, fingerprint }: NonNullable<NewBatchRequest['idempotency']>) {
  return { key: sha256(`${owner}\n${key}`), sharedKey: sha256(key), fingerprint };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
