import { remembered } from '../../lib/remembered.js';
import { documentLanguage } from '../document-language.js';
import { hasFormats } from '../locale.js';
import type { FieldSpec } from '../manifest.js';
import type { ResolvedFields } from '../template.js';
import type { GivenReading, ReadingHints } from './reading-hints.js';

/** What a value is that a program wrote: templates, expressions, addresses. */
export const MACHINE_WRITTEN: ReadingHints = { decimal: '.' };

const currencyOf = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[a-z]{3}$/i.test(value.trim())
    ? value.trim().toUpperCase()
    : undefined;

const MAX_KEPT = 200;

/** Intl would take the machine's language for one that it does not have. */
const knownLocale = remembered(MAX_KEPT, (tag): string | undefined =>
  hasFormats(tag) ? new Intl.Locale(tag).baseName : undefined,
);

/** The language that a row names for its values, without extensions; undefined for none that is known. */
export function localeOfRow(data: object): string | undefined {
  const tag = documentLanguage(data as ResolvedFields);
  return tag === undefined ? undefined : knownLocale(tag);
}

/** The currency that the row names for an amount. */
export function currencyOfRow(spec: FieldSpec, data: object): string | undefined {
  const { currency } = spec;
  return currency !== undefined && Object.hasOwn(data, currency)
    ? currencyOf(Reflect.get(data, currency))
    : undefined;
}

/** What is known about the values of a row: by the request, their columns and the row itself. */
export function createRowHints(
  fields: Readonly<Record<string, FieldSpec>>,
  data: object,
  given: GivenReading | undefined,
): (name: string) => ReadingHints {
  const { columns = {}, ...whole } = given ?? {};
  const row: ReadingHints = { ...whole, locale: localeOfRow(data) };
  return (name) => {
    const column = Object.hasOwn(columns, name) ? columns[name] : undefined;
    const spec = fields[name];
    if (spec?.currency === undefined) return column === undefined ? row : { ...row, column };
    const currency = currencyOfRow(spec, data);
    const standardCurrency = currencyOf(fields[spec.currency]?.default);
    return { ...row, column, currency, standardCurrency };
  };
}
