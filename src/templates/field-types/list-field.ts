import { z } from 'zod';
import { didYouMean } from '../../lib/nearest-name.js';
import type { ValueType } from '../expression-check.js';
import type { FieldSpec } from '../manifest.js';
import { mendLeftovers } from '../mend-leftovers.js';
import { parsePositionedJson } from '../positioned-json.js';
import { readMended } from '../read-mended.js';
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
import { asWrittenOption, identifier, maxLengthOption } from './field-options.js';
import type { FieldType, JsonSchema } from './field-type.js';
import { numberField } from './number-field.js';
import { textField } from './text-field.js';

/** What an entry, or a part of one, may be. */
const partTypes = { text: textField, number: numberField };

type Part = keyof typeof partTypes;

const part = z.enum(Object.keys(partTypes) as [Part, ...Part[]]);

const options = {
  max_length: maxLengthOption,
  as_written: asWrittenOption,
  /** Text or number entries, or entries with named parts. Default: text. */
  items: z.union([part, z.record(identifier, part)]).optional(),
};

type Items = NonNullable<FieldSpec['items']>;
type Parts = Exclude<Items, string>;

/** What a cell of a sheet holds: one entry a line, or else separated by commas. */
function splitCell(text: string): string[] {
  return /[\n\r]/.test(text) ? text.split(/\r\n|[\n\r]/) : text.split(',');
}

function readPart(type: Part, value: unknown, spec: FieldSpec, context: ReadContext): ReadValue {
  if (value === null || value === undefined) return { kind: 'empty', notes: [] };
  const { as_written } = spec;
  const own: FieldSpec = { type, label: type, ...(as_written ? { as_written } : {}) };
  return readMended(partTypes[type], own, value, context);
}

/** A single value stands for the one part that can hold it: `[12, 15]` for labels with values. */
function asEntry(parts: Parts, entry: unknown): unknown {
  const only = (type: Part) => {
    const names = Object.keys(parts).filter((name) => parts[name] === type);
    return names.length === 1 ? names[0] : undefined;
  };
  const name =
    typeof entry === 'number'
      ? (only('number') ?? only('text'))
      : typeof entry === 'string'
        ? (only('text') ?? only('number'))
        : undefined;
  return name === undefined ? entry : { [name]: entry };
}

function readEntry(parts: Parts, given: unknown, spec: FieldSpec, context: ReadContext): ReadValue {
  const entry = asEntry(parts, given);
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
  const values = new Map<string, unknown>(Object.entries(entry));
  const notes: Note[] = [];
  const value: Record<string, string | number> = {};
  let visible = false;
  for (const [name, type] of Object.entries(parts)) {
    const read = readPart(type, values.get(name), spec, context);
    if (read.kind === 'invalid_data')
      return { kind: 'invalid_data', message: `${name}: ${read.message}` };
    if (read.kind === 'mistake') return { ...read, at: `.${name}${read.at ?? ''}` };
    notes.push(...read.notes);
    if (read.kind === 'value') visible = true;
    value[name] = read.kind === 'value' ? (read.value as string | number) : '';
  }
  return visible ? { kind: 'value', value: [value], notes } : { kind: 'empty', notes };
}

/** A cell of a sheet that holds JSON, as entries with parts need it; undefined for anything else. */
function listInJson(text: string): unknown[] | undefined {
  if (!/^\s*\[/.test(text)) return undefined;
  const parsed = parsePositionedJson(text);
  return 'fault' in parsed || !Array.isArray(parsed.value) ? undefined : parsed.value;
}

/** The entries as they were given; or what is wrong with the form of the whole. */
function rawEntries(
  spec: FieldSpec,
  value: unknown,
  context: ReadContext,
): { raw: unknown[]; notes: Note[] } | ReadValue {
  const hasParts = typeof spec.items === 'object';
  if (Array.isArray(value)) return { raw: value, notes: [] };
  if (typeof value === 'number') return { raw: [value], notes: [] };
  if (typeof value !== 'string') {
    return wrongType(hasParts ? 'an array of objects' : 'an array, or text with commas', value);
  }
  if (value.length > MAX_TEXT_CHARACTERS) return tooLong(value, MAX_TEXT_CHARACTERS);
  const json = listInJson(value);
  if (json) return { raw: json, notes: [] };
  const isOwn = context.asWritten === true || spec.as_written === true;
  const mended = isOwn ? { text: value, notes: [] } : mendLeftovers(value, 'text');
  if ('missing' in mended) return { kind: 'empty', notes: mended.notes };
  if (mended.text.trim() === '') return { raw: [], notes: mended.notes };
  if (hasParts) return wrongType('an array of objects', value);
  return { raw: splitCell(mended.text), notes: mended.notes };
}

/** Every entry that can be read. One that cannot costs the list no more than itself. */
function readList(spec: FieldSpec, value: unknown, context: ReadContext): ReadValue {
  const items = spec.items ?? 'text';
  const given = rawEntries(spec, value, context);
  if ('kind' in given) return given;
  const { raw } = given;
  if (raw.length > MAX_LIST_ENTRIES) {
    return {
      kind: 'mistake',
      message: `The list has ${raw.length.toLocaleString('en')} entries; at most ${MAX_LIST_ENTRIES} are allowed.`,
    };
  }
  const entries: unknown[] = [];
  const notes: Note[] = [...given.notes];
  let firstProblem: string | undefined;
  for (const [index, entry] of raw.entries()) {
    const read =
      typeof items === 'object'
        ? readEntry(items, entry, spec, context)
        : readPart(items, entry, spec, context);
    if (read.kind === 'mistake') return { ...read, at: `[${index}]${read.at ?? ''}` };
    if (read.kind === 'invalid_data') {
      const message = `Entry ${index + 1}: ${read.message}`;
      firstProblem ??= message;
      notes.push({ code: 'entry_left_out', message: `${message} The list is shown without it.` });
      continue;
    }
    notes.push(...read.notes);
    if (read.kind === 'value') entries.push(Array.isArray(read.value) ? read.value[0] : read.value);
  }
  if (entries.length === 0 && firstProblem !== undefined) {
    const all = raw.length > 1 ? ' No entry of the list can be used.' : '';
    return { kind: 'invalid_data', message: `${firstProblem}${all}` };
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
      'An array, or text: one entry a line, else separated by commas, or a list in JSON. Entries with parts: an array of objects; a single value stands for the one part of its kind. Empty entries are dropped, and so are those that cannot be read, with a warning.',
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
  leftovers: undefined,
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
