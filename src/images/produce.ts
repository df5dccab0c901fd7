import { toAppError } from '../errors/app-error.js';
import type { Draw, Drawn } from './draw.js';
import type { DrawOptions } from './draw-options.js';
import type { ImageRecord, ImageSpec } from './image.js';
import type { ImageRecords, ObjectStore, Preview, TraceEvent } from './ports.js';
import { objectInfo } from './stored-record.js';
import { roundMs } from './timings.js';

/** One attempt at drawing a generation of an image. */
export interface ProduceTask extends DrawOptions {
  imageId: string;
  generation: number;
  /** 1 for the first attempt. */
  attempt: number;
  signal?: AbortSignal;
}

export interface ProduceDeps {
  draw: Draw;
  records: ImageRecords;
  store: ObjectStore;
  onSettled?: (record: ImageRecord) => void;
  onStored?: (seconds: number) => void;
}

function eventOf(
  { generation, attempt }: Pick<ProduceTask, 'generation' | 'attempt'>,
  event: string,
  detail: Record<string, unknown> = {},
): TraceEvent {
  return { at: new Date().toISOString(), event, generation, attempt, ...detail };
}

/**
 * What a worker does for an image: draws it, stores it and completes its record. Safe to run twice
 * and to abort at any point: the object is stored under the image's own key, and a record changes
 * only while its generation is open.
 */
export function createProduce(deps: ProduceDeps) {
  /**
   * Stores the object and completes the record. If the image was deleted meanwhile, the object is
   * removed again. If the image was requested anew after that, its new record may rely on the
   * object, so the object is stored once more.
   */
  async function storeImage(
    record: ImageRecord,
    task: ProduceTask,
    drawn: Drawn,
    timings: (storeMs: number) => ImageRecord['timings'],
  ): Promise<ImageRecord | undefined> {
    const { body, widthPx, heightPx } = drawn.encoded;
    const info = objectInfo({ ...record, widthPx, heightPx }, drawn.warnings);
    for (;;) {
      // An image deleted during drawing is not stored at all: no reader may see it.
      if (await deps.records.get(task.imageId)) {
        const startedAt = performance.now();
        await deps.store.put(record.key, body, info);
        const storeMs = performance.now() - startedAt;
        deps.onStored?.(storeMs / 1000);
        const result = {
          widthPx,
          heightPx,
          bytes: body.length,
          // Warnings of the data come first.
          warnings: [...record.warnings, ...drawn.warnings],
          timings: timings(storeMs),
        };
        const event = eventOf(task, 'completed', { warnings: drawn.warnings.length });
        const settled = await deps.records.complete(task.imageId, task.generation, result, event);
        if (settled) return settled;
      }
      await deps.store.delete(record.key);
      if (!(await deps.records.get(task.imageId))) return undefined;
    }
  }

  async function drawAndStore(record: ImageRecord, task: ProduceTask): Promise<void> {
    // By the clock of the record for the time in the queue; by the monotonic one for durations.
    const startedAtMs = Date.now();
    const startedAt = performance.now();
    const drawn = await deps.draw(record.spec, task.signal, task);
    const queueMs = Math.max(0, startedAtMs - Date.parse(record.createdAt));
    const settled = await storeImage(record, task, drawn, (storeMs) => ({
      queue: queueMs,
      ...drawn.timings,
      store: roundMs(storeMs),
      total: roundMs(queueMs + performance.now() - startedAt),
    }));
    if (settled) deps.onSettled?.(settled);
  }

  return {
    /** @throws AppError, retryable if another attempt may succeed */
    async produce(task: ProduceTask): Promise<void> {
      const { imageId, generation } = task;
      const record = await deps.records.start(imageId, generation, eventOf(task, 'started'));
      // Deleted, settled by an earlier run of this job, or replaced by a newer generation.
      if (record?.status !== 'active' || record.generation !== generation) return;
      try {
        await drawAndStore(record, task);
      } catch (thrown) {
        const error = toAppError(thrown);
        const event = eventOf(task, 'attempt_failed', { code: error.code });
        await deps.records.addTrace(imageId, event).catch(() => undefined);
        throw error;
      }
    },

    /** Records the final failure of an image. Idempotent. */
    async giveUp(task: { imageId: string; generation: number }, thrown: unknown): Promise<void> {
      const { imageId, generation } = task;
      const { code, detail: message } = toAppError(thrown);
      // 0: the event is not one of a single attempt.
      const event = eventOf({ generation, attempt: 0 }, 'failed', { code });
      const record = await deps.records.fail(imageId, generation, { code, message }, event);
      if (record?.status !== 'failed' || record.generation !== generation) return;
      deps.onSettled?.(record);
    },

    /** Draws an image and stores nothing. */
    async preview(
      spec: ImageSpec,
      signal?: AbortSignal,
      options: DrawOptions = {},
    ): Promise<Preview> {
      const { encoded, warnings } = await deps.draw(spec, signal, options);
      const { body, contentType, widthPx, heightPx } = encoded;
      return { body, contentType, widthPx, heightPx, warnings };
    },
  };
}
