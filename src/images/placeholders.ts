import { createHash } from 'node:crypto';
import type { AppError } from '../errors/app-error.js';
import { type Warning, warningOf } from '../errors/warning.js';
import { fieldTypeOf } from '../templates/field-types/field-types.js';
import type { FieldSpec } from '../templates/manifest.js';
import { parseAssetAddress } from '../templates/parse-address.js';
import { templateAssets as templateAssetPaths } from '../templates/resolve-fields.js';
import type { Template, TemplateAsset } from '../templates/template.js';
import type { ImageSpec } from './image.js';
import type { Asset, AssetRequest, PlaceholderSource } from './ports.js';

/*
 * What an image field shows if its asset is missing or failed.
 */

const templateAssets = new WeakMap<TemplateAsset, Asset>();

/** A file of the template as an asset, unchanged. */
export function templateAsset(asset: TemplateAsset): Asset {
  const known = templateAssets.get(asset);
  if (known) return known;
  const prepared: Asset = {
    hash: createHash('sha256').update(asset.body).digest('hex'),
    contentType: asset.contentType as Asset['contentType'],
    body: asset.body,
    widthPx: 0,
    heightPx: 0,
  };
  templateAssets.set(asset, prepared);
  return prepared;
}

/** The part that a crop has to keep; undefined if the layout shows the middle by itself. */
export function cropFocus({ box, focus = 'center' }: FieldSpec): AssetRequest['focus'] {
  return box === undefined || focus === 'center' ? undefined : focus;
}

/** The field's fallback in the form of a field value, in which `asset:` paths are complete. */
export function fallbackAddress(template: Template, field: FieldSpec): string | undefined {
  if (typeof field.fallback !== 'string') return undefined;
  const parsed = parseAssetAddress(field.fallback, templateAssetPaths(template));
  return 'problem' in parsed ? undefined : parsed.value;
}

/** Default for `initials_from`: the first text field with a name such as "author". */
function nameField(template: Template): string | undefined {
  return Object.entries(template.manifest.fields)
    .filter(([, field]) => fieldTypeOf(field).givesInitials)
    .map(([name]) => name)
    .find((name) => /name|author|host|speaker|recipient/.test(name));
}

/** The placeholder for an asset that failed, as `on_error` says; undefined for nothing. */
export function placeholderOf(
  placeholders: PlaceholderSource,
  template: Template,
  field: FieldSpec,
  spec: Pick<ImageSpec, 'fields'>,
): Asset | undefined {
  const how = field.on_error ?? 'placeholder';
  if (how === 'hide') return undefined;
  const from = field.initials_from ?? nameField(template);
  const name = from === undefined ? undefined : spec.fields[from];
  return placeholders.placeholder(
    field,
    how === 'initials' && typeof name === 'string' && name !== '' ? name : undefined,
  );
}

/** The placeholder for an asset that was not given: only if the field explicitly asks for one. */
export function placeholderForMissing(
  placeholders: PlaceholderSource,
  template: Template,
  field: FieldSpec,
  spec: Pick<ImageSpec, 'fields'>,
): Asset | undefined {
  const wanted = field.on_error === 'placeholder' || field.on_error === 'initials';
  return wanted ? placeholderOf(placeholders, template, field, spec) : undefined;
}

const shown: Record<NonNullable<FieldSpec['on_error']>, string> = {
  placeholder: 'A placeholder is shown instead.',
  initials: 'The initials are shown instead.',
  hide: 'It is left out.',
};

/**
 * @param detail why it failed
 * @param hasSpare whether the field's fallback is shown instead
 */
export function assetFailed(
  name: string,
  field: FieldSpec,
  { detail, retryable }: Pick<AppError, 'detail' | 'retryable'>,
  hasSpare: boolean,
): Warning {
  const how = hasSpare
    ? "The template's own picture is shown instead."
    : shown[field.on_error ?? 'placeholder'];
  const warning = warningOf('picture_failed', `${detail} ${how}`, name);
  return retryable ? { ...warning, retryable } : warning;
}
