import { remembered } from '../../lib/remembered.js';
import type { DateOrder, DecimalMark } from './reading-hints.js';

/* How numbers and dates are written where a language is spoken, by Intl. */

interface NumberHabit {
  decimal: string;
  group: string;
}

const MAX_KEPT = 200;

const numberHabit = remembered(MAX_KEPT, (locale): NumberHabit => {
  const format = new Intl.NumberFormat(locale, { numberingSystem: 'latn' });
  const parts = format.formatToParts(1_234_567.5);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return { decimal: part('decimal'), group: part('group') };
});

/** Spoken where either mark is in use, so that the language alone says nothing. */
const EITHER_MARK = ['es', 'es-419', 'ar', 'ar-001'];
/** Day first in most places, month first in some. */
const EITHER_ORDER = ['en', 'en-CA', 'en-001', 'en-150'];

/**
 * The decimal mark of a language, as far as it tells about a text with `mark` in it: where the
 * language uses that mark for nothing at all, it does not.
 */
export function localeMark(locale: string | undefined, mark: DecimalMark): DecimalMark | undefined {
  if (locale === undefined || EITHER_MARK.includes(locale)) return undefined;
  const { decimal, group } = numberHabit(locale);
  if (decimal === mark) return mark;
  if (group === mark) return mark === '.' ? ',' : '.';
  return undefined;
}

const dateHabit = remembered(MAX_KEPT, (locale): DateOrder | 'open' => {
  const options = { day: 'numeric', month: 'numeric', year: 'numeric' } as const;
  const format = new Intl.DateTimeFormat(locale, {
    ...options,
    calendar: 'gregory',
    timeZone: 'UTC',
  });
  const order = format
    .formatToParts(0)
    .flatMap(({ type }) => (['day', 'month', 'year'].includes(type) ? type.charAt(0) : []))
    .join('');
  return order === 'dmy' || order === 'mdy' || order === 'ymd' ? order : 'open';
});

export function localeOrder(locale: string | undefined): DateOrder | undefined {
  if (locale === undefined || EITHER_ORDER.includes(locale)) return undefined;
  const order = dateHabit(locale);
  return order === 'open' ? undefined : order;
}
