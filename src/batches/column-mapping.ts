import { AppError, type FieldError } from '../errors/app-error.js';
import { type Warning, warningOf } from '../errors/warning.js';
import { didYouMean } from '../lib/nearest-name.js';
import { saysMissing } from '../lib/spreadsheet-marks.js';
import { parsePositionedJson } from '../templates/positioned-json.js';

/** A field of the template, from its manifest. */
export interface MappableField {
  name: string;
  label: string;
}

/** Which field is read from which column. */
interface MappedField {
  field: string;
  column: string;
  /** Index of the column, from 0. */
  index: number;
  /** For rows whose cell is empty. */
  fallback?: string;
}

/** Plain data, because it is stored with its batch. */
export interface ColumnMapping {
  fields: MappedField[];
  /** Fields that are the same in every row. */
  constants?: { field: string; value: unknown }[];
  /** Columns that no field is read from. */
  unused: string[];
}

export interface MappedRow {
  /**
   * Field → cell as written, or constant. Empty cells are omitted: the template's rules apply to
   * them.
   */
  data: Record<string, unknown>;
  warnings: Warning[];
}

const MAX_ERRORS = 50;
const MAX_LISTED = 50;
const MAX_ECHO_LENGTH = 64;

const echo = (text: string) => `"${text.slice(0, MAX_ECHO_LENGTH)}"`;

function list(names: string[]): string {
  const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : '';
  return `${names.slice(0, MAX_LISTED).map(echo).join(', ')}${more}`;
}

function mappingError(errors: FieldError[]): AppError {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new AppError('invalid_request', {
    detail: `${first?.path}: ${first?.message}${more}`,
    errors: errors.slice(0, MAX_ERRORS),
  });
}

/** Normalises a name: case, spaces, `_` and `-` do not matter. */
function plain(name: string): string {
  return name
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[\s_-]/g, '');
}

const unusedOf = (columns: string[], fields: MappedField[]) =>
  columns.filter((_, index) => !fields.some((field) => field.index === index));

/**
 * Matches columns to fields: names before labels, exact names before similar ones; a column is used
 * once.
 */
function matchByName(columns: string[], fields: MappableField[]): ColumnMapping {
  const found = new Map<string, number>();
  const taken = new Set<number>();
  const matchers: ((column: string, field: MappableField) => boolean)[] = [
    (column, { name }) => column === name,
    (column, { name }) => plain(column) === plain(name),
    (column, { label }) => plain(column) === plain(label),
  ];
  for (const matches of matchers) {
    for (const field of fields) {
      if (found.has(field.name)) continue;
      const index = columns.findIndex((column, at) => !taken.has(at) && matches(column, field));
      if (index === -1) continue;
      found.set(field.name, index);
      taken.add(index);
    }
  }
  if (found.size === 0) {
    const names = fields.map(({ name, label }) => `${name} (${label})`).slice(0, MAX_LISTED);
    const message = `no column is called like a field of the template. Columns: ${list(columns)}. Fields: ${names.join(', ')}. Rename the columns, or send a mapping such as {"${fields[0]?.name ?? 'title'}": ${JSON.stringify(columns[0]?.slice(0, MAX_ECHO_LENGTH) ?? 'Title')}}.`;
    throw mappingError([{ path: 'mapping', message }]);
  }
  const mapped = fields.flatMap(({ name }): MappedField[] => {
    const index = found.get(name);
    return index === undefined ? [] : [{ field: name, column: columns[index] ?? '', index }];
  });
  return { fields: mapped, unused: unusedOf(columns, mapped) };
}

