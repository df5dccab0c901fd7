import { fieldTypeOf } from './field-types/field-types.js';
import type { FieldSpec } from './manifest.js';
import { readMended } from './read-mended.js';
import type { ReadContext, ReadValue } from './read-result.js';
import { MACHINE_WRITTEN } from './reading/row-hints.js';

/**
 * Reads one given value as its field asks. Decides nothing about what happens to a value that
 * cannot be used: that is `resolveFields`' part.
 */
export function readValue(spec: FieldSpec, value: unknown, context: ReadContext): ReadValue {
  if (value === null || value === undefined) return { kind: 'empty', notes: [] };
  return readMended(fieldTypeOf(spec), spec, value, context);
}

/** The same for a value that the template itself holds, in the words that its author chose. */
export function readOwnValue(spec: FieldSpec, value: unknown, context: ReadContext): ReadValue {
  return readValue(spec, value, { ...context, asWritten: true, hints: MACHINE_WRITTEN });
}
