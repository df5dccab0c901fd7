import { remembered } from '../../lib/remembered.js';
import { calendarDate } from './calendar-date.js';
import { localeOrder } from './locale-habits.js';
import { foldWord, monthOf } from './month-names.js';
import { writtenYear } from './written-year.js';

/** Words between the parts of a date that say nothing: "of", "the", "year", endings of ordinals. */
const LOOSE_WORDS = new Set(
  'of the พ.ศ ค.ศ ж de del den der die le el d di da do dos ה st nd rd th er e o a º ª m g г р год года року рік gada eko ko an y na ngày on le el وم'
    .split(' ')
    .map(foldWord),
);

const ENGLISH_WEEKDAYS = new Set(
  'sunday monday tuesday wednesday thursday friday saturday sun mon tue tues wed thu thur thurs fri sat'.split(
    ' ',
  ),
);

const MAX_KEPT = 100;

const weekdaysOf = remembered(MAX_KEPT, (locale): Set<string> => {
  const names = new Set<string>();
  for (const weekday of ['long', 'short'] as const) {
    const format = new Intl.DateTimeFormat(locale, { weekday, timeZone: 'UTC' });
    for (let day = 1; day <= 7; day += 1) {
      // Names of several words come in several words.
      for (const word of format.format(day * 86_400_000).split(/[\s-]+/)) names.add(foldWord(word));
    }
  }
  return names;
});

function isWeekday(word: string, locale: string | undefined): boolean {
  const name = foldWord(word);
  return ENGLISH_WEEKDAYS.has(name) || (locale !== undefined && weekdaysOf(locale).has(name));
}

/** A word with the dots and apostrophes within and behind it, a number, or what may stand between. */
const TOKEN =
  /([\p{L}\p{M}][\p{L}\p{M}\u200c\u200d]*(?:\.[\p{L}\p{M}]+)*[.'\u2019\u05f3\u05f4\u0970\u02bc]?)|(\d+)|[\s,./()\u2013'\u2019º°ª-]/guy;

interface WordDate {
  /** As ISO 8601 writes it. */
  day: string;
  /** The text behind it. */
  behind: string;
}

const NO_DATE = { problem: 'is not a date' };

/** Month and the numbers around it, in the order in which they stand, and where they end. */
function partsOf(text: string, locale: string | undefined) {
  const numbers: string[] = [];
  let month: number | 'several' | undefined;
  let before = 0;
  TOKEN.lastIndex = 0;
  for (let end = 0; end < text.length; ) {
    const token = TOKEN.exec(text);
    if (!token) return undefined;
    end = TOKEN.lastIndex;
    const [, word, number] = token;
    if (number !== undefined) numbers.push(number);
    else if (word !== undefined) {
      const found = month === undefined ? monthOf(word, locale) : undefined;
      if (found !== undefined) {
        month = found;
        before = numbers.length;
      } else if (!LOOSE_WORDS.has(foldWord(word)) && !isWeekday(word, locale)) return undefined;
    }
    if (month !== undefined && numbers.length === 2) return { numbers, month, before, end };
  }
  return undefined;
}

/** A date with the name of its month: `24 September 2026`, `24-Sep-26`, `2026. szept. 24.` */
export function wordDate(
  text: string,
  raw: string,
  locale: string | undefined,
): WordDate | { problem: string } {
  const parts = partsOf(text, locale);
  if (!parts) return NO_DATE;
  const { month, numbers, before, end } = parts;
  if (month === 'several')
    return { problem: 'names a month that is another one in another language' };
  const [first = '', second = ''] = numbers;
  const yearFirst = first.length === 4;
  if (yearFirst === (second.length === 4)) {
    // `24-Sep-26`, as Excel writes it; not where the year comes first.
    const isExcel = before > 0 && first.length <= 2 && second.length === 2;
    const isMonthFirst = before === 0 && first.length <= 2 && second.length === 2;
    if (!(isExcel || isMonthFirst) || localeOrder(locale) === 'ymd') return NO_DATE;
  }
  const [yearText, dayText] = yearFirst ? [first, second] : [second, first];
  if (dayText.length > 2) return NO_DATE;
  const year = writtenYear(yearText, { locale, raw, isBare: false, isFirst: false });
  if (typeof year === 'object') return year;
  const day = calendarDate(year, month, Number(dayText));
  if (!day) return { problem: 'is a day that does not exist' };
  return { day, behind: behindDate(text.slice(end), locale) };
}

/** What is left behind a date without the weekday and the letters that belong to it. */
function behindDate(text: string, locale: string | undefined): string {
  const [, ending = ''] = /^((?:th|st|nd|rd|d|г|р|\(a\))?\.?)(?![\p{L}\d])/iu.exec(text) ?? [];
  const words = text.slice(ending.length).split(/([\s,/]+)/);
  return words.filter((word) => !/\p{L}/u.test(word) || !isWeekday(word, locale)).join('');
}
