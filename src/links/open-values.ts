import { fieldTypeOf } from '../templates/field-types/field-types.js';
import type { Template } from '../templates/template.js';

/**
 * Of the values that stood in the address of a link, those that anybody may put into these fields.
 * The others count as missing, as do those of a field whose type was changed since.
 */
export function openValues(
  template: Pick<Template, 'manifest'> | undefined,
  values: Record<string, string>,
): Record<string, string> {
  const fields = template?.manifest.fields ?? {};
  const open = Object.entries(values).filter(([name, value]) => {
    const spec = Object.hasOwn(fields, name) ? fields[name] : undefined;
    // A field that is gone is left to whoever asks the template for the image.
    if (!spec) return true;
    const { mayVary } = fieldTypeOf(spec);
    return mayVary !== false && mayVary(spec, value);
  });
  return Object.fromEntries(open);
}
