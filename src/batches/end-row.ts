import type { Warning } from '../errors/warning.js';
import { dataWarnings, drawnWarnings } from '../images/drawn-warnings.js';
import type { ImageRecord } from '../images/image.js';
import type { SettledEvent } from '../images/ports.js';
import type { Batch, Flight, ItemResult } from './batch.js';
import type { BatchRecords } from './ports.js';
import { readRowWatcher } from './watcher.js';

/** One row with its result, for webhooks. */
export interface EndedRow {
  batch: Batch;
  row: number;
  result: ItemResult;
  image: ImageRecord | undefined;
}

export interface EndRowDeps {
  records: BatchRecords;
  images(ids: string[]): Promise<(ImageRecord | undefined)[]>;
  /** Sends a webhook for one row, if its batch requests that. Idempotent for batch, run and row. */
  notifyRow(ended: EndedRow): Promise<void>;
  /** Called when no row of a batch is in flight: it may be finished, or needs to be fed. */
  onNoneInFlight(): void;
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
 * The result of a row by its image; undefined while the image is queued or active. `own`: warnings
 * of the row's own data.
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
   * Notified before it is written: a crash in between repeats the notification, which is
   * idempotent. Returns for each row whether this was its first result, which counts.
   */
  async function endAll(ended: EndedRow[]): Promise<boolean[]> {
    const [first] = ended;
    if (!first || first.batch.status === 'cancelled') return ended.map(() => false);
    const { id, spec } = first.batch;
    const toNotify = ended.filter(({ result }) => spec.itemWebhooks && result.status !== 'review');
    await Promise.all(toNotify.map(deps.notifyRow));
    const { counted, inFlight: underWay } = await records.end(id, ended);
    if (underWay === 0) deps.onNoneInFlight();
    return counted;
  }

  /**
   * Ends rows of one batch. Returns how many ended; an image that was requested again may be in
   * flight.
   */
  async function endArrivals(batch: Batch, arrivals: Arrival[]): Promise<number> {
    // A row that is not in flight was held for review; its stored result has its warnings.
    const notInFlight = arrivals.filter(({ flight }) => !flight).map(({ row }) => row);
    const heldResults = await records.results(batch.id, notInFlight);
    const warningsOf = ({ row, flight }: Arrival) =>
      (flight ?? heldResults[notInFlight.indexOf(row)])?.warnings ?? [];
    const ended = arrivals.flatMap((arrival) => {
      const { row, image } = arrival;
      const result = resultOf(image, dataWarnings(warningsOf(arrival)));
      return result ? { batch, row, result, image } : [];
    });
    await endAll(ended);
    return ended.length;
  }

  return {
    /** Returns whether this result counts. */
    async end(ended: EndedRow): Promise<boolean> {
      const [counted = false] = await endAll([ended]);
      return counted;
    },

    /** Ends the rows that watch these images. Other kinds of watchers are ignored. */
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
          await endArrivals(batch, arrivals);
        }),
      );
    },

    /**
     * Ends rows in flight whose image is settled although the event was lost. Returns how many.
     * Rows that are being fed right now may have no image yet.
     */
    async repairRows(batch: Batch, takenUpAtOnce: number): Promise<number> {
      const flights = await records.flights(batch.id);
      const next = new Set((await records.next(batch.id, takenUpAtOnce)).rows);
      const own = flights.filter(({ row }) => !next.has(row));
      const images = await deps.images(own.map(({ imageId }) => imageId));
      return endArrivals(
        batch,
        own.map((flight, i) => ({ row: flight.row, flight, image: images[i] })),
      );
    },
  };
}

export type EndRow = ReturnType<typeof createEndRow>;
