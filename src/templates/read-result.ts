import type { WarningCodeFrom } from '../errors/warning-catalogue.js';
import type { ReadingHints } from './reading/reading-hints.js';
import type { FieldValue } from './template.js';

/** What was cleaned up while a value was read. */
export interface Note {
  code: WarningCodeFrom<'data'>;
  message: string;
}

export type ReadValue =
  | { kind: 'value'; value: FieldValue; notes: Note[] }
  /** Nothing that could be seen was given. */
  | { kind: 'empty'; notes: Note[] }
  /** A value of the right form that cannot be used: the data is dirty. */
  | { kind: 'invalid_data'; message: string }
  /** A value of the wrong form: the call is wrong. `at` follows the field's path. */
  | { kind: 'mistake'; message: string; at?: string };

export const MAX_TEXT_CHARACTERS = 10_000;
export const MAX_LIST_ENTRIES = 500;

export interface ReadContext {
  /** Paths of the pictures among the template's own files. */
  templateAssets: ReadonlySet<string>;
  /** Of the document, as the data says it or the template does by default; a tag of BCP 47. */
  language?: string;
  /** The value was written by the template's author: nothing in it is what a program has left. */
  asWritten?: boolean;
  /** What settles numbers and dates that can be read in two ways. */
  hints?: ReadingHints;
}

function jsonType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'boolean') return 'a boolean';
  return typeof value === 'number' ? 'a number' : 'text';
}

export function wrongType(wanted: string, value: unknown): ReadValue {
  return { kind: 'mistake', message: `Give ${wanted}, not ${jsonType(value)}.` };
}

export function tooLong(text: string, max: number): ReadValue {
  return {
    kind: 'mistake',
    message: `The text has ${text.length.toLocaleString('en')} characters; at most ${max.toLocaleString('en')} are allowed.`,
  };
}
