import { fieldTypeOf } from '../templates/field-types/field-types.js';
import type { FieldSpec } from '../templates/manifest.js';
import type { Template } from '../templates/template.js';

type NamedField = [name: string, field: FieldSpec];

/** The fields of a template that show an asset. */
export function assetFields(template: Template): NamedField[] {
  return Object.entries(template.manifest.fields).filter(([, field]) => fieldTypeOf(field).asset);
}

/** Those of them whose value is the address of the asset; the others draw it from their value. */
export function addressFields(template: Template): NamedField[] {
  return assetFields(template).filter(([, field]) => fieldTypeOf(field).asset?.from === 'address');
}
