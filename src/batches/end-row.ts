import { dataWarnings, drawnWarnings } from '../images/drawn-warnings.js';
import type { ImageRecord } from '../images/image.js';
import type { SettledEvent } from '../images/ports.js';
import type { Warning } from '../templates/template.js';
import type { Batch, Flight, ItemResult } from './batch.js';
import type { BatchRecords } from './ports.js';
import { readRowWatcher } from './watcher.js';

/** One row that ended, for whoever wants to hear of each. */
export interface EndedRow {
  batch: Batch;
  row: number;
  result: ItemResult;
  image: ImageRecord | undefined;
}

export interface EndRowDeps {
  records: BatchRecords;
  image(id: string): Promise<ImageRecord | undefined>;
  /** Tells of one row, where its batch asks for that. Idempotent per batch, run and row. */
  tellRow(ended: EndedRow): Promise<void>;
}

const DELETED: ItemResult = {
  status: 'failed',
  warnings: [],
  error: {
    code: 'image_not_found',
    message: 'The image was deleted before it was drawn. A retry of the batch draws it.',
  },
};

/**
 * How a row stands whose image stands like this; undefined while it is under way. `own` are the
 * warnings of the row's own data.
 */
export function resultOf(image: ImageRecord | undefined, own: Warning[]): ItemResult | undefined {
  if (!image) return DELETED;
  const { status, id: imageId, key, error } = image;
  if (status === 'queued' || status === 'active') return undefined;
  const warnings = [...own, ...drawnWarnings(image.warnings)];
  return { status, imageId, key, warnings, ...(error ? { error } : {}) };
}

export function createEndRow(deps: EndRowDeps) {
  /**
   * Told before it is written: a crash between the two repeats the telling, which is idempotent.
   * Returns whether this was the end that counts.
   */
  async function end(
    batch: Batch,
    row: number,
    result: ItemResult,
    image?: ImageRecord,
  ): Promise<boolean> {
    if (batch.status === 'cancelled') return false;
    if (batch.spec.itemWebhooks && result.status !== 'review') {
      await deps.tellRow({ batch, row, result, image });
    }
    return deps.records.end(batch.id, row, result);
  }

  /** False where the image was asked for again meanwhile, and is under way. */
  async function arrive(
    batch: Batch,
    row: number,
    flight: Flight | undefined,
    image: ImageRecord | undefined,
  ) {
    // Without a flight it waited for a review, and what it was put by with holds its warnings.
    const own = flight?.warnings ?? (await deps.records.results(batch.id, [row]))[0]?.warnings;
    const result = resultOf(image, dataWarnings(own ?? []));
    if (result) await end(batch, row, result, image);
    return result !== undefined;
  }

  return {
    end,

    /** The rows that wait for an image which was settled. Others of its watchers are left alone. */
    async onSettled(event: SettledEvent): Promise<void> {
      const rows = event.watchers.flatMap((watcher) => readRowWatcher(watcher) ?? []);
      if (rows.length === 0) return;
      const image = await deps.image(event.imageId);
      await Promise.all(
        rows.map(async ({ batchId, row }) => {
          const batch = await deps.records.get(batchId);
          if (!batch) return;
          await arrive(batch, row, await deps.records.flight(batchId, row), image);
        }),
      );
    },

    /**
     * Rows on their way whose image is settled although nobody said so. Returns how many. Those
     * that are being taken up just now may have no image yet.
     */
    async lookAfter(batch: Batch, takenUpAtOnce: number): Promise<number> {
      let found = 0;
      const flights = await deps.records.flights(batch.id);
      const next = new Set((await deps.records.next(batch.id, takenUpAtOnce)).rows);
      for (const flight of flights) {
        const { row, imageId } = flight;
        if (next.has(row)) continue;
        if (await arrive(batch, row, flight, await deps.image(imageId))) found += 1;
      }
      return found;
    },
  };
}

export type EndRow = ReturnType<typeof createEndRow>;
