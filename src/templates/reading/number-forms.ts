import { currenciesOf } from './currency-signs.js';
import { plainNumerals } from './plain-numerals.js';
import type { DecimalMark } from './reading-hints.js';

/** What a text can be as a number. */
export interface NumberForms {
  /** The value with this decimal mark; absent where the text cannot be read so. */
  values: Partial<Record<DecimalMark, number>>;
  /** That its sign or word can mean, the usual first; empty without one. */
  currencies: readonly string[];
  /** As written, for messages. */
  sign: string;
}

/** Groups of three behind a first of one to three; `S` is one kind of separator, used throughout. */
const GROUPS = /^[1-9]\d{0,2}(?:([ '.,_\u066c])\d{3})(?:\1\d{3})*$/;
/** Indian: two digits a group, three in the last. */
const LAKHS = /^[1-9]\d?(?:,\d{2})+,\d{3}$/;
const APOSTROPHES = /['\u2018\u2019\u02bc\u00b4`\uff07]/g;
/** `5,-` and `12.–`: no parts. */
const NO_PARTS = /^([.,])\s?-{1,2}(?!\d)/;

/** The value if `mark` is the decimal mark. */
function valueWith(digits: string, mark: string): number | undefined {
  const [whole = '', parts, ...more] = digits.split(mark);
  if (more.length > 0 || (parts !== undefined && !/^\d*$/.test(parts))) return undefined;
  if (whole === '' && (parts ?? '') === '') return undefined;
  if (!/^\d*$/.test(whole) && !LAKHS.test(whole) && !GROUPS.test(whole)) return undefined;
  return Number(`${whole.replaceAll(/\D/g, '') || '0'}.${parts || '0'}`);
}

/** Values of digits with marks between them, `1.234,50`, perhaps with an exponent. */
function valuesOf(body: string): NumberForms['values'] {
  const [, digits = '', exponent] =
    /^([\d .,'_\u066b\u066c]+?)(?:e([+-]?\d{1,3}))?$/i.exec(body) ?? [];
  if (digits === '') return {};
  // The Arabic decimal mark means nothing else.
  if (digits.includes('\u066b')) {
    const value = exponent === undefined ? valueWith(digits, '\u066b') : undefined;
    return value === undefined ? {} : { '.': value, ',': value };
  }
  const values: NumberForms['values'] = {};
  for (const mark of ['.', ','] as const) {
    const value = valueWith(digits, mark);
    // Nobody groups the digits before an exponent.
    const isGrouped = exponent !== undefined && !/^(?:\d+(?:[.,]\d*)?|[.,]\d+)$/.test(digits);
    const hasOther = exponent !== undefined && digits.includes(mark === '.' ? ',' : '.');
    if (value === undefined || isGrouped || hasOther) continue;
    values[mark] = exponent === undefined ? value : Number(`${value}e${exponent}`);
  }
  return values;
}

/** Cut into what stands before the digits, these, and what stands behind. */
function cut(text: string): { before: string; body: string; after: string } | undefined {
  const first = text.search(/\d/);
  if (first < 0) return undefined;
  let start = first;
  // `.5` and `$.5` begin with their mark; the dot of `Rs.500` belongs to the word.
  if (
    /[.,\u066b]/.test(text[first - 1] ?? '') &&
    !/[\p{L}\p{M}]\s*$/u.test(text.slice(0, first - 1))
  ) {
    start = first - 1;
  }
  let end = text.length;
  while (end > first && !/\d/.test(text[end - 1] ?? '')) end -= 1;
  return { before: text.slice(0, start), body: text.slice(start, end), after: text.slice(end) };
}

/** -1 for a minus or the brackets of accountants, undefined for more than one sign. */
function signOf(before: string, after: string): number | undefined {
  const minus = `${before}${after}`.match(/-/g)?.length ?? 0;
  const plus = `${before}${after}`.match(/\+/g)?.length ?? 0;
  const opens = before.match(/\(/g)?.length ?? 0;
  const closes = after.match(/\)/g)?.length ?? 0;
  if (opens !== closes || minus + plus + opens > 1) return undefined;
  if (before.includes(')') || after.includes('(') || after.includes('+')) return undefined;
  return minus + opens > 0 ? -1 : 1;
}

const wordOf = (part: string) => part.replaceAll(/[-+()]/g, '').trim();

/** The currencies that all of the signs can mean; undefined where one is no sign of a currency. */
function currenciesFrom(signs: string[]): readonly string[] | undefined {
  let common: readonly string[] | undefined;
  for (const sign of signs) {
    const meant = currenciesOf(sign);
    if (meant.length === 0) return undefined;
    common = common?.filter((code) => meant.includes(code)) ?? meant;
    if (common.length === 0) return undefined;
  }
  return common ?? [];
}

/** Every way in which a text can be read as a number; undefined where it is none. */
export function numberForms(raw: string): NumberForms | undefined {
  const text = plainNumerals(raw).replaceAll(APOSTROPHES, "'");
  const parts = cut(text);
  if (!parts) return undefined;
  let { body, after } = parts;
  const whole = NO_PARTS.exec(after);
  if (whole) {
    body += `${whole[1]}00`;
    after = after.slice(whole[0].length);
  } else if (after.startsWith('.')) {
    after = after.slice(1);
  } else if (after.trim() === '/-') {
    after = '';
  }
  const sign = signOf(parts.before, after);
  const words = [wordOf(parts.before), wordOf(after)].filter((word) => word !== '');
  const currencies = currenciesFrom(words);
  if (sign === undefined || !currencies) return undefined;
  const values = valuesOf(body);
  for (const mark of ['.', ','] as const) {
    const value = values[mark];
    if (value !== undefined) values[mark] = value === 0 ? 0 : sign * value;
  }
  if (values['.'] === undefined && values[','] === undefined) return undefined;
  return { values, currencies, sign: words[0] ?? '' };
}
