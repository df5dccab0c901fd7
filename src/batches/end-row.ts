import type { Warning } from '../errors/warning.js';
import { dataWarnings, drawnWarnings } from '../images/drawn-warnings.js';
import type { ImageRecord } from '../images/image.js';
import type { SettledEvent } from '../images/ports.js';
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
  images(ids: string[]): Promise<(ImageRecord | undefined)[]>;
  /** Tells of one row, where its batch asks for that. Idempotent per batch, run and row. */
  notifyRow(ended: EndedRow): Promise<void>;
  /** No row of a batch is on its way any more: it may be over, or wants to be fed. */
  onNoneUnderWay(): void;
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

/** A row whose image may be settled. */
interface Arrival {
  row: number;
  flight: Flight | undefined;
  image: ImageRecord | undefined;
}

export function createEndRow(deps: EndRowDeps) {
  const { records } = deps;

  /**
   * Told before it is written: a crash between the two repeats the telling, which is idempotent.
   * Returns for each whether this was the end that counts.
   */
  async function endAll(ended: EndedRow[]): Promise<boolean[]> {
    const [first] = ended;
    if (!first || first.batch.status === 'cancelled') return ended.map(() => false);
    const { id, spec } = first.batch;
    const toTell = ended.filter(({ result }) => spec.itemWebhooks && result.status !== 'review');
    await Promise.all(toTell.map(deps.notifyRow));
    const { counted, underWay } = await records.end(id, ended);
    if (underWay === 0) deps.onNoneUnderWay();
    return counted;
  }

  /** All of one batch. Returns how many ended; an image that was asked for again is under way. */
  async function arrive(batch: Batch, arrivals: Arrival[]): Promise<number> {
    // Without a flight it waited for a review, and what it was put by with holds its warnings.
    const strays = arrivals.filter(({ flight }) => !flight).map(({ row }) => row);
    const putBy = await records.results(batch.id, strays);
    const warningsOf = ({ row, flight }: Arrival) =>
      (flight ?? putBy[strays.indexOf(row)])?.warnings ?? [];
    const ended = arrivals.flatMap((arrival) => {
      const { row, image } = arrival;
      const result = resultOf(image, dataWarnings(warningsOf(arrival)));
      return result ? { batch, row, result, image } : [];
    });
    await endAll(ended);
    return ended.length;
  }

  return {
    /** Returns whether this was the end that counts. */
    async end(ended: EndedRow): Promise<boolean> {
      const [counted = false] = await endAll([ended]);
      return counted;
    },

    /** The rows that wait for images which were settled. Others of their watchers are left alone. */
    async onSettled(events: SettledEvent[]): Promise<void> {
      const waiting = events.flatMap(({ imageId, watchers }) =>
        watchers.flatMap((watcher) => {
          const found = readRowWatcher(watcher);
          return found ? { imageId, ...found } : [];
        }),
      );
      if (waiting.length === 0) return;
      const imageIds = [...new Set(waiting.map(({ imageId }) => imageId))];
      const batchIds = [...new Set(waiting.map(({ batchId }) => batchId))];
      const [images, batches] = await Promise.all([
        deps.images(imageIds),
        records.getMany(batchIds),
      ]);
      await Promise.all(
        batches.map(async (batch) => {
          if (!batch) return;
          const own = waiting.filter(({ batchId }) => batchId === batch.id);
          const flights = await records.flightsOf(
            batch.id,
            own.map(({ row }) => row),
          );
          const arrivals = own.map(({ row, imageId }, i) => ({
            row,
            flight: flights[i],
            image: images[imageIds.indexOf(imageId)],
          }));
          await arrive(batch, arrivals);
        }),
      );
    },

    /**
     * Rows on their way whose image is settled although nobody said so. Returns how many. Those
     * that are being taken up just now may have no image yet.
     */
    async lookAfter(batch: Batch, takenUpAtOnce: number): Promise<number> {
      const flights = await records.flights(batch.id);
      const next = new Set((await records.next(batch.id, takenUpAtOnce)).rows);
      const own = flights.filter(({ row }) => !next.has(row));
      const images = await deps.images(own.map(({ imageId }) => imageId));
      return arrive(
        batch,
        own.map((flight, i) => ({ row: flight.row, flight, image: images[i] })),
      );
    },
  };
}

export type EndRow = ReturnType<typeof createEndRow>;
