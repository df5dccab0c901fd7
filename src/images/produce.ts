import { toAppError } from '../errors/app-error.js';
import type { Draw, Drawn } from './draw.js';
import type { ImageRecord, ImageSpec } from './image.js';
import type { ImageRecords, ObjectStore, Preview } from './ports.js';
import { objectInfo } from './stored-record.js';

export interface ProduceTask {
  imageId: string;
  generation: number;
  attempt: number;
  /** Nobody waits for it: it goes behind those that somebody waits for. */
  canWait?: boolean;
  /** In a browser of its own: it may be what ended the last one. */
  alone?: boolean;
  signal?: AbortSignal;
}

export interface ProduceDeps {
  draw: Draw;
  records: ImageRecords;
  store: ObjectStore;
  onSettled?: (record: ImageRecord) => void;
  onStored?: (seconds: number) => void;
}

const round = (ms: number) => Math.round(ms * 10) / 10;

/**
 * The worker's side of an image. Safe to run twice and to break off anywhere: the object lies
 * under the image's own key, and a record moves only while its generation is open.
 */
export function createProduce(deps: ProduceDeps) {
  function trace(task: ProduceTask, event: string, detail: Record<string, unknown> = {}) {
    return deps.records.addTrace(task.imageId, {
      at: new Date().toISOString(),
      event,
      generation: task.generation,
      attempt: task.attempt,
      ...detail,
    });
  }

  /**
   * Puts the object, and completes the record. Deleted while it was drawn, nothing may be left of
   * it; unless it was asked for anew by then: that record may count on what had been put.
   */
  async function keep(
    record: ImageRecord,
    task: ProduceTask,
    drawn: Drawn,
    timings: (storeMs: number) => ImageRecord['timings'],
  ): Promise<ImageRecord | undefined> {
    const { body, widthPx, heightPx } = drawn.encoded;
    const info = objectInfo({ ...record, widthPx, heightPx }, drawn.warnings);
    for (;;) {
      const startedAt = performance.now();
      await deps.store.put(record.key, body, info);
      const storeMs = performance.now() - startedAt;
      deps.onStored?.(storeMs / 1000);
      const settled = await deps.records.complete(task.imageId, task.generation, {
        widthPx,
        heightPx,
        bytes: body.length,
        // Those of the data stand first, as the data came first.
        warnings: [...record.warnings, ...drawn.warnings],
        timings: timings(storeMs),
      });
      if (settled) return settled;
      await deps.store.delete(record.key);
      if (!(await deps.records.get(task.imageId))) return undefined;
    }
  }

  async function store(record: ImageRecord, task: ProduceTask): Promise<void> {
    const begunAt = Date.now();
    const startedAt = performance.now();
    const how = { canWait: task.canWait ?? false, alone: task.alone ?? false };
    const drawn = await deps.draw(record.spec, task.signal, how);
    const queueMs = Math.max(0, begunAt - Date.parse(record.createdAt));
    const settled = await keep(record, task, drawn, (storeMs) => ({
      queue: queueMs,
      ...drawn.timings,
      store: round(storeMs),
      total: round(queueMs + performance.now() - startedAt),
    }));
    if (!settled) return;
    deps.onSettled?.(settled);
    await trace(task, 'completed', { warnings: drawn.warnings.length });
  }

  return {
    /** @throws AppError, retryable where another attempt may succeed */
    async produce(task: ProduceTask): Promise<void> {
      const record = await deps.records.start(task.imageId, task.generation);
      // Deleted, settled by an earlier run of this job, or overtaken by a newer generation.
      if (record?.status !== 'active' || record.generation !== task.generation) return;
      await trace(task, 'started');
      try {
        await store(record, task);
      } catch (thrown) {
        const error = toAppError(thrown);
        await trace(task, 'attempt_failed', { code: error.code }).catch(() => undefined);
        throw error;
      }
    },

    /** The final state of an image that no attempt could make. Idempotent. */
    async giveUp(task: { imageId: string; generation: number }, thrown: unknown): Promise<void> {
      const error = toAppError(thrown);
      const record = await deps.records.fail(task.imageId, task.generation, {
        code: error.code,
        message: error.detail,
      });
      if (record?.status !== 'failed' || record.generation !== task.generation) return;
      await trace({ ...task, attempt: 0 }, 'failed', { code: error.code });
      deps.onSettled?.(record);
    },

    async preview(spec: ImageSpec, signal?: AbortSignal): Promise<Preview> {
      const { encoded, warnings } = await deps.draw(spec, signal);
      const { body, contentType, widthPx, heightPx } = encoded;
      return { body, contentType, widthPx, heightPx, warnings };
    },
  };
}

export type Produce = ReturnType<typeof createProduce>;
