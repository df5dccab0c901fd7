import type { Warning } from '../errors/warning.js';
import { assetPathOf } from '../templates/parse-address.js';
import type { ResolvedFields, Template } from '../templates/template.js';
import { addressFields } from './asset-fields.js';
import type { ProbeOutcome } from './check-ports.js';
import type { ImageSpec } from './image.js';
import { assetFailedWarning, fallbackAddress } from './placeholders.js';

/** A value that says that an asset is given. Measuring shows a neutral asset for it. */
const GIVEN_ASSET = 'data:,';

/** The addresses of assets that a render would fetch or decode, by field: http(s) and `data:`. */
export function assetAddresses(
  template: Template,
  spec: Pick<ImageSpec, 'fields'>,
): Map<string, string> {
  return new Map(
    addressFields(template).flatMap(([name]): [string, string][] => {
      const value = spec.fields[name];
      if (typeof value !== 'string' || value === '') return [];
      const isOfTemplate = assetPathOf(value) !== undefined;
      return isOfTemplate ? [] : [[name, value]];
    }),
  );
}

/**
 * The spec for measuring: without the addresses of assets, which can be megabytes long, and with
 * every failed asset replaced as its field says. The warnings are those that the render would give.
 * @param outcomes of probing, by the name of the field
 */
export function withoutAssets(
  template: Template,
  spec: ImageSpec,
  outcomes: ReadonlyMap<string, ProbeOutcome>,
): { spec: ImageSpec; warnings: Warning[] } {
  const fields: ResolvedFields = Object.assign(Object.create(null), spec.fields);
  const warnings: Warning[] = [];
  for (const [name, field] of addressFields(template)) {
    const outcome = outcomes.get(name);
    if (!outcome) continue;
    fields[name] = GIVEN_ASSET;
    if (outcome.ok) continue;
    const fallback = fallbackAddress(template, field);
    const hasFallback = fallback !== undefined && fallback !== spec.fields[name];
    warnings.push(
      assetFailedWarning(name, field, { detail: outcome.message, retryable: false }, hasFallback),
    );
    if (hasFallback) fields[name] = assetPathOf(fallback) === undefined ? GIVEN_ASSET : fallback;
    else if (field.on_error === 'hide') fields[name] = '';
  }
  return { spec: { ...spec, fields }, warnings };
}
