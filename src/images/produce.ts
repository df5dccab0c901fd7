import { toAppError } from '../errors/app-error.js';
import type { Caller, YieldSlot } from './caller.js';
import type { Draw, Drawn } from './draw.js';
import type { ImageRecord, ImageSpec } from './image.js';
import type { ImageRecords, ObjectStore, Preview, TraceEvent } from './ports.js';
import { objectInfo } from './stored-record.js';

export interface ProduceTask {
  imageId: string;
  generation: number;
  attempt: number;
  /** Nobody waits for it: it goes after jobs that somebody waits for. */
  canWait?: boolean;
  /** To be drawn in a browser of its own: it may have killed the last browser. */
  isolated?: boolean;
  caller?: Caller;
  /** Wraps waiting for assets from outside; other jobs use the slot meanwhile. */
  yieldSlot?: YieldSlot;
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

function eventOf(
  { generation, attempt }: Pick<ProduceTask, 'generation' | 'attempt'>,
  event: string,
  detail: Record<string, unknown> = {},
): TraceEvent {
  return { at: new Date().toISOString(), event, generation, attempt, ...detail };
}

/**
 * The worker's side of an image. Safe to run twice and to abort at any point: the object is stored
 * under the image's own key, and a record changes only while its generation is open.
 */
export function createProduce(deps: ProduceDeps) {
  /**
   * Stores the object and completes the record. If the image was deleted meanwhile, the object is
   * removed again; unless the image was requested anew, because the new record may rely on the
   * object.
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
    const begunAt = Date.now();
    const startedAt = performance.now();
    const { canWait = false, isolated = false, caller, yieldSlot } = task;
    const how = { canWait, isolated, caller, yieldSlot };
    const drawn = await deps.draw(record.spec, task.signal, how);
    const queueMs = Math.max(0, begunAt - Date.parse(record.createdAt));
    const settled = await storeImage(record, task, drawn, (storeMs) => ({
      queue: queueMs,
      ...drawn.timings,
      store: round(storeMs),
      total: round(queueMs + performance.now() - startedAt),
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
      const event = eventOf({ generation, attempt: 0 }, 'failed', { code });
      const record = await deps.records.fail(imageId, generation, { code, message }, event);
      if (record?.status !== 'failed' || record.generation !== generation) return;
      deps.onSettled?.(record);
    },

    async preview(
      spec: ImageSpec,
      signal?: AbortSignal,
      asking: Pick<ProduceTask, 'caller' | 'yieldSlot'> = {},
    ): Promise<Preview> {
      const { encoded, warnings } = await deps.draw(spec, signal, asking);
      const { body, contentType, widthPx, heightPx } = encoded;
      return { body, contentType, widthPx, heightPx, warnings };
    },
  };
}
