import { didYouMean } from '../lib/nearest-name.js';
import type { FieldSpec } from './manifest.js';
import {
  MAX_LIST_ENTRIES,
  MAX_TEXT_CHARACTERS,
  type Note,
  type ReadValue,
  tooLong,
  wrongType,
} from './read-result.js';
import { readNumber, readText } from './read-scalar.js';
import type { FieldValue } from './template.js';

/** What a cell of a sheet holds: one entry a line, or else separated by commas. */
function splitCell(text: string): string[] {
  return /[\n\r]/.test(text) ? text.split(/\r\n|[\n\r]/) : text.split(',');
}

type Part = 'text' | 'number';

function readPart(kind: Part, value: unknown): ReadValue {
  if (value === null || value === undefined) return { kind: 'empty', notes: [] };
  const spec: FieldSpec = { type: kind, label: kind };
  return kind === 'number' ? readNumber(spec, value) : readText(spec, value);
}

function readEntry(parts: Record<string, Part>, entry: unknown): ReadValue {
  if (entry === null || entry === undefined) return { kind: 'empty', notes: [] };
  if (typeof entry !== 'object' || Array.isArray(entry)) {
    return wrongType(`an object with ${Object.keys(parts).join(', ')}`, entry);
  }
  const names = Object.keys(parts);
  const unknown = Object.keys(entry).find((key) => !names.includes(key));
  if (unknown !== undefined) {
    const hint = `${didYouMean(unknown, names)} Its parts are: ${names.join(', ')}.`;
    return {
      kind: 'mistake',
      message: `There is no such part.${hint}`,
      at: `.${unknown.slice(0, 64)}`,
    };
  }
  const given = new Map<string, unknown>(Object.entries(entry));
  const notes: Note[] = [];
  const value: Record<string, string | number> = {};
  let visible = false;
  for (const [name, kind] of Object.entries(parts)) {
    const read = readPart(kind, given.get(name));
    if (read.kind === 'invalid_data')
      return { kind: 'invalid_data', message: `${name}: ${read.message}` };
    if (read.kind === 'mistake') return { ...read, at: `.${name}${read.at ?? ''}` };
    notes.push(...read.notes);
    if (read.kind === 'value') visible = true;
    value[name] = read.kind === 'value' ? (read.value as string | number) : '';
  }
  return visible ? { kind: 'value', value: [value], notes } : { kind: 'empty', notes };
}

export function readList(spec: FieldSpec, value: unknown): ReadValue {
  const items = spec.items ?? 'text';
  if (typeof value === 'string' && value.length > MAX_TEXT_CHARACTERS) {
    return tooLong(value, MAX_TEXT_CHARACTERS);
  }
  const hasParts = typeof items === 'object';
  const blank = typeof value === 'string' && value.trim() === '';
  if (!Array.isArray(value) && (typeof value !== 'string' || (hasParts && !blank))) {
    return wrongType(hasParts ? 'an array of objects' : 'an array, or text with commas', value);
  }
  const raw: unknown[] = Array.isArray(value) ? value : blank ? [] : splitCell(value);
  if (raw.length > MAX_LIST_ENTRIES) {
    return {
      kind: 'mistake',
      message: `The list has ${raw.length.toLocaleString('en')} entries; at most ${MAX_LIST_ENTRIES} are allowed.`,
    };
  }
  const entries: unknown[] = [];
  const notes: Note[] = [];
  for (const [index, entry] of raw.entries()) {
    const read = hasParts ? readEntry(items, entry) : readPart(items, entry);
    if (read.kind === 'invalid_data')
      return { kind: 'invalid_data', message: `Entry ${index + 1}: ${read.message}` };
    if (read.kind === 'mistake') return { ...read, at: `[${index}]${read.at ?? ''}` };
    notes.push(...read.notes);
    if (read.kind === 'value') entries.push(Array.isArray(read.value) ? read.value[0] : read.value);
  }
  if (entries.length === 0) return { kind: 'empty', notes };
  const max = spec.max_length ?? MAX_LIST_ENTRIES;
  if (entries.length > max) {
    notes.push({
      code: 'truncated',
      message: `The list has ${entries.length} entries; the first ${max} are shown. Shorten it to decide yourself what is left out.`,
    });
  }
  return { kind: 'value', value: entries.slice(0, max) as FieldValue, notes };
}
