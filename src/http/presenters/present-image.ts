import type { z } from 'zod';
import type { ImageRecord } from '../../images/image.js';
import type { imageSchema } from '../schemas/image.js';

export type ImageBody = z.infer<typeof imageSchema>;

export interface PresentImageOptions {
  url: string;
  reused: boolean;
  /** What this caller said; a shared image may have been asked for first by someone else. */
  metadata?: Record<string, string> | undefined;
}

/** The image as the API shows it. */
export function presentImage(record: ImageRecord, options: PresentImageOptions): ImageBody {
  const { spec } = record;
  return {
    id: record.id,
    status: record.status,
    url: options.url,
    template: spec.templateId,
    template_version: spec.templateVersion,
    size: spec.size.name,
    width: record.widthPx,
    height: record.heightPx,
    format: spec.output.format,
    bytes: record.bytes,
    reused: options.reused,
    warnings: record.warnings,
    timings_ms: record.timings,
    metadata: options.metadata ?? record.metadata,
    created_at: record.createdAt,
    ...(record.error ? { error: record.error } : {}),
    ...(record.status === 'review' ? { preview_url: `/v1/images/${record.id}/preview` } : {}),
  };
}
