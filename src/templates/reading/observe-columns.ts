import { fieldTypeOf } from '../field-types/field-types.js';
import type { FieldSpec } from '../manifest.js';
import { isOpenDate } from '../parse-date.js';
import { currenciesFor, openMark } from '../parse-number.js';
import { type DateForms, dateForms } from './date-forms.js';
import { type NumberForms, numberForms } from './number-forms.js';
import { type ColumnEvidence, type Evidence, groupOf } from './reading-hints.js';
import { currencyOfRow, localeOfRow } from './row-hints.js';

/** A cell that can be read in two ways; those of one group and form are decided alike. */
export interface OpenCells {
  kind: 'number' | 'date';
  /** The first of them. */
  text: string;
  count: number;
  locale: string | undefined;
  /** That the amount can be in, the usual first. */
  currencies: readonly string[];
}

export interface ObservedColumn {
  field: string;
  spec: FieldSpec;
  evidence: ColumnEvidence;
  open: OpenCells[];
}

/** Longer than any number or date. */
const MAX_CHARACTERS = 200;
/** Languages and currencies of one list; the rows of further ones speak for nobody. */
const MAX_GROUPS = 100;

interface Column extends Omit<ObservedColumn, 'open'> {
  kind: 'number' | 'date';
  open: Map<string, OpenCells>;
}

const ISO_DAY = /^\d{4}-\d{2}-\d{2}/;

function evidenceOf({ evidence }: Column, group: string): Evidence[] {
  const { groups, all } = evidence;
  if (!Object.hasOwn(groups, group)) {
    if (Object.keys(groups).length >= MAX_GROUPS) return [all];
    groups[group] = {};
  }
  return [all, groups[group] ?? {}];
}

/** The mark without which the text is no number; undefined for `1299`, which needs none. */
function shownMark({ values }: NumberForms): '.' | ',' | undefined {
  if (values['.'] === undefined) return ',';
  return values[','] === undefined ? '.' : undefined;
}

/** The order without which the text is no date. */
function shownOrder({ days, separator }: DateForms) {
  const orders = Object.keys(days) as (keyof DateForms['days'])[];
  return separator !== '' && orders.length === 1 ? orders[0] : undefined;
}

function noteOpen(column: Column, key: string, cell: Omit<OpenCells, 'count' | 'kind'>): void {
  const known = column.open.get(key);
  if (known) known.count += 1;
  else if (column.open.size < MAX_GROUPS) {
    column.open.set(key, { ...cell, kind: column.kind, count: 1 });
  }
}

function observeNumber(column: Column, text: string, data: object): void {
  const forms = numberForms(text);
  if (!forms) return;
  const locale = localeOfRow(data);
  const currencies = currenciesFor(forms, currencyOfRow(column.spec, data));
  const group = groupOf(locale, currencies[0]);
  const mark = openMark(forms);
  if (mark !== undefined) {
    noteOpen(column, `${mark} ${group}`, { text, locale, currencies });
    return;
  }
  const shown = shownMark(forms);
  if (shown === undefined) return;
  for (const evidence of evidenceOf(column, group)) {
    evidence.marks ??= {};
    evidence.marks[shown] ??= text;
  }
}

function observeDate(column: Column, text: string, data: object): void {
  if (ISO_DAY.test(text)) return;
  const locale = localeOfRow(data);
  const forms = dateForms(text, locale);
  if ('problem' in forms) return;
  const group = groupOf(locale, undefined);
  const { separator } = forms;
  if (isOpenDate(forms)) {
    const key = `${separator} ${Object.keys(forms.days)} ${forms.isSpaced} ${group}`;
    noteOpen(column, key, { text, locale, currencies: [] });
    return;
  }
  const shown = shownOrder(forms);
  if (shown === undefined) return;
  for (const evidence of evidenceOf(column, group)) {
    evidence.orders ??= {};
    const orders = evidence.orders[separator] ?? {};
    orders[shown] ??= text;
    evidence.orders[separator] = orders;
  }
}

/**
 * Looks over the rows of a list for what its numbers and dates show of how they are written: `12,50`
 * shows a decimal comma, `24/09/2026` shows that the day comes first.
 */
export function createColumnObserver(fields: Readonly<Record<string, FieldSpec>>) {
  const columns = Object.entries(fields).flatMap(([field, spec]): Column[] => {
    const { kind } = fieldTypeOf(spec).valueType(spec, 'text');
    if (kind !== 'number' && kind !== 'date') return [];
    return [{ field, spec, kind, evidence: { groups: {}, all: {} }, open: new Map() }];
  });
  return {
    /** No field of the template is a number or a date. */
    isIdle: columns.length === 0,

    add(data: object): void {
      for (const column of columns) {
        if (!Object.hasOwn(data, column.field)) continue;
        const value: unknown = Reflect.get(data, column.field);
        if (typeof value !== 'string' || value.length > MAX_CHARACTERS) continue;
        const text = value.trim();
        if (column.kind === 'number') observeNumber(column, text, data);
        else observeDate(column, text, data);
      }
    },

    end: (): ObservedColumn[] =>
      columns.map(({ field, spec, evidence, open }) => {
        return { field, spec, evidence, open: [...open.values()] };
      }),
  };
}
