import { AppError, type FieldError } from '../errors/app-error.js';
import { nearestName } from '../templates/nearest-name.js';
import { resolveFields } from '../templates/resolve-fields.js';
import type { Template, TemplateRegistry, Warning } from '../templates/template.js';
import type { ImageFormat, ImageSize, ImageSpec, Output } from './image.js';
import { imageId, objectKey } from './image-id.js';

/** What a caller may say about the output; the rest is filled in by `completeOutput`. */
export interface OutputRequest {
  format?: ImageFormat | undefined;
  scale?: number | undefined;
  quality?: number | undefined;
  max_bytes?: number | undefined;
}

export type OnMissing = 'fallback' | 'reject';

/** A wish for one picture, from whatever channel. */
export interface ImageRequest {
  template: string;
  data: unknown;
  size?: string | undefined;
  output?: OutputRequest | undefined;
  onMissing?: OnMissing | undefined;
}

export interface PreparedImage {
  id: string;
  key: string;
  spec: ImageSpec;
  /** What was mended in the data. */
  warnings: Warning[];
}

/** 85 is where JPEG artefacts around text stop being visible at arm's length; WebP needs less. */
const DEFAULT_QUALITY: Record<ImageFormat, number> = { png: 0, jpeg: 85, webp: 82 };

/** Fills in what was left open, so that equal wishes have equal ids. */
export function completeOutput(output: OutputRequest = {}): Output {
  const format = output.format ?? 'png';
  return {
    format,
    scale: output.scale ?? 1,
    quality: format === 'png' ? 0 : (output.quality ?? DEFAULT_QUALITY[format]),
    maxBytes: output.max_bytes ?? 0,
  };
}

/** @throws AppError `invalid_request` that lists the template's sizes */
export function resolveSize(template: Template, name?: string): ImageSize {
  const { sizes, default_size: defaultSize } = template.manifest;
  const wanted = name ?? defaultSize;
  const size = Object.hasOwn(sizes, wanted) ? sizes[wanted] : undefined;
  if (!size) {
    const names = Object.keys(sizes);
    const near = nearestName(wanted, names);
    const message = `Template "${template.id}" has no size "${wanted.slice(0, 64)}". ${
      near ? `Did you mean "${near}"? ` : ''
    }Its sizes are: ${names.join(', ')}.`;
    throw new AppError('invalid_request', {
      detail: message,
      errors: [{ path: 'size', message }],
    });
  }
  return { name: wanted, widthPx: size[0], heightPx: size[1] };
}

function invalidData(templateId: string, errors: FieldError[]): AppError {
  const first = errors[0];
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new AppError('invalid_data', {
    detail: first ? `${first.path}: ${first.message}${more}` : `Template "${templateId}" refused.`,
    errors,
  });
}

/**
 * Steps 2 and 3 of an image's way: raw data becomes complete fields, and the whole gets its name.
 * @throws AppError `template_not_found`, `invalid_request` (size), `invalid_data` (fields)
 */
export function createPrepare(deps: { registry: TemplateRegistry; idKey: Buffer }) {
  return function prepare(request: ImageRequest): PreparedImage {
    const template = deps.registry.get(request.template);
    const size = resolveSize(template, request.size);
    const resolved = resolveFields(template, request.data, {
      ...(request.onMissing ? { onMissing: request.onMissing } : {}),
    });
    if (resolved.errors.length > 0) throw invalidData(template.id, resolved.errors);
    const spec: ImageSpec = {
      templateId: template.id,
      templateVersion: template.version,
      fields: resolved.fields,
      size,
      output: completeOutput(request.output),
    };
    const id = imageId(deps.idKey, spec);
    return {
      id,
      key: objectKey(template.id, id, spec.output.format),
      spec,
      warnings: resolved.warnings,
    };
  };
}

export type Prepare = ReturnType<typeof createPrepare>;
