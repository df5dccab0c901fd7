import { remembered } from '../lib/remembered.js';
import { canonicalLocale } from './locale.js';
import { parseDate } from './parse-date.js';

/*
 * Formats for helpers. Nothing here depends on the machine's language, time zone or clock; what
 * comes from a field and is unknown (a locale, a zone, a currency) falls back to the default
 * instead of failing a picture.
 */

const DEFAULT_LOCALE = 'en';

/** Asking Intl costs as much as using it; answers are remembered, for names that can be any. */
const MAX_NAMES_KEPT = 500;
const MAX_NAME_LENGTH = 100;

/** Whether Intl takes a name, which it says by throwing. */
const takesTimeZone = remembered(MAX_NAMES_KEPT, (timeZone) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
});

export function isLocale(value: unknown): value is string {
  return canonicalLocale(value) !== undefined;
}

export function isTimeZone(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_NAME_LENGTH) return false;
  return takesTimeZone(value);
}

export function isCurrency(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z]{3}$/i.test(value);
}

/** Intl falls from a region to its language by itself; from a language that it lacks, to English. */
function localesOf(value: unknown): string[] {
  const tag = canonicalLocale(value);
  return tag === undefined ? [DEFAULT_LOCALE] : [tag, DEFAULT_LOCALE];
}

/** Building an Intl object costs a hundred times its use; a template uses a handful. */
const MAX_KEPT = 200;
type Format = Intl.DateTimeFormat | Intl.NumberFormat | Intl.PluralRules | Intl.ListFormat;
const kept = new Map<string, Format>();

function keep<T extends Format>(key: string, build: () => T): T {
  const found = kept.get(key);
  if (found) return found as T;
  if (kept.size >= MAX_KEPT) kept.clear();
  const built = build();
  kept.set(key, built);
  return built;
}

export interface DateFormat {
  locale?: unknown;
  timezone?: unknown;
  options: Intl.DateTimeFormatOptions;
  /** Shows a time of day: a date without one then shows nothing. */
  needsTime?: boolean;
}

/**
 * A resolved date in the given form. Dates and wall-clock times are shown as written; an instant
 * is shown in `timezone`, UTC where none is given. Text that is no date comes back as it is.
 */
export function formatDate(value: unknown, format: DateFormat): string {
  if (typeof value !== 'string' && typeof value !== 'number') return '';
  const parsed = value === '' ? { problem: 'empty' } : parseDate(value);
  if ('problem' in parsed) return String(value);
  const isInstant = parsed.value.endsWith('Z');
  const hasTime = parsed.value.includes('T');
  if (format.needsTime && !hasTime) return '';
  const ms = Date.parse(isInstant || !hasTime ? parsed.value : `${parsed.value}Z`);
  const timeZone = isInstant && isTimeZone(format.timezone) ? format.timezone : 'UTC';
  const options = { ...format.options, timeZone, calendar: 'gregory' };
  const locales = localesOf(format.locale);
  const key = `d ${locales[0]} ${JSON.stringify(options)}`;
  return keep(key, () => new Intl.DateTimeFormat(locales, options)).format(ms);
}

export function formatNumber(
  value: unknown,
  locale: unknown,
  options: Intl.NumberFormatOptions,
): string {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return String(value ?? '');
  const locales = localesOf(locale);
  const key = `n ${locales[0]} ${JSON.stringify(options)}`;
  return keep(key, () => new Intl.NumberFormat(locales, options)).format(number);
}

/** Digits after the point as Intl takes them; 0 to 6, or undefined for the locale's own. */
export function digitsOption(digits: unknown): Intl.NumberFormatOptions {
  if (typeof digits !== 'number' || !Number.isInteger(digits)) return {};
  const bounded = Math.min(6, Math.max(0, digits));
  return { minimumFractionDigits: bounded, maximumFractionDigits: bounded };
}

export function pluralForm(count: number, locale: unknown): Intl.LDMLPluralRule {
  const locales = localesOf(locale);
  return keep(`p ${locales[0]}`, () => new Intl.PluralRules(locales)).select(count);
}

export function joinList(items: string[], locale: unknown): string {
  const locales = localesOf(locale);
  const build = () => new Intl.ListFormat(locales, { type: 'conjunction' });
  return keep(`l ${locales[0]}`, build).format(items);
}

export function changeLetters(text: string, to: 'upper' | 'lower', locale: unknown): string {
  return to === 'upper'
    ? text.toLocaleUpperCase(localesOf(locale))
    : text.toLocaleLowerCase(localesOf(locale));
}
