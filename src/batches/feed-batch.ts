import { AppError, toAppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/catalogue.js';
import type { Warning } from '../errors/warning.js';
import { batchCaller } from '../images/caller.js';
import type { EnsuredImage, EnsureOptions } from '../images/image-service.js';
import type { Prepare, PreparedImage } from '../images/prepare.js';
import type { TemplateRegistry } from '../templates/template.js';
import { type Batch, type BatchRow, holdOf, type ItemResult } from './batch.js';
import { type EndRow, resultOf } from './end-row.js';
import type { BatchRecords, HeldImages } from './ports.js';
import { readRow } from './read-row.js';
import { rowWatcher } from './watcher.js';

export interface FeedDeps {
  records: BatchRecords;
  prepare: Prepare;
  /** Before `prepare`, which finds only what is loaded. */
  loadTemplate: TemplateRegistry['load'];
  ensure(prepared: PreparedImage, options: EnsureOptions): Promise<EnsuredImage>;
  endRow: EndRow;
  held: Pick<HeldImages, 'giveBack'>;
}

function failed(error: AppError, warnings: Warning[] = []): ItemResult {
  const errors = error.errors?.map(({ path, message }) => `${path}: ${message}`);
  return {
    status: 'failed',
    warnings,
    error: { code: error.code, message: errors?.join(' ') || error.detail },
  };
}

/** Rows of one batch that are fed together; then the next batch has its turn. */
export const ROWS_PER_SLICE = 8;

/** Transient errors that are not the row's fault; every other error fails the row. */
const TRANSIENT: ErrorCode[] = ['redis_unavailable', 'storage_unavailable'];

/** Feeds rows of batches: each leads to an image in flight, or ends at once. */
export function createFeedBatch(deps: FeedDeps) {
  /** Ends a row without an image. It used nothing of the quota. */
  async function refuse(batch: Batch, row: number, result: ItemResult): Promise<void> {
    const counted = await deps.endRow.end({ batch, row, result, image: undefined });
    if (counted) await deps.held.giveBack(holdOf(batch.id, batch.run), 1);
  }

  async function feedRow(batch: Batch, row: number, given: BatchRow | undefined): Promise<void> {
    if (!given || given.problem !== undefined) {
      const detail = given?.problem ?? 'The row is gone.';
      await refuse(batch, row, failed(new AppError('invalid_data', { detail })));
      return;
    }
    const { request, warnings } = readRow(batch.spec, given);
    try {
      await ensureRow(batch, row, deps.prepare(request), warnings);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (TRANSIENT.includes(error.code)) throw thrown;
      await refuse(batch, row, failed(error, warnings));
    }
  }

  async function ensureRow(
    batch: Batch,
    row: number,
    prepared: PreparedImage,
    warnings: Warning[],
  ): Promise<void> {
    const own = [...warnings, ...prepared.warnings];
    const flight = { row, imageId: prepared.id, warnings: own };
    // Before `ensure`: the image may be settled before `ensure` returns.
    await deps.records.markInFlight(batch.id, { ...flight, joined: false });
    const { record, kind } = await deps.ensure(prepared, {
      priority: 'bulk',
      watcher: rowWatcher({ batchId: batch.id, row }),
      caller: batch.spec.caller ?? batchCaller(batch.id),
    });
    if (kind === 'stored' || kind === 'review') {
      const result = resultOf(record, own);
      const status = kind === 'stored' ? 'reused' : 'review';
      if (result) {
        await deps.endRow.end({ batch, row, result: { ...result, status }, image: record });
      }
      return;
    }
    if (kind === 'joined') await deps.records.markInFlight(batch.id, { ...flight, joined: true });
  }

  return {
    /** Feeds at most `limit` rows of a batch; returns how many. Safe to run twice. */
    async feed(batch: Batch, limit: number): Promise<number> {
      const slice = await deps.records.next(batch.id, limit);
      const [first] = slice.rows;
      if (first === undefined) return 0;
      await deps.loadTemplate(batch.spec.template);
      const results = await deps.records.results(batch.id, slice.rows);
      const open = slice.rows.filter((_, i) => results[i] === undefined);
      await Promise.all(
        open.map(async (row) => {
          const [given] = await deps.records.rows(batch.id, row, row + 1);
          await feedRow(batch, row, given);
        }),
      );
      await deps.records.markFed(batch.id, slice);
      return slice.rows.length;
    },
  };
}
