import { z } from 'zod';
import { didYouMean } from '../../lib/nearest-name.js';
import type { ValueType } from '../expression-check.js';
import type { FieldSpec } from '../manifest.js';
import {
  MAX_LIST_ENTRIES,
  MAX_TEXT_CHARACTERS,
  type Note,
  type ReadContext,
  type ReadValue,
  tooLong,
  wrongType,
} from '../read-result.js';
import { isReservedName } from '../reserved-names.js';
import type { FieldValue } from '../template.js';
import { identifier, maxLengthOption } from './field-options.js';
import type { FieldType, JsonSchema } from './field-type.js';
import { numberField } from './number-field.js';
import { textField } from './text-field.js';

/** What an entry, or a part of one, may be. */
const partTypes = { text: textField, number: numberField };

type Part = keyof typeof partTypes;

const part = z.enum(Object.keys(partTypes) as [Part, ...Part[]]);

const options = {
  max_length: maxLengthOption,
  /** Text or number entries, or entries with named parts. Default: text. */
  items: z.union([part, z.record(identifier, part)]).optional(),
};

/** What a cell of a sheet holds: one entry a line, or else separated by commas. */
function splitCell(text: string): string[] {
  return /[\n\r]/.test(text) ? text.split(/\r\n|[\n\r]/) : text.split(',');
}

function readPart(type: Part, value: unknown, context: ReadContext): ReadValue {
  if (value === null || value === undefined) return { kind: 'empty', notes: [] };
  return partTypes[type].read({ type, label: type }, value, context);
}

function readEntry(parts: Record<string, Part>, entry: unknown, context: ReadContext): ReadValue {
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
  for (const [name, type] of Object.entries(parts)) {
    const read = readPart(type, given.get(name), context);
    if (read.kind === 'invalid_data')
      return { kind: 'invalid_data', message: `${name}: ${read.message}` };
    if (read.kind === 'mistake') return { ...read, at: `.${name}${read.at ?? ''}` };
    notes.push(...read.notes);
    if (read.kind === 'value') visible = true;
    value[name] = read.kind === 'value' ? (read.value as string | number) : '';
  }
  return visible ? { kind: 'value', value: [value], notes } : { kind: 'empty', notes };
}

function readList(spec: FieldSpec, value: unknown, context: ReadContext): ReadValue {
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
    const read = hasParts ? readEntry(items, entry, context) : readPart(items, entry, context);
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

function entrySchema(items: NonNullable<FieldSpec['items']>): JsonSchema {
  const schemaOf = (type: Part) => partTypes[type].schema({ type, label: type });
  if (typeof items === 'string') return schemaOf(items);
  const properties = Object.fromEntries(Object.entries(items).map(([n, t]) => [n, schemaOf(t)]));
  return { type: 'object', properties, additionalProperties: false };
}

function entryType(items: NonNullable<FieldSpec['items']>): ValueType {
  if (typeof items === 'string') return { kind: items };
  const parts = Object.entries(items).map(([name, kind]): [string, ValueType] => [name, { kind }]);
  return { kind: 'entry', parts: new Map(parts) };
}

/** An entry of a list is a tag or a line. */
const EDGE_ENTRY_LENGTH = 40;
const EDGE_LIST_LENGTH = 12;

const entriesOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : [];

/** An entry with each of its parts of one type made anew. */
function entryWith(spec: FieldSpec, entry: unknown, type: Part, value: unknown) {
  const items = spec.items ?? 'text';
  if (typeof items === 'string') return items === type ? value : entry;
  const given = typeof entry === 'object' && entry !== null ? entry : {};
  const made = Object.entries(items).map(([name, own]) => {
    return [name, own === type ? value : Reflect.get(given, name)];
  });
  return Object.fromEntries(made);
}

function holdsNumbers({ items }: FieldSpec): boolean {
  const types = typeof items === 'object' ? Object.values(items) : [items];
  return types.includes('number');
}

export const listField: FieldType<typeof options> = {
  doc: {
    given:
      'An array, or text: one entry a line, else separated by commas. Entries with parts: an array of objects. Empty entries are dropped.',
    seen: 'a list',
  },
  options,
  problems({ items }) {
    if (typeof items !== 'object') return [];
    const names = Object.keys(items);
    const reserved = names.find(isReservedName);
    const message =
      reserved !== undefined
        ? `"${reserved}" cannot be the name of a part.`
        : names.length === 0
          ? 'Name at least one part.'
          : undefined;
    return message === undefined ? [] : [{ key: 'items', message }];
  },
  read: readList,
  empty: () => [],
  schema: ({ items = 'text' }) => ({
    type: 'array',
    items: entrySchema(items),
    maxItems: MAX_LIST_ENTRIES,
  }),
  lengthUnit: 'entries',
  schemaTells: ['items'],
  control: 'list',
  valueType: ({ items = 'text' }) => ({ kind: 'list', item: entryType(items) }),
  asset: undefined,
  paintsScene: true,
  givesInitials: false,
  holdsText: true,
  leavesGap: true,
  mayVary: false,
  inAddress: 'json',
  looks: () => [],
  otherLook: (_spec, value) => value,
  edges: {
    asksFor: (spec) => ['text', 'entries', ...(holdsNumbers(spec) ? (['number'] as const) : [])],
    values: {
      text: (spec, before, text) =>
        entriesOf(before).map((e) => entryWith(spec, e, 'text', text.of(EDGE_ENTRY_LENGTH))),
      number: (spec, before, value) =>
        entriesOf(before).map((entry) => entryWith(spec, entry, 'number', value)),
      entries(spec, before, count) {
        if (spec.required && count === 'none') return before;
        const given = entriesOf(before);
        const full = spec.max_length ?? EDGE_LIST_LENGTH;
        const length = { none: 0, one: 1, full }[count];
        return Array.from({ length }, (_, i) => given[i % given.length] ?? 'Entry');
      },
    },
    own: [],
  },
};