/** Multipart fields are text. */
function parsed(mapping: unknown): unknown {
  if (typeof mapping !== 'string') return mapping;
  // An empty form field.
  if (mapping.trim() === '') return undefined;
  const json = parsePositionedJson(mapping);
  if (!('fault' in json)) return json.value;
  const { line, column, message } = json.fault;
  const where = `at line ${line}, column ${column}: ${message}`;
  throw mappingError([{ path: 'mapping', message: `is not valid JSON ${where}` }]);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads one entry of the mapping, or returns its error. */
function readEntry(
  field: string,
  entry: unknown,
  columns: string[],
): { mapped: MappedField } | { constant: unknown } | { error: FieldError } {
  const path = `mapping.${field}`;
  const given = typeof entry === 'string' ? { column: entry } : entry;
  if (isObject(given) && Object.hasOwn(given, 'value')) {
    if (Object.keys(given).length === 1) return { constant: given.value };
    const message = 'is either {"value": …}, the same in every row, or a column with a fallback';
    return { error: { path, message } };
  }
  if (!isObject(given) || typeof given.column !== 'string') {
    const message =
      'must be the name of a column, {"column": "Name", "fallback": "text"}, or {"value": "text"} for the same in every row';
    return { error: { path, message } };
  }
  const { column, fallback, ...others } = given;
  const [other] = Object.keys(others);
  if (other !== undefined) {
    const message = `is not known here.${didYouMean(other, ['column', 'fallback'])} Known: column, fallback.`;
    return { error: { path: `${path}.${other.slice(0, MAX_ECHO_LENGTH)}`, message } };
  }
  if (!['string', 'number', 'boolean', 'undefined'].includes(typeof fallback)) {
    return { error: { path: `${path}.fallback`, message: 'must be a text' } };
  }
  const trimmed = column.replaceAll(/\s+/g, ' ').trim();
  const index = columns.indexOf(trimmed);
  if (index === -1) {
    const hint = didYouMean(trimmed, columns);
    const message = `the file has no column ${echo(column)}.${hint} Columns: ${list(columns)}.`;
    return { error: { path, message } };
  }
  const mapped: MappedField = { field, column: trimmed, index };
  if (fallback !== undefined) mapped.fallback = String(fallback);
  return { mapped };
}

/**
 * Resolves which field is read from which column. `mapping` is `{field: "Column"}` or `{field:
 * {column, fallback?}}`, or `{field: {value}}` for the same in every row, as JSON text or parsed;
 * only the fields in it are read, and where it names no column those that match by name. Without a mapping,
 * each field is read from the column of the same name or label, ignoring case, spaces, `_` and `-`.
 * @param columns of the table, all different
 * @throws AppError `invalid_request` with a path for each mistake (`mapping.title`): unknown fields
 *   and columns with the nearest known name; no match at all
 */
export function resolveMapping(
  columns: string[],
  mapping: unknown,
  fields: MappableField[],
): ColumnMapping {
  const given = parsed(mapping);
  if (given === undefined) return matchByName(columns, fields);
  if (!isObject(given) || Object.keys(given).length === 0) {
    const message = 'must be an object of fields and columns, such as {"title": "Headline"}';
    throw mappingError([{ path: 'mapping', message }]);
  }
  const known = fields.map(({ name }) => name);
  const mapped: MappedField[] = [];
  const constants: { field: string; value: unknown }[] = [];
  const errors: FieldError[] = [];
  for (const [field, entry] of Object.entries(given)) {
    if (!known.includes(field)) {
      const message = `the template has no such field.${didYouMean(field, known)} Fields: ${known.join(', ')}.`;
      errors.push({ path: `mapping.${field.slice(0, MAX_ECHO_LENGTH)}`, message });
      continue;
    }
    const read = readEntry(field, entry, columns);
    if ('error' in read) errors.push(read.error);
    else if ('constant' in read) constants.push({ field, value: read.constant });
    else mapped.push(read.mapped);
  }
  if (errors.length > 0) throw mappingError(errors);
  if (constants.length === 0) return { fields: mapped, unused: unusedOf(columns, mapped) };
  if (mapped.length > 0) return { fields: mapped, constants, unused: unusedOf(columns, mapped) };
  // A list that gives nothing to any field would make the same image over and over.
  const others = fields.filter(({ name }) => !constants.some(({ field }) => field === name));
  return { ...matchByName(columns, others), constants };
}

/** The data of one row. For an empty cell the fallback of the mapping is used, with a warning. */
export function mapRow(mapping: ColumnMapping, cells: readonly string[]): MappedRow {
  const data: Record<string, unknown> = {};
  for (const { field, value } of mapping.constants ?? []) data[field] = value;
  const warnings: Warning[] = [];
  for (const { field, column, index, fallback } of mapping.fields) {
    const cell = cells[index] ?? '';
    const isEmpty = cell.trim() === '';
    const saysNothing = fallback !== undefined && saysMissing(cell, true);
    if (!isEmpty && !saysNothing) data[field] = cell;
    else if (fallback !== undefined) {
      data[field] = fallback;
      const state = isEmpty ? 'is empty' : `holds ${echo(cell)}, which counts as missing`;
      const message = `The cell in column ${echo(column)} ${state}; the fallback of the mapping is used.`;
      warnings.push(warningOf('column_fallback_used', message, field));
    }
  }
  return { data, warnings };
}
