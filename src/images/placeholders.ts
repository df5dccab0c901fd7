import type { AppError } from '../errors/app-error.js';
import { type Warning, warningOf } from '../errors/warning.js';
import { fieldTypeOf } from '../templates/field-types/field-types.js';
import type { FieldSpec } from '../templates/manifest.js';
import { parseAssetAddress } from '../templates/parse-address.js';
import { templateAssets } from '../templates/resolve-fields.js';
import type { Template } from '../templates/template.js';
import type { ImageSpec } from './image.js';
import type { Asset, PlaceholderSource } from './ports.js';

/*
 * What an asset field shows if its asset is missing or failed.
 */

/** The field's fallback in the form of a field value, in which `asset:` paths are complete. */
export function fallbackAddress(template: Template, field: FieldSpec): string | undefined {
  if (typeof field.fallback !== 'string') return undefined;
  const parsed = parseAssetAddress(field.fallback, templateAssets(template));
  return 'problem' in parsed ? undefined : parsed.value;
}

/** Default for `initials_from`: the first field that can hold a person's name, such as "author". */
function initialsField(template: Template): string | undefined {
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
  const onError = field.on_error ?? 'placeholder';
  if (onError === 'hide') return undefined;
  const from = field.initials_from ?? initialsField(template);
  const name = from === undefined ? undefined : spec.fields[from];
  return placeholders.placeholder(
    field,
    onError === 'initials' && typeof name === 'string' && name !== '' ? name : undefined,
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

const shownInstead: Record<NonNullable<FieldSpec['on_error']>, string> = {
  placeholder: 'A placeholder is shown instead.',
  initials: 'The initials are shown instead.',
  hide: 'It is left out.',
};

/**
 * The warning for an asset that failed, with what is shown instead.
 * @param name of the field
 * @param hasFallback whether the field's fallback is shown
 */
export function assetFailedWarning(
  name: string,
  field: FieldSpec,
  { detail, retryable }: Pick<AppError, 'detail' | 'retryable'>,
  hasFallback: boolean,
): Warning {
  const instead = hasFallback
    ? "The template's own picture is shown instead."
    : shownInstead[field.on_error ?? 'placeholder'];
  const warning = warningOf('picture_failed', `${detail} ${instead}`, name);
  return retryable ? { ...warning, retryable } : warning;
}
