import { join } from 'node:path';
import { createBatchService } from '../batches/batch-service.js';
import { createEndRow, type EndedRow } from '../batches/end-row.js';
import { createFeedBatch } from '../batches/feed-batch.js';
import { createRunBatches } from '../batches/run-batches.js';
import type { Settings } from '../config/settings.js';
import { presentBatch } from '../http/presenters/present-batch.js';
import { presentImage } from '../http/presenters/present-image.js';
import { createReadBatchInput } from '../http/read-batch-input.js';
import { batchEventRoutes } from '../http/routes/batch-event-routes.js';
import { batchResultRoutes } from '../http/routes/batch-result-routes.js';
import { batchRoutes } from '../http/routes/batch-routes.js';
import type { ImageService } from '../images/image-service.js';
import { completeOutput, resolveSize } from '../images/prepare.js';
import { createBatchRecords } from '../records/batch-records.js';
import { ROWS_PER_CHUNK } from '../records/batch-rows.js';
import { sweepUploads } from '../tables/sweep-uploads.js';
import type { LoadedTemplateRegistry } from '../templates/registry.js';
import { deliveryId } from '../webhooks/delivery-id.js';
import type { WebhookService } from '../webhooks/webhook-service.js';
import { MEGABYTE } from './drawing.js';
import type { Observers } from './observers.js';
import type { Records } from './records.js';
import type { Storage } from './storage.js';

/** 100,000 rows of a usual list have some 20 MB. */
const MAX_UPLOAD_BYTES = 256 * MEGABYTE;
const MAX_JSON_BYTES = 32 * MEGABYTE;

/** Batches: their use cases, the loop that moves them on, and their endpoints. */
export function composeBatches(
  settings: Settings,
  parts: {
    registry: LoadedTemplateRegistry;
    storage: Storage;
    records: Records;
    images: ImageService;
    webhooks: WebhookService;
    /** Aborted when the process ends, so that streams end with it. */
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

  async function tellRow({ batch, row, result, image }: EndedRow): Promise<void> {
    const { webhookUrl: url } = batch.spec;
    if (!url) return;
    const type = result.status === 'failed' ? 'image.failed' : 'image.completed';
    const [given] = await records.rows(batch.id, row, row + 1);
    const { error, warnings, status } = result;
    const shown = image
      ? presentImage(
          { ...image, warnings },
          { url: images.publicUrl(image), reused: status === 'reused' },
        )
      : { status: 'failed', warnings, error };
    await webhooks.notify({
      id: deliveryId({ type, subject: `${batch.id} ${batch.run} ${row}`, url }),
      url,
      type,
      data: {
        ...shown,
        batch_id: batch.id,
        row: row + 1,
        ...(given?.ref ? { ref: given.ref } : {}),
      },
    });
  }

  const endRow = createEndRow({ records, image: imageRecords.get, tellRow });
  const { feed } = createFeedBatch({
    records,
    prepare: images.prepare,
    place: images.place,
    endRow,
  });
  const loop = createRunBatches({
    records,
    feed,
    endRow,
    bulkWaiting: () => parts.records.queue.bulkWaiting(),
    async tellEnd(batch) {
      const { webhookUrl: url } = batch.spec;
      if (!url) return;
      const type = 'batch.completed' as const;
      await webhooks.notify({
        id: deliveryId({ type, subject: `${batch.id} ${batch.run}`, url }),
        url,
        type,
        data: presentBatch(await batches.view(batch)),
      });
    },
    onError: (error) => logger.warn({ err: error }, 'the batches could not be moved on'),
  });
  const batches = createBatchService({
    records,
    rowsPerChunk: ROWS_PER_CHUNK,
    maxRows: settings.batchMaxRows,
    assertSpec({ template, size, output }) {
      resolveSize(registry.get(template), size);
      completeOutput(output);
    },
    imageStatuses: imageRecords.statuses,
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

  return {
    batches,
    onSettled: endRow.onSettled,
    loop,
    endpoints: [
      ...batchRoutes({ batches, readInput, assertWebhook: webhooks.assertEndpoint }),
      ...batchEventRoutes({ batches, ending: parts.ending }),
      ...batchResultRoutes({
        batches,
        readPicture: async (key) => (await store.get(key))?.body,
      }),
    ],
  };
}
