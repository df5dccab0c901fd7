import type { Settings } from '../config/settings.js';
import { AppError, toAppError } from '../errors/app-error.js';
import type { ImageRecords, RenderQueue } from '../images/ports.js';
import { createProduce } from '../images/produce.js';
import { reconcile } from '../images/reconcile.js';
import type { Logger } from '../observability/logger.js';
import { createRenderWorker } from '../queue/render-worker.js';
import { connectForWork } from '../records/redis-connections.js';
import { createRetryingStore } from '../storage/retrying-store.js';
import type { TemplateRegistry } from '../templates/template.js';
import { composeDrawing, type DrawingLimits } from './drawing.js';
import type { Observers } from './observers.js';
import { everyRedisCheck, type Records } from './records.js';
import type { Storage } from './storage.js';

const RECONCILE_INTERVAL_MS = 15_000;
/**
 * How long a finished image is kept for a failing storage; with five attempts an outage of minutes
 * fails no image.
 */
const STORAGE_RETRY_MS = 60_000;

/** For readiness. */
export async function requireBrowser(isReady: () => Promise<boolean>): Promise<void> {
  if (await isReady()) return;
  throw new AppError('browser_unavailable', { detail: 'The browser does not answer.' });
}

/** Repeatedly repairs accepted images without a job, as long as the process runs. */
function keepReconciling(
  parts: {
    records: ImageRecords;
    queue: RenderQueue;
    giveUp(task: { imageId: string; generation: number }, error: unknown): Promise<void>;
  },
  logger: Logger,
): () => void {
  const timer = setInterval(() => {
    reconcile(parts)
      .then((mended) => {
        if (mended > 0) logger.warn({ mended }, 'images that nobody worked on were taken up again');
      })
      .catch((error: unknown) => logger.warn({ err: error }, 'could not look for lost images'));
  }, RECONCILE_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Builds the render worker: takes jobs, draws, stores and records images. */
export async function composeRenderWorker(
  settings: Settings,
  parts: {
    registry: TemplateRegistry;
    storage: Storage;
    records: Records;
    redisUrl: string;
    limits?: DrawingLimits;
  },
  observers: Observers,
) {
  const { logger, metrics } = observers;
  const { records, storage, registry, redisUrl } = parts;
  const drawing = await composeDrawing(settings, registry, observers, parts.limits);
  // At once and not with the first job: a Chromium that cannot start is noticed at once.
  drawing.supervisor.lease().then(
    (lease) => lease.release(),
    (error: unknown) => logger.error({ err: error }, 'Chromium does not start; retrying per job'),
  );
  const redis = connectForWork(redisUrl);
  const aborted = new AbortController();
  const { produce, giveUp, preview } = createProduce({
    draw: drawing.draw,
    records: records.records,
    store: createRetryingStore(storage.store, {
      retryForMs: STORAGE_RETRY_MS,
      ended: aborted.signal,
      onWaiting: ({ detail }) => logger.warn({ detail }, 'a picture waits for its storage'),
    }),
    onStored: (seconds) => metrics.renderStage('store', seconds),
    onSettled: (record) => {
      const { spec, status, error, timings } = record;
      if (status === 'queued' || status === 'active') return;
      if (status === 'completed') metrics.imageCompleted(timings.total / 1000);
      metrics.imageSettled(spec.templateId, status, error?.code);
    },
  });
  const worker = createRenderWorker({
    redis,
    // Twice the pages: assets are fetched and images encoded while others are rendered.
    concurrency: settings.renderConcurrency * 2,
    // One more than the pages keeps them busy; with two more a single image takes a third longer
    // beside a batch, and the batch gains 3% (npm run bench -- batch).
    bulkConcurrency: settings.renderConcurrency + 1,
    // One less than the pages, so that a caller with a key finds a free one. With half of them,
    // readers of a flooded link hardly get their images (npm run bench -- flood).
    linkConcurrency: Math.max(1, settings.renderConcurrency - 1),
    produce: async (task) => {
      try {
        await produce(task);
      } catch (error) {
        const { imageId, attempt } = task;
        const { code, detail, retryable } = toAppError(error);
        // Errors that another attempt may solve are expected; only unexpected ones need a stack.
        const cause = code === 'internal' ? { err: error } : { detail };
        logger.warn({ image_id: imageId, attempt, code, retryable, ...cause }, 'an attempt failed');
        throw error;
      }
    },
    giveUp,
    preview,
    measure: drawing.measure,
    probe: drawing.probe,
    onDeath: (work, deaths) =>
      logger.error({ work, deaths }, 'a process died while it worked on this'),
    onError: (error) => logger.warn({ err: error }, 'the worker reports an error'),
  });
  const stopReconciling = keepReconciling(
    { records: records.records, queue: records.queue, giveUp },
    logger,
  );
  return {
    drawing,
    checks: {
      redis: everyRedisCheck(records.redis),
      storage: () => storage.store.probe(),
      browser: () => requireBrowser(() => drawing.supervisor.isHealthy(5_000)),
    },
    /** Finishes jobs in flight, for at most `timeoutMs`; the rest returns to the queue. */
    async close(timeoutMs: number): Promise<void> {
      stopReconciling();
      await worker.close(timeoutMs, () => {
        aborted.abort();
        return drawing.supervisor.close();
      });
      await drawing.close();
      redis.disconnect();
    },
  };
}
