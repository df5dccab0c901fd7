import { remembered } from '../../lib/remembered.js';
import { foldWord } from './month-names.js';

const wordsOf = (list: string) => new Set(list.split(' ').map(foldWord));

/** Words before and behind a time that say nothing about it: "at", "o'clock", the end of a year. */
const LOOSE_BEFORE = wordsOf(
  'at kl klo kello pukul pada nang v அன்று um o ob u в о a à as às las les alle kell om vid στις ora ore orë saat г р m d ve год року gada la към को এ रोजी เวลา ساعت في בשעה នៅម៉ោង នៅ​ម៉ោង lúc',
);
const LOOSE_BEHIND = wordsOf('uhr h u น klo 分 분 बजे वाजता godz г р');

const AM = '午前 上午 오전 凌晨 清晨 早晨 早上 半夜 am πμ ص'.split(' ');
/** 晚上 is also said of midnight. */
const PM = '午後 下午 오후 中午 傍晚 晚上 pm μμ م'.split(' ');

/** `a. m.` and `AM` are one word. */
const halfKey = (text: string) => foldWord(text).replaceAll(/[\s.]/g, '');

const MAX_KEPT = 100;

/** The words of a language for the halves of the day. */
const halvesOf = remembered(MAX_KEPT, (locale): [string, string] => {
  const options = { hour: 'numeric', hour12: true, timeZone: 'UTC' } as const;
  const format = new Intl.DateTimeFormat(locale, options);
  const [am = '', pm = ''] = [9, 21].map((hour) => {
    const parts = format.formatToParts(hour * 3_600_000);
    return halfKey(parts.find(({ type }) => type === 'dayPeriod')?.value ?? '');
  });
  return [am, pm];
});

function halfOf(word: string, locale: string | undefined): 'am' | 'pm' | undefined {
  const key = halfKey(word);
  if (key === '') return undefined;
  const [am, pm] = locale === undefined ? ['', ''] : halvesOf(locale);
  if (key === am) return 'am';
  if (key === pm) return 'pm';
  return AM.includes(key) ? 'am' : PM.includes(key) ? 'pm' : undefined;
}

/** What the words beside a time say; undefined where they are not understood. */
function meaningOf(
  text: string,
  loose: ReadonlySet<string>,
  locale: string | undefined,
): 'am' | 'pm' | '' | undefined {
  const words = text.split(/[\s,()/:]+/).filter((word) => word !== '');
  // Before single words are left out: `a. m.` is two of them.
  const half = halfOf(words.join(''), locale);
  if (half) return half;
  const left = words.filter((word) => !loose.has(foldWord(word)));
  return left.length === 0 ? '' : halfOf(left.join(''), locale);
}

const ZONE = /(?:\b(?:utc|gmt)|z)?\s?([+-]\d{1,2}(?::?\d{2})?)?$/i;

/** The offset as ISO 8601 writes it, and the text before it. */
function cutZone(text: string): { before: string; offset: string } {
  const found = ZONE.exec(text);
  if (!found || found[0].trim() === '') return { before: text, offset: '' };
  const [, sign = '+', hours = '0', minutes = '00'] =
    /^([+-])(\d{1,2}):?(\d{2})?$/.exec(found[1] ?? '') ?? [];
  const offset = found[1] === undefined ? 'Z' : `${sign}${hours.padStart(2, '0')}:${minutes}`;
  return { before: text.slice(0, found.index), offset };
}

const CLOCK =
  /^([^\d]*)(\d{1,2})(?:\s?[:.h時时시點点]\s?(\d{2})(?!\d)(?:[:.](\d{2})(?!\d)(?:[.,]\d{1,9})?)?)?([^\d]*)$/i;

/**
 * What stands behind a date as a time of ISO 8601, `T18:30:00` with an offset where one was written;
 * '' for nothing, undefined for what is no time.
 */
export function timeBehind(text: string, locale: string | undefined): string | undefined {
  const { before: clockText, offset } = cutZone(text.trim());
  const clock = CLOCK.exec(clockText.trim());
  if (!clock) return offset === '' && meaningOf(text, LOOSE_BEFORE, locale) === '' ? '' : undefined;
  const [, before = '', hourText = '', minute, second = '00', after = ''] = clock;
  const first = meaningOf(before, LOOSE_BEFORE, locale);
  const last = meaningOf(after, LOOSE_BEHIND, locale);
  if (first === undefined || last === undefined || (first !== '' && last !== '')) return undefined;
  const half = first || last;
  // A number alone is no time, unless something calls it one.
  if (minute === undefined && half === '' && !/^\s?(?:h|uhr|時|时|시|點|点)/i.test(after))
    return undefined;
  let hour = Number(hourText);
  if (half !== '') {
    if (hour > 12 || (hour === 12 && /晚上/.test(clockText))) return undefined;
    hour = (hour % 12) + (half === 'pm' ? 12 : 0);
  }
  return `T${String(hour).padStart(2, '0')}:${minute ?? '00'}:${second}${offset}`;
}
