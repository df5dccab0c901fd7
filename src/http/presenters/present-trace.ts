import type { z } from 'zod';
import { imageFormats } from '../../formats/image-formats.js';
import type { ImageRecord } from '../../images/image.js';
import type { TraceEvent } from '../../images/ports.js';
import type { traceSchema } from '../schemas/image.js';

/** An image's way through template, data, generation, URL and delivery. */
export function presentTrace(
  record: ImageRecord,
  events: TraceEvent[],
  url: string,
): z.infer<typeof traceSchema> {
  const { spec } = record;
  const { size, output } = spec;
  return {
    id: record.id,
    template: {
      id: spec.templateId,
      version: spec.templateVersion,
      size: { name: size.name, width: size.widthPx, height: size.heightPx },
    },
    data: { fields: spec.fields, warnings: record.warnings, metadata: record.metadata },
    generation: {
      number: record.generation,
      status: record.status,
      output: {
        format: output.format,
        scale: output.scale,
        quality: output.quality || null,
        max_bytes: output.maxBytes || null,
      },
      created_at: record.createdAt,
      completed_at: record.completedAt ?? null,
      timings_ms: record.timings,
      ...(record.error ? { error: record.error } : {}),
      events,
    },
    url: { canonical: url, key: record.key },
    delivery: {
      stored: record.status === 'completed',
      content_type: imageFormats[output.format].mediaType,
      bytes: record.bytes,
      width: record.widthPx,
      height: record.heightPx,
    },
  };
}
