import { markOf, partDigits } from './reading/currency-signs.js';
import { localeMark } from './reading/locale-habits.js';
import { type NumberForms, numberForms } from './reading/number-forms.js';
import {
  type DecimalMark,
  groupOf,
  type ReadingHints,
  shownAlone,
} from './reading/reading-hints.js';

/** Beyond it a double no longer tells neighbours apart; no picture needs such a number. */
const MAX_NUMBER = 1e15;

export type ParsedNumber =
  | { value: number; currencies?: readonly string[]; sign?: string }
  | { problem: string };

/** Where the decision about a mark came from. */
export type MarkReason = 'request' | 'column' | 'locale' | 'currency' | 'file';

type SettledMark = { decimal: DecimalMark; by: MarkReason } | { problem: string };

const AMBIGUOUS = 'can be read in two ways';

function inRange(value: number): ParsedNumber {
  if (!Number.isFinite(value)) return { problem: 'is not a finite number' };
  if (Math.abs(value) > MAX_NUMBER) return { problem: 'is too large' };
  // -0 and 0 are one number and must have one name.
  return { value: value === 0 ? 0 : value };
}

const other = (mark: DecimalMark): DecimalMark => (mark === '.' ? ',' : '.');
const NAMES = { '.': 'a decimal point', ',': 'a decimal comma' };

/** The currencies that an amount can be in: those of its sign, narrowed by what the row says. */
export function currenciesFor(forms: NumberForms, currency: string | undefined): readonly string[] {
  if (currency === undefined) return forms.currencies;
  const isMeant = forms.currencies.length === 0 || forms.currencies.includes(currency);
  return isMeant ? [currency] : forms.currencies;
}

/** The mark that cells, language, currency and file speak for, in this order. */
function spokenFor(
  mark: DecimalMark,
  hints: ReadingHints,
  currencies: readonly string[],
): { decimal: DecimalMark; by: MarkReason; as?: string } | { problem: string } | undefined {
  const group = groupOf(hints.locale, currencies[0]);
  const own = shownAlone(hints.column?.groups[group]?.marks);
  if (own === 'both') return { problem: `${AMBIGUOUS}, and its column is written in both` };
  if (own) return { decimal: own.is, by: 'column', as: own.by };
  const all = shownAlone(hints.column?.all.marks);
  const locale = localeMark(hints.locale, mark);
  if (hints.locale === undefined && all && all !== 'both') {
    return { decimal: all.is, by: 'column', as: all.by };
  }
  if (locale) return { decimal: locale, by: 'locale' };
  // Who writes of a currency with three decimals from elsewhere may write them with either mark.
  const tells = partDigits(currencies) < 3 || /^ar\b/.test(hints.locale ?? '');
  const usual = tells ? markOf(currencies[0]) : undefined;
  if (usual) return { decimal: usual, by: 'currency' };
  if (all === 'both') return { problem: `${AMBIGUOUS}, and its column is written in both` };
  if (all) return { decimal: all.is, by: 'column', as: all.by };
  return hints.listMark && { decimal: hints.listMark, by: 'file' };
}

/**
 * Which mark is the decimal one in a text of three digits behind one `mark`, such as `1.299`. What
 * is known must agree: a price of three decimals in a currency of two is as doubtful as no hint.
 */
export function settleMark(
  mark: DecimalMark,
  hints: ReadingHints,
  currencies: readonly string[],
): SettledMark {
  const parts = currencies.length > 0 ? partDigits(currencies) : undefined;
  const spoken = spokenFor(mark, hints, currencies);
  if (hints.decimal !== undefined) {
    if (spoken && 'as' in spoken && spoken.as !== undefined && spoken.decimal !== hints.decimal) {
      return {
        problem: `${AMBIGUOUS}: the request says ${NAMES[hints.decimal]}, and "${spoken.as}" in the same column shows ${NAMES[spoken.decimal]}`,
      };
    }
    return { decimal: hints.decimal, by: 'request' };
  }
  if (parts === 0) return { decimal: other(mark), by: 'currency' };
  if (!spoken) return { problem: AMBIGUOUS };
  if ('problem' in spoken) return spoken;
  if (spoken.decimal === mark && parts === 2) {
    return { problem: `${AMBIGUOUS}, and ${currencies[0]} has no three decimals` };
  }
  return { decimal: spoken.decimal, by: spoken.by };
}

/** The one mark between the digits of a text that can be read in two ways. */
export function openMark({ values }: NumberForms): DecimalMark | undefined {
  const [point, comma] = [values['.'], values[',']];
  if (point === undefined || comma === undefined || point === comma) return undefined;
  // Read as a decimal mark, it makes the smaller number.
  return Math.abs(point) < Math.abs(comma) ? '.' : ',';
}

/**
 * A number from JSON or from a cell of text. Text may hold a sign, brackets around what is negative,
 * one currency, grouped thousands or lakhs, digits of any script, and a decimal point or comma.
 * Three digits behind one mark are read as `hints` say, or refused.
 */
export function parseNumber(raw: number | string, hints: ReadingHints = {}): ParsedNumber {
  if (typeof raw === 'number') return inRange(raw);
  const forms = numberForms(raw);
  if (!forms) return { problem: 'is not a number' };
  const { values, sign } = forms;
  const mark = openMark(forms);
  const meant = sign === '' ? {} : { currencies: forms.currencies, sign };
  const ranged = (value: number): ParsedNumber => {
    const parsed = inRange(value);
    return 'value' in parsed ? { ...parsed, ...meant } : parsed;
  };
  if (mark === undefined) return ranged(values['.'] ?? values[','] ?? Number.NaN);
  const settled = settleMark(mark, hints, currenciesFor(forms, hints.currency));
  if ('problem' in settled) {
    const [large, small] = [values[other(mark)], values[mark]];
    return { problem: `${settled.problem}: as ${large} or as ${small}` };
  }
  return ranged(values[settled.decimal] ?? Number.NaN);
}
