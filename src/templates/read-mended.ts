import type { FieldType } from './field-types/field-type.js';
import type { FieldSpec } from './manifest.js';
import { mendLeftovers } from './mend-leftovers.js';
import { MAX_TEXT_CHARACTERS, type ReadContext, type ReadValue } from './read-result.js';

function withNotes(read: ReadValue, notes: Extract<ReadValue, { kind: 'value' }>['notes']) {
  return read.kind === 'value' || read.kind === 'empty'
    ? { ...read, notes: [...notes, ...read.notes] }
    : read;
}

/** Reads a value as its type does, without what programs have left in it. */
export function readMended(
  type: FieldType,
  spec: FieldSpec,
  value: unknown,
  context: ReadContext,
): ReadValue {
  const { leftovers } = type;
  const mayMend =
    typeof value === 'string' &&
    leftovers !== undefined &&
    context.asWritten !== true &&
    spec.as_written !== true &&
    value.length <= MAX_TEXT_CHARACTERS;
  if (!mayMend) return type.read(spec, value, context);
  if (leftovers === 'value') {
    // "none" may be a choice.
    const read = type.read(spec, value, context);
    if (read.kind !== 'invalid_data') return read;
  }
  const mended = mendLeftovers(value, leftovers);
  if ('missing' in mended) return { kind: 'empty', notes: mended.notes };
  return withNotes(type.read(spec, mended.text, context), mended.notes);
}
