import type { Warning } from '../errors/warning.js';
import { fieldTypeOf } from '../templates/field-types/field-types.js';
import type { FieldSpec } from '../templates/manifest.js';
import { assetPathOf } from '../templates/parse-address.js';
import type { ResolvedFields, Template } from '../templates/template.js';
import type { ProbeOutcome } from './check-ports.js';
import type { ImageSpec } from './image.js';
import { assetFailed, fallbackAddress } from './placeholders.js';

/** Stands for "an asset is given" where the asset itself does not matter. */
const GIVEN_ASSET = 'data:,';

function imageFields(template: Template): [string, FieldSpec][] {
  return Object.entries(template.manifest.fields).filter(
    ([, field]) => fieldTypeOf(field).asset?.from === 'address',
  );
}

/** The addresses of assets that a render would fetch or decode, by field: http(s) and `data:`. */
export function assetAddresses(
  template: Template,
  spec: Pick<ImageSpec, 'fields'>,
): Map<string, string> {
  return new Map(
    imageFields(template).flatMap(([name]): [string, string][] => {
      const value = spec.fields[name];
      const isOutside =
        typeof value === 'string' && value !== '' && assetPathOf(value) === undefined;
      return isOutside ? [[name, value]] : [];
    }),
  );
}

/**
 * The spec for measuring: without the addresses of assets, which can be megabytes long, and with
 * every failed asset replaced as its field says. `outcomes` are by field; the warnings are those
 * that the render would give.
 */
export function withoutAssets(
  template: Template,
  spec: ImageSpec,
  outcomes: ReadonlyMap<string, ProbeOutcome>,
): { spec: ImageSpec; warnings: Warning[] } {
  const fields: ResolvedFields = Object.assign(Object.create(null), spec.fields);
  const warnings: Warning[] = [];
  for (const [name, field] of imageFields(template)) {
    const outcome = outcomes.get(name);
    if (!outcome) continue;
    fields[name] = GIVEN_ASSET;
    if (outcome.ok) continue;
    const fallback = fallbackAddress(template, field);
    const hasSpare = fallback !== undefined && fallback !== spec.fields[name];
    warnings.push(
      assetFailed(name, field, { detail: outcome.message, retryable: false }, hasSpare),
    );
    if (hasSpare) fields[name] = assetPathOf(fallback) === undefined ? GIVEN_ASSET : fallback;
    else if (field.on_error === 'hide') fields[name] = '';
  }
  return { spec: { ...spec, fields }, warnings };
}
