import { documentLanguage } from '../document-language.js';
import type { FieldSpec } from '../manifest.js';
import type { ResolvedFields } from '../template.js';
import type { GivenReading, ReadingHints } from './reading-hints.js';

/** What a value is that a program wrote: templates, expressions, addresses. */
export const MACHINE_WRITTEN: ReadingHints = { decimal: '.' };

const currencyOf = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[a-z]{3}$/i.test(value.trim())
    ? value.trim().toUpperCase()
    : undefined;

/** What a row says about how its own values are written: the language that it names, if any. */
export function localeOfRow(data: object): string | undefined {
  return documentLanguage(data as ResolvedFields);
}

/** The currency that the row names for an amount. */
export function currencyOfRow(spec: FieldSpec, data: object): string | undefined {
  const { currency } = spec;
  return currency !== undefined && Object.hasOwn(data, currency)
    ? currencyOf(Reflect.get(data, currency))
    : undefined;
}

/** What is known about one value: by the request, its column and its row. */
export function hintsFor(
  name: string,
  fields: Readonly<Record<string, FieldSpec>>,
  data: object,
  given: GivenReading | undefined,
): ReadingHints {
  const { columns = {}, ...whole } = given ?? {};
  const spec = fields[name];
  const standard = fields[spec?.currency ?? ''];
  return {
    ...whole,
    column: Object.hasOwn(columns, name) ? columns[name] : undefined,
    locale: localeOfRow(data),
    currency: spec && currencyOfRow(spec, data),
    standardCurrency: currencyOf(standard?.default),
  };
}
