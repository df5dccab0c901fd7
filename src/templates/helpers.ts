import { codePoints } from './clean-text.js';
import {
  changeLetters,
  digitsOption,
  formatDate,
  formatNumber,
  isCurrency,
  isLocale,
  isTimeZone,
  joinList,
  pluralForm,
} from './format-values.js';
import { hyphenate } from './hyphenate.js';
import { initialsOf } from './initials.js';

/**
 * What a value in a template is, as far as the check at load can tell. `entry`: of a list.
 * `hyphenated`: text with marks that mean something to layout alone.
 */
export type ValueKind =
  | 'text'
  | 'hyphenated'
  | 'number'
  | 'boolean'
  | 'color'
  | 'date'
  | 'image'
  | 'list'
  | 'entry'
  | 'literal';

interface HelperParameter {
  name: string;
  /** Absent: any kind. A `literal` always fits. */
  takes?: readonly ValueKind[];
  optional?: true;
  /** The last one may be repeated. */
  many?: true;
  /** For a literal in the template: why it cannot be, or undefined. */
  check?: (value: unknown) => string | undefined;
}

export interface Helper {
  /** As the reference shows it. */
  usage: string;
  doc: string;
  params: readonly HelperParameter[];
  options?: Readonly<Record<string, Omit<HelperParameter, 'name' | 'optional' | 'many'>>>;
  /** `same`: what the first parameters are. `item`: the kind of the list's entries. */
  returns: ValueKind | 'same' | 'item';
  /** Steps of work for each character that it reads, as measured; see `WorkBudget`. Otherwise 1. */
  workPerCharacter?: number;
  /** Steps that do not go by the characters read. */
  moreWork?(params: readonly unknown[], options: Readonly<Record<string, unknown>>): number;
  /** Steps for each further set of options within one evaluation: formats are dear to make. */
  firstWork?: number;
  /** The parameter, from 0, by which formats differ, besides the options. */
  firstWorkParam?: number;
  run(params: readonly unknown[], options: Readonly<Record<string, unknown>>): unknown;
}

function oneOf(...choices: unknown[]) {
  return (value: unknown) =>
    choices.includes(value) ? undefined : `must be one of: ${choices.join(', ')}`;
}

function valid(test: (value: unknown) => boolean, what: string) {
  return (value: unknown) => (test(value) ? undefined : `is not ${what}`);
}

