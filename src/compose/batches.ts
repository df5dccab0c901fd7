import { join } from 'node:path';
import { createBatchService } from '../batches/batch-service.js';
import { createBatchCheck } from '../batches/check-rows.js';
import { createEndRow, type EndedRow } from '../batches/end-row.js';
import { createFeedBatch } from '../batches/feed-batch.js';
import type { HeldImages } from '../batches/ports.js';
import { createRunBatches } from '../batches/run-batches.js';
import { limitChecks } from '../checks/limit-checks.js';
import { MEGABYTE } from '../config/machine.js';
import type { Settings } from '../config/settings.js';
import { createThumbnailer } from '../encode/draw-thumbnail.js';
import { batchNotice, rowNotice } from '../http/presenters/present-notice.js';
import { createReadBatchInput } from '../http/read-batch-input.js';
import { batchCheckRoutes } from '../http/routes/batch-check-routes.js';
import { batchEventRoutes } from '../http/routes/batch-event-routes.js';
import { batchResultRoutes } from '../http/routes/batch-result-routes.js';
import { batchRoutes } from '../http/routes/batch-routes.js';
import type { ImageSpec } from '../images/image.js';
import type { ImageService } from '../images/image-service.js';
import type { Preview } from '../images/ports.js';
import { completeOutput, resolveSize } from '../images/prepare.js';
import { createMeasurer } from '../queue/measurer.js';
import { createProber } from '../queue/prober.js';
import { createBatchRecords } from '../records/batch-records.js';
import { ROWS_PER_CHUNK } from '../records/batch-rows.js';
import { connectForWork } from '../records/redis-connections.js';
import { sweepUploads } from '../tables/sweep-uploads.js';
import type { TemplateRegistry } from '../templates/template.js';
import type { WebhookService } from '../webhooks/webhook-service.js';
import type { Observers } from './observers.js';
import type { Records } from './records.js';
import type { Storage } from './storage.js';

/** 100,000 rows of a typical list are about 20 MB. */
const MAX_UPLOAD_BYTES = 256 * MEGABYTE;
const MAX_JSON_BYTES = 32 * MEGABYTE;
/** For checks: rows that a worker measures in one request, and how many requests are in flight. */
const ROWS_PER_REQUEST = 50;
const REQUESTS_AT_ONCE = 4;
const CHECKS_AT_ONCE = 2;
/** Limit for one request, including its wait in the queue. */
const ANSWER_TIMEOUT_MS = 120_000;

/** Builds batches: their use cases, the loop that runs them, and their endpoints. */
export function composeBatches(
  settings: Settings,
  parts: {
    registry: TemplateRegistry;
    storage: Storage;
    records: Records;
    images: ImageService;
    /** Draws one image as it would be rendered; it is not stored. */
    preview(spec: ImageSpec): Promise<Preview>;
    redisUrl: string;
    webhooks: WebhookService;
    /** Holds of batches in the quotas of keys. */
    held: HeldImages;
    /** Aborted at shutdown, so that streams end too. */
    ending: AbortSignal;
  },
  { logger }: Pick<Observers, 'logger'>,
) {
  const { registry, storage, images, webhooks } = parts;
  const { store } = storage;
  const imageRecords = parts.records.records;
  const records = createBatchRecords(parts.records.redis, {
    retentionDays: settings.batchRetentionDays,
  });

  async function notifyRow(ended: EndedRow): Promise<void> {
    const { batch, row } = ended;
    const { webhookUrl: url } = batch.spec;
    if (!url) return;
    const [given] = await records.rows(batch.id, row, row + 1);
    const { publicUrl } = images;
    await webhooks.notify(rowNotice(ended, { url, ref: given?.ref, publicUrl }));
  }

  const endRow = createEndRow({
    records,
    images: imageRecords.getMany,
    notifyRow,
    onNoneInFlight: () => loop.nudge(),
  });
  const { feed } = createFeedBatch({
    records,
    prepare: images.prepare,
    loadTemplate: images.loadTemplate,
    ensure: images.ensure,
    endRow,
    held: parts.held,
  });
  const loop = createRunBatches({
    records,
    feed,
    endRow,
    held: parts.held,
    bulkWaiting: () => parts.records.queue.bulkWaiting(),
    bulkDelayed: () => parts.records.queue.bulkDelayed(),
    async notifyEnd(batch) {
      const { webhookUrl: url } = batch.spec;
      if (url) await webhooks.notify(batchNotice(await batches.view(batch), url));
    },
    onError: (error) => logger.warn({ err: error }, 'the batches could not be moved on'),
  });
  const batches = createBatchService({
    records,
    held: parts.held,
    rowsPerChunk: ROWS_PER_CHUNK,
    maxRows: settings.batchMaxRows,
    assertSpec({ template, size, output }) {
      resolveSize(registry.get(template), size);
      completeOutput(output);
    },
    areActive: imageRecords.areActive,
    publicUrl: (key) => store.publicUrl(key),
    onChanged: () => loop.nudge(),
  });
  const uploadDirectory = join(settings.dataDir, 'uploads');
  sweepUploads(uploadDirectory).catch((error: unknown) =>
    logger.warn({ err: error }, 'old uploads could not be removed'),
  );
  const readInput = createReadBatchInput({
    registry,
    uploadDirectory,
    maxUploadBytes: MAX_UPLOAD_BYTES,
    maxJsonBytes: MAX_JSON_BYTES,
  });

  const connect = () => connectForWork(parts.redisUrl);
  const limits = { timeoutMs: ANSWER_TIMEOUT_MS };
  const check = createBatchCheck({
    registry,
    prepare: images.prepare,
    measure: createMeasurer(parts.records.queue.bulkRequests, connect, limits).measure,
    probe: createProber(parts.records.queue.bulkRequests, connect, limits).probe,
    preview: parts.preview,
    thumbnail: createThumbnailer().thumbnail,
    chunkRows: ROWS_PER_REQUEST,
    concurrency: REQUESTS_AT_ONCE,
  });

  return {
    batches,
    onSettled: endRow.onSettled,
    loop,
    endpoints: [
      // Before `{id}`, which would match "check".
      ...batchCheckRoutes({ check: limitChecks(check, CHECKS_AT_ONCE), readInput }),
      ...batchRoutes({ batches, readInput, assertWebhook: webhooks.assertEndpoint }),
      ...batchEventRoutes({ batches, ending: parts.ending }),
      ...batchResultRoutes({
        batches,
        readPicture: async (key) => (await store.get(key))?.body,
      }),
    ],
  };
}
