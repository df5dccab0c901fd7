import type { FieldSpec } from '../manifest.js';
import { booleanField } from './boolean-field.js';
import { choiceField } from './choice-field.js';
import { colorField } from './color-field.js';
import { dateField } from './date-field.js';
import type { FieldType } from './field-type.js';
import { imageField } from './image-field.js';
import { listField } from './list-field.js';
import { localeField } from './locale-field.js';
import { numberField } from './number-field.js';
import { qrField } from './qr-field.js';
import { longtextField, textField } from './text-field.js';
import { urlField } from './url-field.js';

/** Every type that a field may have, in the order of the documentation. */
export const fieldTypes = {
  text: textField,
  longtext: longtextField,
  image: imageField,
  color: colorField,
  number: numberField,
  date: dateField,
  url: urlField,
  choice: choiceField,
  list: listField,
  boolean: booleanField,
  qr: qrField,
  locale: localeField,
};

export type FieldTypeName = keyof typeof fieldTypes;

export const fieldTypeNames = Object.keys(fieldTypes) as [FieldTypeName, ...FieldTypeName[]];

type Options = (typeof fieldTypes)[FieldTypeName]['options'];
/** The keys that any type takes; where several take one, it is the same to all of them. */
export type FieldOptions = {
  [Key in Options extends infer O ? (O extends unknown ? keyof O : never) : never]: Extract<
    Options,
    Record<Key, unknown>
  >[Key];
};

export const fieldOptions = Object.assign(
  {},
  ...Object.values(fieldTypes).map(({ options }) => options),
) as FieldOptions;

export function fieldTypeOf(spec: Pick<FieldSpec, 'type'>): FieldType {
  return fieldTypes[spec.type];
}
