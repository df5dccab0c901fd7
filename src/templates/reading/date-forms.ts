import { calendarDate } from './calendar-date.js';
import { plainNumerals } from './plain-numerals.js';
import type { DateOrder } from './reading-hints.js';
import { timeBehind } from './time-of-day.js';
import { wordDate } from './word-date.js';
import { writtenYear } from './written-year.js';

/** What a text can be as a date. */
export interface DateForms {
  /** The day, as ISO 8601 writes it, by the order in which its parts stand. Never empty. */
  days: Partial<Record<DateOrder, string>>;
  /** Between its numbers; '' where the order is not in question. */
  separator: string;
  /** `26. 9. 24.`: people who write a year of two digits first write it like this. */
  isSpaced: boolean;
  /** The year has two digits and may stand first. */
  mayBeginWithYear: boolean;
  /** `T18:30:00`, or ''. */
  time: string;
}

export type ReadDate = DateForms | { problem: string };

const NO_DATE = { problem: 'is not a date' };
const NO_SUCH_DAY = { problem: 'is a day that does not exist' };

const NUMERIC = /^(\d{1,4})( ?)([./-]) ?(\d{1,2}) ?\3 ?(\d{1,4})(?!\d)\.?(.*)$/s;
const EAST_ASIAN = /^(\d{4}) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일号號](.*)$/s;
const VIETNAMESE =
  /^(?:(?:thứ \p{L}+|chủ nhật),? )?(?:ngày )?(\d{1,2}) (?:tháng|thg) (\d{1,2}),? (?:năm )?(\d{4})(.*)$/isu;
/** Some languages name the hour first. */
const TIME_FIRST = /^(?:lúc )?(\d{1,2}:\d{2}(?::\d{2})?),? (.+)$/is;
const WEEKDAY_BEHIND =
  /^ ?\(?(?:[月火水木金土日](?:曜日)?|星期[一二三四五六日]|[월화수목금토일](?:요일)?)\)?(?![\p{L}])/u;

/** Which parts the orders give to the numbers at the places 0, 1, 2. */
const PLACES: Record<DateOrder, [year: number, month: number, day: number]> = {
  dmy: [2, 1, 0],
  mdy: [2, 0, 1],
  ymd: [0, 1, 2],
};

function numericDays(
  numbers: [string, string, string],
  raw: string,
  locale: string | undefined,
): DateForms['days'] | { problem: string } {
  const days: DateForms['days'] = {};
  let problem: string | undefined;
  for (const order of ['dmy', 'mdy', 'ymd'] as const) {
    const [year = '', month = '', day = ''] = PLACES[order].map((place) => numbers[place]);
    const isYear = year.length === 4 || (year.length === 2 && numbers.every((n) => n.length <= 2));
    if (!isYear || month.length > 2 || day.length > 2) continue;
    const read = writtenYear(year, {
      locale,
      raw,
      isBare: order !== 'ymd',
      isFirst: order === 'ymd',
    });
    if (typeof read === 'object') {
      // Only where nothing else is wrong with it: month and day have to exist.
      if (calendarDate(2000, Number(month), Number(day))) problem ??= read.problem;
      continue;
    }
    const date = calendarDate(read, Number(month), Number(day));
    if (date) days[order] = date;
  }
  if (Object.keys(days).length > 0) return days;
  return problem === undefined ? NO_SUCH_DAY : { problem };
}

function fromNumbers(
  [first, second, third]: [string, string, string],
  look: { separator: string; isSpaced: boolean; behind: string },
  raw: string,
  locale: string | undefined,
): ReadDate {
  const lengths = [first, third].map((text) => text.length);
  if (lengths.includes(3) || (lengths[0] === 4 && lengths[1] === 4)) return NO_DATE;
  const time = timeBehind(look.behind, locale);
  if (time === undefined) return NO_DATE;
  const days = numericDays([first, second, third], raw, locale);
  if ('problem' in days && typeof days.problem === 'string') return { problem: days.problem };
  const mayBeginWithYear = first.length === 2 && third.length <= 2 && Number(first) <= 31;
  return {
    days: days as DateForms['days'],
    separator: first.length === 4 ? '' : look.separator,
    isSpaced: look.isSpaced,
    mayBeginWithYear,
    time,
  };
}

/** Every way in which a text can be read as a date, with its time where it has one. */
export function dateForms(raw: string, locale: string | undefined): ReadDate {
  let text = plainNumerals(raw);
  const timeFirst = TIME_FIRST.exec(text);
  if (timeFirst) text = `${timeFirst[2]} ${timeFirst[1]}`;
  const named = EAST_ASIAN.exec(text);
  if (named) {
    const [, year = '', month = '', day = '', behind = ''] = named;
    const look = { separator: '', isSpaced: false, behind: behind.replace(WEEKDAY_BEHIND, '') };
    return fromNumbers([year, month, day], look, raw, locale);
  }
  const vietnamese = VIETNAMESE.exec(text);
  if (vietnamese) {
    const [, day = '', month = '', year = '', behind = ''] = vietnamese;
    const read = fromNumbers(
      [day, month, year],
      { separator: '', isSpaced: false, behind },
      raw,
      locale,
    );
    if ('problem' in read) return read;
    return read.days.dmy ? { ...read, days: { dmy: read.days.dmy } } : NO_SUCH_DAY;
  }
  const numeric = NUMERIC.exec(text);
  if (numeric) {
    const [, first = '', , separator = '', second = '', third = '', behind = ''] = numeric;
    const isSpaced = /\d ?[./-] \d/.test(text.slice(0, text.length - behind.length));
    return fromNumbers([first, second, third], { separator, isSpaced, behind }, raw, locale);
  }
  const worded = wordDate(text, raw, locale);
  if ('problem' in worded) return worded;
  const time = timeBehind(worded.behind, locale);
  if (time === undefined) return NO_DATE;
  return {
    days: { dmy: worded.day },
    ...{ separator: '', isSpaced: false, mayBeginWithYear: false, time },
  };
}
