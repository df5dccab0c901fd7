import { createHash } from 'node:crypto';
import { type Warning, warningOf } from '../errors/warning.js';
import type { FieldSpec } from '../templates/manifest.js';
import { parseAssetAddress } from '../templates/parse-address.js';
import { templateAssets as templateAssetPaths } from '../templates/resolve-fields.js';
import type { Template, TemplateAsset } from '../templates/template.js';
import type { ImageSpec } from './image.js';
import type { Asset, AssetRequest, PlaceholderSource } from './ports.js';

/* What an image field shows where its picture is not given or failed. */

const templateAssets = new WeakMap<TemplateAsset, Asset>();

/** A file of the template as a picture, as it is. */
export function templateAsset(asset: TemplateAsset): Asset {
  const known = templateAssets.get(asset);
  if (known) return known;
  const picture: Asset = {
    hash: createHash('sha256').update(asset.body).digest('hex'),
    contentType: asset.contentType as Asset['contentType'],
    body: asset.body,
    widthPx: 0,
    heightPx: 0,
  };
  templateAssets.set(asset, picture);
  return picture;
}

/** What a crop has to keep; undefined where the layout shows the picture's middle by itself. */
export function cropFocus({ box, focus = 'center' }: FieldSpec): AssetRequest['focus'] {
  return box === undefined || focus === 'center' ? undefined : focus;
}

/** The field's own fallback as a value of the field would stand: `asset:` paths are whole there. */
export function fallbackAddress(template: Template, field: FieldSpec): string | undefined {
  if (typeof field.fallback !== 'string') return undefined;
  const parsed = parseAssetAddress(field.fallback, templateAssetPaths(template));
  return 'problem' in parsed ? undefined : parsed.value;
}

/** Where the manifest does not say whose initials: the first text field that sounds like a name. */
function nameField(template: Template): string | undefined {
  return Object.entries(template.manifest.fields)
    .filter(([, field]) => field.type === 'text')
    .map(([name]) => name)
    .find((name) => /name|author|host|speaker|recipient/.test(name));
}

/** What is drawn in place of a picture that failed, as `on_error` says; undefined for nothing. */
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

/** In place of a picture that was not given: a stand-in only where the field asks for one by name. */
export function placeholderForNone(
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

/** @param detail why it failed, @param hasSpare whether the field's fallback is shown instead */
export function assetFailed(
  name: string,
  field: FieldSpec,
  detail: string,
  hasSpare: boolean,
): Warning {
  const how = hasSpare
    ? "The template's own picture is shown instead."
    : shown[field.on_error ?? 'placeholder'];
  return warningOf('picture_failed', `${detail} ${how}`, name);
}
