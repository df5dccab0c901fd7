import { AppError, type FieldError } from '../errors/app-error.js';
import { type Warning, warningOf } from '../errors/warning.js';
import { didYouMean } from '../templates/nearest-name.js';
import { type Resolution, resolveFields } from '../templates/resolve-fields.js';
import type { Template, TemplateRegistry } from '../templates/template.js';
import type { ImageFormat, ImageSize, ImageSpec, Output } from './image.js';
import { imageId, objectKey } from './image-id.js';
import { applyPreset, type PresetName } from './presets.js';

/** What a caller may say about the output; the rest is filled in by `completeOutput`. */
export interface OutputRequest {
  /** Where the picture is shown: sets format and byte limit. */
  for?: PresetName | undefined;
  format?: ImageFormat | undefined;
  scale?: number | undefined;
  quality?: number | undefined;
  max_bytes?: number | undefined;
}

/**
 * What data leads to that the template cannot mend. Not given: it is refused. `fallback`: another
 * template steps in, in the end the generic card. `reject`: refused even where it could be mended.
 * `review`: kept until someone decides.
 */
export type OnMissing = 'fallback' | 'reject' | 'review';

/** A request for one picture, from whatever channel. */
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
  /** Someone has to look before it is drawn. */
  needsReview: boolean;
}

/** Has no required field, so that there is always something to show. */
export const GENERIC_TEMPLATE = 'generic';

/** 85 is where JPEG artefacts around text stop being visible at arm's length; WebP needs less. */
const DEFAULT_QUALITY: Record<ImageFormat, number> = { png: 0, jpeg: 85, webp: 82 };

/** Fills in what was left open, so that equal requests have equal ids. */
export function completeOutput(request: OutputRequest = {}): Output {
  const output = applyPreset(request);
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
    const shown = wanted.slice(0, 64);
    const message = `Template "${template.id}" has no size "${shown}".${didYouMean(wanted, names)} Its sizes are: ${names.join(', ')}.`;
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
    errors: errors.map(({ path, message }) => ({ path, message })),
  });
}

/** The size of the same name, or of the same shape; else the template's own. */
function sizeLike(template: Template, size: ImageSize): ImageSize {
  const { sizes } = template.manifest;
  const same = Object.entries(sizes).find(
    ([name, [width, height]]) =>
      name === size.name || (width === size.widthPx && height === size.heightPx),
  );
  return resolveSize(template, same?.[0]);
}

/** What of the data another template knows too and can use as it is. */
function sharedData(template: Template, data: unknown): Record<string, unknown> {
  const known = Object.entries(data as Record<string, unknown>).filter(([name]) =>
    Object.hasOwn(template.manifest.fields, name),
  );
  const shared = Object.fromEntries(known);
  for (const { field } of resolveFields(template, shared).errors) if (field) delete shared[field];
  return shared;
}

interface Choice {
  template: Template;
  size: ImageSize;
  resolution: Resolution;
}

/**
 * Steps 2 and 3 of an image's way: raw data becomes complete fields, and the whole gets its name.
 * @throws AppError `template_not_found`, `invalid_request` (size), `invalid_data` (fields)
 */
export function createPrepare(deps: { registry: TemplateRegistry; idKey: Buffer }) {
  /** The templates that may step in, nearest first. */
  function placeholders(template: Template): Template[] {
    const ids = [template.manifest.fallback_template, GENERIC_TEMPLATE];
    return ids.flatMap((id) => {
      const found = deps.registry.list().find((t) => t.id === id && t.id !== template.id);
      return found ? [found] : [];
    });
  }

  function stepIn(choice: Choice, data: unknown): Choice | undefined {
    for (const template of placeholders(choice.template)) {
      const resolution = resolveFields(template, sharedData(template, data));
      if (resolution.errors.length > 0) continue;
      const reasons = choice.resolution.errors.map((error) => error.message).join(' ');
      const warning = warningOf(
        'fallback_template_used',
        `${reasons} Therefore the template "${template.id}" is shown instead of "${choice.template.id}".`,
      );
      return {
        template,
        size: sizeLike(template, choice.size),
        resolution: { ...resolution, warnings: [warning, ...resolution.warnings] },
      };
    }
    return undefined;
  }

  function choose(request: ImageRequest): Choice {
    const template = deps.registry.get(request.template);
    const size = resolveSize(template, request.size);
    const resolution = resolveFields(template, request.data, {
      ...(request.onMissing ? { onMissing: request.onMissing } : {}),
    });
    const choice = { template, size, resolution };
    const { errors } = resolution;
    if (errors.length === 0) return choice;
    // A mistake in the call is the caller's to mend; only what data can be like is stepped in for.
    const isInvalidData = errors.every((error) => error.kind === 'invalid_data');
    const other =
      request.onMissing === 'fallback' && isInvalidData ? stepIn(choice, request.data) : undefined;
    if (!other) throw invalidData(template.id, errors);
    return other;
  }

  return function prepare(request: ImageRequest): PreparedImage {
    const { template, size, resolution } = choose(request);
    const spec: ImageSpec = {
      templateId: template.id,
      templateVersion: template.version,
      fields: resolution.fields,
      size,
      output: completeOutput(request.output),
    };
    const id = imageId(deps.idKey, spec);
    return {
      id,
      key: objectKey(template.id, id, spec.output.format),
      spec,
      warnings: resolution.warnings,
      needsReview: resolution.needsReview,
    };
  };
}

export type Prepare = ReturnType<typeof createPrepare>;
