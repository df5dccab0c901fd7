/** What a year looks like, and where it comes from. */
interface YearContext {
  locale: string | undefined;
  /** As written, with the digits of its script. */
  raw: string;
  /** Numbers alone, in which nothing shows a language. */
  isBare: boolean;
  /** The year stands before month and day. */
  isFirst: boolean;
}

const ANOTHER_CALENDAR = 'is of another calendar; write the year as people count it worldwide';
const TWO_CENTURIES = 'has a year of two digits that can be in two centuries';

/** Thailand counts from the Buddha's death. */
const BUDDHIST_YEARS = 543;
const FIRST_BUDDHIST = 2400;
/** The years of Iran and of the Islamic calendar today. */
const isIslamic = (year: number) => year >= 1300 && year <= 1500;
const ISLAMIC_LANGUAGES = /^(?:fa|ps|ar|ur|ckb|mzn|lrc|sd|ug)\b/;
const ARABIC_DIGITS = /[\u0660-\u0669\u06f0-\u06f9]/;

/** The year as ISO 8601 counts; or why that is not known. */
export function writtenYear(text: string, context: YearContext): number | { problem: string } {
  const year = Number(text);
  const isThai = /^th\b/.test(context.locale ?? '') || /\p{Script=Thai}/u.test(context.raw);
  if (text.length === 2) {
    const isCountedOtherwise = isThai || /^(?:fa|ps|ckb)\b/.test(context.locale ?? '');
    if (isCountedOtherwise || /[\u06f0-\u06f9]/.test(context.raw))
      return { problem: ANOTHER_CALENDAR };
    // What every spreadsheet agrees on; between, some say 20.. and others 19...
    if (year < 30) return 2000 + year;
    // Bare, it may also be of the years that Thailand counts.
    const isBare = context.isBare && context.locale === undefined;
    return year >= 50 && !isBare ? 1900 + year : { problem: TWO_CENTURIES };
  }
  if (text.length !== 4) return { problem: 'is not a date' };
  if (year >= FIRST_BUDDHIST) return isThai ? year - BUDDHIST_YEARS : { problem: ANOTHER_CALENDAR };
  const isFromThere =
    ISLAMIC_LANGUAGES.test(context.locale ?? '') || ARABIC_DIGITS.test(context.raw);
  if (isIslamic(year) && (isFromThere || context.isFirst)) return { problem: ANOTHER_CALENDAR };
  return year;
}
