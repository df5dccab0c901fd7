import type { FieldSpec } from './manifest.js';
import { readList } from './read-list.js';
import type { ReadContext, ReadValue } from './read-result.js';
import {
  readBoolean,
  readChoice,
  readColor,
  readDate,
  readImage,
  readNumber,
  readText,
  readUrl,
} from './read-scalar.js';

/**
 * Reads one given value as its field asks. Decides nothing about what happens to a value that
 * cannot be used: that is `resolveFields`' part.
 */
export function readValue(spec: FieldSpec, value: unknown, context: ReadContext): ReadValue {
  if (value === null || value === undefined) return { kind: 'empty', notes: [] };
  switch (spec.type) {
    case 'text':
    case 'longtext':
      return readText(spec, value);
    case 'number':
      return readNumber(spec, value);
    case 'date':
      return readDate(value);
    case 'color':
      return readColor(value);
    case 'image':
      return readImage(value, context);
    case 'url':
      return readUrl(value);
    case 'boolean':
      return readBoolean(value);
    case 'choice':
      return readChoice(spec, value);
    case 'list':
      return readList(spec, value);
  }
}
