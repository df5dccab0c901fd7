import { AppError, type FieldError } from '../errors/app-error.js';
import { type Warning, warningOf } from '../errors/warning.js';
import { DEFAULT_FORMAT, imageFormats } from '../formats/image-formats.js';
import { didYouMean } from '../lib/nearest-name.js';
import type { GivenReading } from '../templates/reading/reading-hints.js';
import { type Resolution, resolveFields } from '../templates/resolve-fields.js';
import type { Template, TemplateRegistry } from '../templates/template.js';
import type { ImageFormat, ImageSize, ImageSpec, Output } from './image.js';
import { imageId } from './image-id.js';
import { objectKeys } from './object-key.js';
import { applyPreset, type PresetName } from './presets.js';

/** Output settings of a request; `completeOutput` fills in the rest. */
export interface OutputRequest {
  /** Where the image will be shown: sets format and byte limit. */
  for?: PresetName | undefined;
  format?: ImageFormat | undefined;
  scale?: number | undefined;
  quality?: number | undefined;
  max_bytes?: number | undefined;
}

/**
 * What happens if the data lacks something required. Not given: the request is refused. `fallback`:
 * another template is used, at last the generic one. `reject`: refused even if a default exists.
 * `review`: held until someone decides.
 */
export type OnMissing = 'fallback' | 'reject' | 'review';

/** A request for one image, from any channel. */
export interface ImageRequest {
  template: string;
  data: unknown;
  size?: string | undefined;
  output?: OutputRequest | undefined;
  onMissing?: OnMissing | undefined;
  /** How the numbers and dates in `data` are written, as far as that is known. */
  reading?: GivenReading | undefined;
}

export interface PreparedImage {
  id: string;
  key: string;
  spec: ImageSpec;
  /** Corrections of the data. */
  warnings: Warning[];
  /** Somebody has to approve it before it is drawn. */
  needsReview: boolean;
}

/** Has no required field, so that something can always be shown. */
export const GENERIC_TEMPLATE = 'generic';

/** Fills in defaults, so that equal requests have equal ids. */
export function completeOutput(request: OutputRequest = {}): Output {
  const output = applyPreset(request);
  const format = output.format ?? DEFAULT_FORMAT;
  const { quality } = imageFormats[format].output;
  return {
    format,
    scale: output.scale ?? 1,
    quality: quality ? (output.quality ?? quality.default) : 0,
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

/** The part of the data that another template has fields for and accepts. */
function sharedData(template: Template, { data, reading }: ImageRequest): Record<string, unknown> {
  const known = Object.entries(data as Record<string, unknown>).filter(([name]) =>
    Object.hasOwn(template.manifest.fields, name),
  );
  const shared = Object.fromEntries(known);
  for (const { field } of resolveFields(template, shared, { reading }).errors)
    if (field) delete shared[field];
  return shared;
}

interface Choice {
  template: Template;
  size: ImageSize;
  resolution: Resolution;
}

/**
 * Steps 2 and 3 of docs/design.md: resolves raw data into complete fields, and computes the id.
 * @throws AppError `template_not_found`, `invalid_request` (size), `invalid_data` (fields)
 */
export function createPrepare(deps: { registry: TemplateRegistry; idKey: Buffer }) {
  /** Fallback templates, the nearest first. */
  function fallbackTemplates(template: Template): Template[] {
    const ids = [template.manifest.fallback_template, GENERIC_TEMPLATE];
    return ids.flatMap((id) => {
      const found = deps.registry.list().find((t) => t.id === id && t.id !== template.id);
      return found ? [found] : [];
    });
  }

  function useFallbackTemplate(choice: Choice, request: ImageRequest): Choice | undefined {
    for (const template of fallbackTemplates(choice.template)) {
      const resolution = resolveFields(template, sharedData(template, request), {
        reading: request.reading,
      });
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
      reading: request.reading,
    });
    const choice = { template, size, resolution };
    const { errors } = resolution;
    if (errors.length === 0) return choice;
    // An error in the call is reported to the caller. Only invalid data leads to a fallback.
    const isInvalidData = errors.every((error) => error.kind === 'invalid_data');
    const other =
      request.onMissing === 'fallback' && isInvalidData
        ? useFallbackTemplate(choice, request)
        : undefined;
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
      key: objectKeys.image(template.id, id, spec.output.format),
      spec,
      warnings: resolution.warnings,
      needsReview: resolution.needsReview,
    };
  };
}

export type Prepare = ReturnType<typeof createPrepare>;
