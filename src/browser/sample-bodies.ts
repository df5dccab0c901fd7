import { fieldTypeOf } from '../templates/field-types/field-types.js';
import type { TemplateManifest } from '../templates/manifest.js';
import { assetPathOf } from '../templates/parse-address.js';
import { resolveFields } from '../templates/resolve-fields.js';
import type { ResolvedFields, Template } from '../templates/template.js';

/** Each body costs two captures. More of them find hardly any further difference. */
const MAX_EDGE_CASES = 3;

/** The same fields with other colours, choices and booleans, where the template has such fields. */
function withVariedValues(manifest: TemplateManifest, fields: ResolvedFields): ResolvedFields {
  const entries = Object.entries(fields).map(([name, value], i) => {
    const spec = manifest.fields[name];
    return [name, spec ? fieldTypeOf(spec).otherLook(spec, value, i) : value];
  });
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/** Addresses of the template's own assets, by field. Nothing is fetched from elsewhere. */
function assetAddressesOf({ manifest }: Template, fields: ResolvedFields): Map<string, string> {
  const assets = new Map<string, string>();
  for (const [name, spec] of Object.entries(manifest.fields)) {
    const value = fieldTypeOf(spec).asset?.from === 'address' ? fields[name] : undefined;
    const path = typeof value === 'string' ? assetPathOf(value) : undefined;
    if (path !== undefined) assets.set(name, path);
  }
  return assets;
}

/**
 * HTML bodies from the template's own sample data, for trials: the sample, the sample with varied
 * values, and the first edge cases.
 */
export function sampleBodies(template: Template): string[] {
  const edgeCases = [...template.edgeCases.values()].slice(0, MAX_EDGE_CASES);
  const [sample, ...others] = [template.sample, ...edgeCases].map(
    (data) => resolveFields(template, data, { onMissing: 'review' }).fields,
  );
  const all = sample ? [sample, withVariedValues(template.manifest, sample), ...others] : others;
  return all.map((fields) => template.body(fields, assetAddressesOf(template, fields)));
}
