import { createTimeSlice } from '../lib/time-slice.js';
import { isOpenDate, type OrderReason, settleOrder } from '../templates/parse-date.js';
import { type MarkReason, openMark, settleMark } from '../templates/parse-number.js';
import { dateForms } from '../templates/reading/date-forms.js';
import { numberForms } from '../templates/reading/number-forms.js';
import {
  createColumnObserver,
  type ObservedColumn,
  type OpenCells,
} from '../templates/reading/observe-columns.js';
import {
  type Evidence,
  type GivenReading,
  groupOf,
  type ReadingHints,
} from '../templates/reading/reading-hints.js';
import type { Template } from '../templates/template.js';

export interface ColumnReading {
  reading: GivenReading;
  /** How what can be read in two ways is read, or that it is refused; in sentences. */
  notes: string[];
}

const MAX_EXAMPLE = 40;
const MAX_NOTES_A_COLUMN = 5;

const quoted = (text: string) => `"${text.slice(0, MAX_EXAMPLE)}"`;

const MARKS = { '.': 'a decimal point', ',': 'a decimal comma' };
const ORDERS = { dmy: 'day first', mdy: 'month first', ymd: 'year first' };

interface Decision {
  /** How these cells are read; absent: they are refused. */
  as?: string;
  /** Of the first of them. */
  value?: string;
  why: string;
}

function reasonOf(
  by: MarkReason | OrderReason,
  cells: OpenCells,
  shown: string | undefined,
): string {
  switch (by) {
    case 'request':
      return 'as the request says';
    case 'column':
      return shown === undefined ? 'as other cells show' : `as ${quoted(shown)} shows`;
    case 'locale':
      return `as is usual in the language of the row (${cells.locale})`;
    case 'currency':
      return `as is usual for the currency (${cells.currencies[0]})`;
    case 'file':
      return 'as programs do that write semicolons between cells';
    case 'dots':
      return 'as is usual with dots';
  }
}

/** Of the evidence about a cell, that of its own group before that of all. */
function shownBy<T>(
  { evidence }: ObservedColumn,
  group: string,
  pick: (one: Evidence | undefined) => T | undefined,
): T | undefined {
  return pick(evidence.groups[group]) ?? pick(evidence.all);
}

function decideNumber(column: ObservedColumn, cells: OpenCells, hints: ReadingHints): Decision {
  const forms = numberForms(cells.text);
  const mark = forms && openMark(forms);
  if (!forms || mark === undefined) return { why: '' };
  const settled = settleMark(mark, hints, cells.currencies);
  if ('problem' in settled) return { why: settled.problem };
  const group = groupOf(cells.locale, cells.currencies[0]);
  const shown = shownBy(column, group, (one) => one?.marks?.[settled.decimal]);
  const value = String(forms.values[settled.decimal]);
  return { as: MARKS[settled.decimal], value, why: reasonOf(settled.by, cells, shown) };
}

function decideDate(column: ObservedColumn, cells: OpenCells, hints: ReadingHints): Decision {
  const forms = dateForms(cells.text, cells.locale);
  if ('problem' in forms || !isOpenDate(forms)) return { why: '' };
  const settled = settleOrder(forms, hints);
  if ('problem' in settled) return { why: settled.problem };
  const { order, by } = settled;
  const group = groupOf(cells.locale, undefined);
  const shown = shownBy(column, group, (one) => one?.orders?.[forms.separator]?.[order]);
  const value = `${forms.days[order]}`;
  return { as: ORDERS[order], value, why: reasonOf(by, cells, shown) };
}

const REMEDIES = { number: 'decimal ("," or ".")', date: 'date_order (dmy, mdy or ymd)' };

/** What became of cells; those with equal words are told of together. */
function wordsFor({ kind }: OpenCells, { as, why }: Decision): string {
  if (as === undefined) {
    return `refused: each ${why}. State ${REMEDIES[kind]} to have them read.`;
  }
  return kind === 'number' ? `read with ${as}, ${why}` : `read ${as}, ${why}`;
}

/** One sentence for the cells of a column that were decided alike, the first of them as example. */
function columnNotes(column: ObservedColumn, name: string, given: GivenReading): string[] {
  const { columns: _, ...whole } = given;
  const sentences = new Map<string, { text: string; value: string | undefined; count: number }>();
  for (const cells of column.open) {
    const hints: ReadingHints = { ...whole, column: column.evidence, locale: cells.locale };
    const decision =
      cells.kind === 'number'
        ? decideNumber(column, cells, hints)
        : decideDate(column, cells, hints);
    const words = wordsFor(cells, decision);
    const known = sentences.get(words);
    if (known) known.count += cells.count;
    else sentences.set(words, { text: cells.text, value: decision.value, count: cells.count });
  }
  const all = [...sentences].sort(([, a], [, b]) => b.count - a.count);
  const notes = all.slice(0, MAX_NOTES_A_COLUMN).map(([words, { text, value, count }]) => {
    const cells =
      count === 1 ? `the cell ${quoted(text)} is` : `${count} cells such as ${quoted(text)} are`;
    const example = value === undefined ? '' : ` (${quoted(text)} is ${value}).`;
    return `Column "${name}": ${cells} ${words}${example}`;
  });
  const more = all.length - notes.length;
  const rest = `Column "${name}": ${more} further kinds of cells are decided in the same manner.`;
  return more > 0 ? [...notes, rest] : notes;
}

/**
 * Reads a list once for what its columns show of how numbers and dates are written. What is found
 * decides about the cells that can be read in two ways.
 * @param rows the data of each row, before it is resolved
 * @param nameOf the column that a field is read from
 */
export async function readColumns(
  template: Pick<Template, 'manifest'>,
  rows: AsyncIterable<unknown> | Iterable<unknown>,
  given: GivenReading,
  nameOf: (field: string) => string,
): Promise<ColumnReading> {
  const observer = createColumnObserver(template.manifest.fields);
  if (observer.isIdle) return { reading: given, notes: [] };
  const slice = createTimeSlice();
  for await (const data of rows) {
    if (slice.isOver()) await slice.turn();
    if (typeof data === 'object' && data !== null) observer.add(data);
  }
  const observed = observer.end();
  const columns = observed.map(({ field, evidence }) => [field, evidence] as const);
  return {
    reading: { ...given, columns: Object.fromEntries(columns) },
    notes: observed.flatMap((column) => columnNotes(column, nameOf(column.field), given)),
  };
}
