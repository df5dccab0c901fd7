import type { z } from 'zod';
import type { BatchItem, BatchView } from '../../batches/batch-service.js';
import type { batchItemSchema, batchSchema } from '../schemas/batch.js';

/** The batch as the API shows it. */
export function presentBatch({
  batch,
  counts,
  etaSeconds,
  failures,
}: BatchView): z.infer<typeof batchSchema> {
  return {
    id: batch.id,
    status: batch.status,
    template: batch.spec.template,
    total: batch.total,
    counts,
    ...(failures ? { failures } : {}),
    rate_per_second: batch.rate ?? null,
    eta_seconds: etaSeconds,
    run: batch.run,
    notes: batch.notes,
    ...(batch.spec.columns ? { columns: batch.spec.columns } : {}),
    created_at: batch.createdAt,
    finished_at: batch.finishedAt ?? null,
  };
}

/** One row of a batch as the API shows it, without its data. */
export function presentItem({
  row,
  status,
  given,
  result,
  url,
}: BatchItem): z.infer<typeof batchItemSchema> {
  return {
    row,
    ...(given.line ? { line: given.line } : {}),
    ...(given.ref ? { ref: given.ref } : {}),
    status,
    ...(result?.imageId ? { image_id: result.imageId } : {}),
    ...(url ? { image_url: url } : {}),
    warnings: result?.warnings ?? [],
    ...(result?.error ? { error: result.error } : {}),
  };
}