const locale = { check: valid(isLocale, 'a locale such as "en-GB"') };
const timezone = { check: valid(isTimeZone, 'a time zone such as "Europe/Berlin"') };
const digits = {
  takes: ['number'],
  check: valid((v) => Number.isInteger(v) && Number(v) >= 0 && Number(v) <= 6, 'from 0 to 6'),
} as const;
const dateParam = { name: 'date', takes: ['date', 'text'] } as const;
const numberParam = { name: 'number', takes: ['number'] } as const;
const textParam = { name: 'text', takes: ['text', 'number', 'date'] } as const;
const listParam = { name: 'list', takes: ['list'] } as const;
const countCheck = valid((v) => Number.isInteger(v) && Number(v) >= 0, 'a whole number');

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** As `{{#if}}` sees it: '', 0, null, false and an empty list are nothing. */
function isSomething(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** Numbers by size, everything else (ISO dates, too) by its characters. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [text(a), text(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

const dateStyles = ['full', 'long', 'medium', 'short'] as const;
const nameStyles = ['long', 'short', 'narrow'] as const;

function styleOf<const T extends string>(
  value: unknown,
  styles: readonly T[],
  standard: NoInfer<T>,
): T {
  return styles.find((s) => s === value) ?? standard;
}

const dateOptions = (styles: readonly string[]) => ({
  style: { check: oneOf(...styles) },
  locale,
  timezone,
});

/** What the formats of a language cost, and what reading a date does. */
const FORMAT = { workPerCharacter: 15, firstWork: 200_000 } as const;
/** Letters beyond ASCII go by tables. */
const LETTERS = { workPerCharacter: 30 } as const;

/** One part of a date by itself, for designs such as a calendar's leaf. */
function datePart(
  usage: string,
  doc: string,
  styles: readonly string[],
  part: (style: unknown, o: Readonly<Record<string, unknown>>) => Intl.DateTimeFormatOptions,
  more: Helper['options'] = {},
): Helper {
  return {
    usage,
    doc,
    params: [dateParam],
    options: { ...dateOptions(styles), ...more },
    returns: 'text',
    ...FORMAT,
    run: ([date], o) =>
      formatDate(date, { locale: o.locale, timezone: o.timezone, options: part(o.style, o) }),
  };
}

const two: readonly HelperParameter[] = [{ name: 'a' }, { name: 'b' }];

/**
 * Everything that a template may call besides `#if`, `#unless`, `#each` and `#with`. Pure, total
 * and the same on every machine. docs/templates.md is held against this table.
 */
export const helpers: Readonly<Record<string, Helper>> = {
  eq: {
    usage: '(eq a b)',
    doc: 'True if both are the same.',
    params: two,
    returns: 'boolean',
    run: ([a, b]) => a === b,
  },
  ne: {
    usage: '(ne a b)',
    doc: 'True if they differ.',
    params: two,
    returns: 'boolean',
    run: ([a, b]) => a !== b,
  },
  gt: {
    usage: '(gt a b)',
    doc: 'True if a is greater (numbers) or later (dates, text) than b.',
    params: two,
    returns: 'boolean',
    run: ([a, b]) => compare(a, b) > 0,
  },
  lt: {
    usage: '(lt a b)',
    doc: 'True if a is less or earlier than b.',
    params: two,
    returns: 'boolean',
    run: ([a, b]) => compare(a, b) < 0,
  },
  and: {
    usage: '(and a b …)',
    doc: 'True if all hold something.',
    params: [{ name: 'value', many: true }],
    returns: 'boolean',
    run: (values) => values.every(isSomething),
  },
  or: {
    usage: '(or a b …)',
    doc: 'True if any holds something.',
    params: [{ name: 'value', many: true }],
    returns: 'boolean',
    run: (values) => values.some(isSomething),
  },
  not: {
    usage: '(not a)',
    doc: 'True if a is empty, 0 or false.',
    params: [{ name: 'value' }],
    returns: 'boolean',
    run: ([value]) => !isSomething(value),
  },
  upper: {
    usage: '{{upper text locale="tr"}}',
    doc: 'In capitals, by the rules of the locale.',
    params: [textParam],
    options: { locale },
    returns: 'text',
    ...LETTERS,
    run: ([value], o) => changeLetters(text(value), 'upper', o.locale),
  },
  lower: {
    usage: '{{lower text locale="tr"}}',
    doc: 'In small letters, by the rules of the locale.',
    params: [textParam],
    options: { locale },
    returns: 'text',
    ...LETTERS,
    run: ([value], o) => changeLetters(text(value), 'lower', o.locale),
  },
  initials: {
    usage: '{{initials name}}',
    doc: 'The first letters of the first and the last word: "Anna van der Berg" is "AB".',
    params: [textParam],
    returns: 'text',
    workPerCharacter: 150,
    run: ([value]) => initialsOf(text(value)),
  },
  hyphenate: {
    usage: '{{hyphenate text locale compounds=true}}',
    doc: 'The text with soft hyphens where its words of 8 letters or more may break, by the rules of the language (`"de"`, or a field); as it is where the language is not known. `compounds`: only in languages that join words into long ones, such as German. In text only, not in attributes.',
    params: [
      { name: 'text', takes: ['text'] },
      { name: 'locale', takes: ['text'], ...locale },
    ],
    options: { compounds: { check: oneOf(true, false) } },
    returns: 'hyphenated',
    workPerCharacter: 3_000,
    run: ([value, language], o) =>
      hyphenate(text(value), text(language), { compounds: o.compounds === true }),
  },
  date: {
    usage: '{{date d style="long" locale="en" timezone="UTC"}}',
    doc: 'The day. `style`: full, long (standard), medium, short.',
    params: [dateParam],
    options: dateOptions(dateStyles),
    returns: 'text',
    ...FORMAT,
    run: ([date], o) =>
      formatDate(date, {
        locale: o.locale,
        timezone: o.timezone,
        options: { dateStyle: styleOf(o.style, dateStyles, 'long') },
      }),
  },
  time: {
    usage: '{{time d style="short" hour12=false locale="en" timezone="UTC"}}',
    doc: 'The time of day, nothing for a date without one. `style`: short (standard), medium.',
    params: [dateParam],
    options: { ...dateOptions(['short', 'medium']), hour12: { check: oneOf(true, false) } },
    returns: 'text',
    ...FORMAT,
    run: ([date], o) =>
      formatDate(date, {
        locale: o.locale,
        timezone: o.timezone,
        needsTime: true,
        options: {
          timeStyle: styleOf(o.style, ['short', 'medium'], 'short'),
          ...(typeof o.hour12 === 'boolean' ? { hour12: o.hour12 } : {}),
        },
      }),
  },
  day: datePart(
    '{{day d style="numeric"}}',
    'The day of the month. `style`: numeric (standard), 2-digit.',
    ['numeric', '2-digit'],
    (style) => ({ day: styleOf(style, ['numeric', '2-digit'], 'numeric') }),
  ),
  month: datePart(
    '{{month d style="long" year=true locale="en"}}',
    'The month. `style`: long (standard), short, narrow, numeric, 2-digit. `year`: with the year, as the language writes the two.',
    [...nameStyles, 'numeric', '2-digit'],
    (style, { year }) => ({
      month: styleOf(style, [...nameStyles, 'numeric', '2-digit'], 'long'),
      ...(year === true ? { year: 'numeric' as const } : {}),
    }),
    { year: { check: oneOf(true, false) } },
  ),
  year: datePart('{{year d}}', 'The year.', ['numeric', '2-digit'], (style) => ({
    year: styleOf(style, ['numeric', '2-digit'], 'numeric'),
  })),
  weekday: datePart(
    '{{weekday d style="long" locale="en"}}',
    'The day of the week. `style`: long (standard), short, narrow.',
    nameStyles,
    (style) => ({ weekday: styleOf(style, nameStyles, 'long') }),
  ),
  number: {
    usage: '{{number n digits=1 notation="compact" locale="en"}}',
    doc: 'A number with separators. `notation`: standard, compact (12K). `digits`: after the point.',
    params: [numberParam],
    options: { digits, notation: { check: oneOf('standard', 'compact') }, locale },
    returns: 'text',
    ...FORMAT,
    run: ([value], o) =>
      formatNumber(value, o.locale, {
        notation: o.notation === 'compact' ? 'compact' : 'standard',
        ...digitsOption(o.digits),
      }),
  },
  currency: {
    usage: '{{currency price "EUR" digits=0 locale="en"}}',
    doc: 'An amount of money. The second is an ISO 4217 code, written or from a field.',
    params: [
      numberParam,
      { name: 'code', takes: ['text'], check: valid(isCurrency, 'a code such as "EUR"') },
    ],
    options: { digits, locale },
    returns: 'text',
    ...FORMAT,
    firstWorkParam: 1,
    run: ([value, code], o) => {
      const money = isCurrency(code) ? { style: 'currency' as const, currency: code } : {};
      return formatNumber(value, o.locale, { ...money, ...digitsOption(o.digits) });
    },
  },
  percent: {
    usage: '{{percent share digits=1 locale="en"}}',
    doc: 'A share as a percentage: 0.25 is 25%.',
    params: [numberParam],
    options: { digits, locale },
    returns: 'text',
    ...FORMAT,
    run: ([value], o) =>
      formatNumber(value, o.locale, { style: 'percent', ...digitsOption(o.digits) }),
  },
  plural: {
    usage: '{{plural n "seat" "seats" locale="en"}}',
    doc: 'The word that goes with the count; `zero`, `two`, `few`, `many` for languages that have them.',
    params: [
      { name: 'count', takes: ['number'] },
      { name: 'one', takes: ['text'] },
      { name: 'other', takes: ['text'] },
    ],
    options: { zero: {}, two: {}, few: {}, many: {}, locale },
    returns: 'text',
    ...FORMAT,
    run: ([count, one, other], o) => {
      const form = pluralForm(Number(count ?? 0), o.locale);
      return form === 'one' ? text(one) : text(form === 'other' ? other : (o[form] ?? other));
    },
  },
  join: {
    usage: '{{join list ", "}}',
    doc: 'The entries in one text, or with `locale` as a phrase: "a, b, and c".',
    params: [listParam, { name: 'separator', takes: ['text'], optional: true }],
    options: { locale },
    returns: 'text',
    ...FORMAT,
    moreWork: ([value, separator], o) => {
      const entries = list(value);
      const perEntry = o.locale === undefined ? 100 + text(separator).length : 2_000;
      return entries.reduce<number>(
        (sum, entry) => sum + perEntry + (typeof entry === 'string' ? entry.length : 0),
        0,
      );
    },
    run: ([value, separator], o) => {
      const items = list(value).map(text);
      if (o.locale !== undefined) return joinList(items, o.locale);
      return items.join(separator === undefined ? ', ' : text(separator));
    },
  },
  default: {
    usage: '{{default a b …}}',
    doc: 'The first that holds something.',
    params: [{ name: 'value', many: true }],
    returns: 'same',
    run: (values) => values.find(isSomething) ?? '',
  },
  first: {
    usage: '{{first list}}',
    doc: 'The first entry of a list.',
    params: [listParam],
    returns: 'item',
    run: ([value]) => list(value)[0] ?? '',
  },
  limit: {
    usage: '{{#each (limit list 3)}}',
    doc: 'The first so many entries of a list.',
    params: [listParam, { name: 'count', takes: ['number'], check: countCheck }],
    returns: 'same',
    moreWork: ([value]) => list(value).length * 5,
    run: ([value, count]) => list(value).slice(0, Math.max(0, Math.trunc(Number(count)))),
  },
  length: {
    usage: '{{length list}}',
    doc: 'How many entries a list has, or characters a text.',
    params: [{ name: 'value', takes: ['list', 'text'] }],
    returns: 'number',
    workPerCharacter: 7,
    run: ([value]) => (Array.isArray(value) ? value.length : codePoints(text(value))),
  },
};
