import type { BatchView } from '../../batches/batch-service.js';
import type { EndedRow } from '../../batches/end-row.js';
import type { ImageRecord } from '../../images/image.js';
import type { Page, PageImage } from '../../publishing/page-record.js';
import { deliveryId } from '../../webhooks/delivery-id.js';
import type { Notice } from '../../webhooks/webhook-service.js';
import { presentBatch } from './present-batch.js';
import { presentImage } from './present-image.js';
import { presentPage } from './present-page.js';

/* The messages of webhooks beside those of plain images; docs/webhooks.md tells them. */

type PublicUrl = (image: ImageRecord) => string;

/** A row of a batch has ended. `ref` is the row's own. */
export function rowNotice(
  { batch, row, result, image }: EndedRow,
  { url, ref, publicUrl }: { url: string; ref: string | undefined; publicUrl: PublicUrl },
): Notice {
  const type = result.status === 'failed' ? 'image.failed' : 'image.completed';
  const { error, warnings, status } = result;
  const shown = image
    ? presentImage({ ...image, warnings }, { url: publicUrl(image), reused: status === 'reused' })
    : { status: 'failed', warnings, error };
  return {
    id: deliveryId({ type, subject: `${batch.id} ${batch.run} ${row}`, url }),
    url,
    type,
    data: { ...shown, batch_id: batch.id, row: row + 1, ...(ref ? { ref } : {}) },
  };
}

/** All rows of a batch have ended. */
export function batchNotice(view: BatchView, url: string): Notice {
  const type = 'batch.completed' as const;
  const { id: batch, run } = view.batch;
  return {
    id: deliveryId({ type, subject: `${batch} ${run}`, url }),
    url,
    type,
    data: presentBatch(view),
  };
}

/** An image of a page was drawn, or failed; `record` is absent where it was deleted meanwhile. */
export function pageImageNotice(
  page: Page,
  { wanted, state }: PageImage,
  {
    url,
    record,
    publicUrl,
    shown,
  }: {
    url: string;
    record: ImageRecord | undefined;
    publicUrl: PublicUrl;
    shown: Parameters<typeof presentPage>[1];
  },
): Notice {
  const type = state === 'ready' ? 'image.completed' : 'image.failed';
  const image = record
    ? presentImage(record, { url: publicUrl(record), reused: false })
    : { id: wanted.imageId, status: 'failed' };
  const subject = `page ${page.key} ${wanted.size} ${page.updatedAt}`;
  return {
    id: deliveryId({ type, subject, url }),
    url,
    type,
    data: { ...image, page: presentPage(page, shown) },
  };
}
