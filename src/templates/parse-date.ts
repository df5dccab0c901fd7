export type ParsedDate = { value: string } | { problem: string };

/** Less than this as milliseconds is before March 1973; it nearly always is a count of seconds. */
const LEAST_EPOCH_MS = 1e11;
const FIRST_MS = Date.parse('0001-01-01T00:00:00Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

const MONTHS =
  'january february march april may june july august september october november december'.split(
    ' ',
  );

function pad(value: number, length = 2): string {
  return String(value).padStart(length, '0');
}

function daysIn(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
}

function calendarDate(year: number, month: number, day: number): string | undefined {
  if (year < 1 || year > 9999 || month < 1 || month > 12) return undefined;
  if (day < 1 || day > daysIn(year, month)) return undefined;
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
}

/** An instant in UTC; milliseconds only where there are any. */
function instant(ms: number): ParsedDate {
  if (!(ms >= FIRST_MS && ms <= LAST_MS)) return { problem: 'is outside the years 1 to 9999' };
  return { value: new Date(ms).toISOString().replace('.000Z', 'Z') };
}

function fromEpoch(ms: number): ParsedDate {
  if (!Number.isFinite(ms)) return { problem: 'is not a date' };
  if (Math.abs(ms) < LEAST_EPOCH_MS) {
    return { problem: 'is too small for milliseconds since 1970 (are these seconds?)' };
  }
  return instant(Math.floor(ms));
}

function fromParts(year: string, month: number, day: string): ParsedDate {
  const date = calendarDate(Number(year), month, Number(day));
  return date ? { value: date } : { problem: 'is a day that does not exist' };
}

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?$/i;

/** Without an offset the time is a wall clock's: it stays as written, and no time zone moves it. */
function fromIso(match: RegExpExecArray): ParsedDate {
  const [, year = '', month = '', day = '', hour, minute = '', second = '00', fraction = '', zone] =
    match;
  const date = calendarDate(Number(year), Number(month), Number(day));
  if (!date) return { problem: 'is a day that does not exist' };
  if (hour === undefined) return { value: date };
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    return { problem: 'is a time of day that does not exist' };
  }
  const ms = fraction.slice(0, 3).padEnd(3, '0');
  const wall = `${date}T${hour}:${minute}:${second}`;
  if (zone === undefined) return { value: ms === '000' ? wall : `${wall}.${ms}` };
  const [, sign = '+', zoneHours = '0', zoneMinutes = '0'] =
    /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  if (Number(zoneHours) > 23 || Number(zoneMinutes) > 59) {
    return { problem: 'has an offset that does not exist' };
  }
  const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -1 : 1);
  return instant(Date.parse(`${wall}.${ms}Z`) - offset * 60_000);
}

function monthNumber(name: string): number {
  const wanted = name.toLowerCase().replace(/\.$/, '');
  if (wanted.length < 3) return 0;
  const known = wanted === 'sept' ? 'sep' : wanted;
  return MONTHS.findIndex((m) => m === known || (known.length === 3 && m.startsWith(known))) + 1;
}

/** 25/12/2026 can only be read in one way, 03/04/2026 in two. */
function fromSlashes(first: string, second: string, year: string): ParsedDate {
  const [a, b] = [Number(first), Number(second)];
  if (a <= 12 && b <= 12 && a !== b) {
    return { problem: 'can be read as day/month or as month/day' };
  }
  return a > 12 ? fromParts(year, b, first) : fromParts(year, a, second);
}

/** RFC 5322, as feeds write it: "Fri, 20 Nov 2026 10:00:00 GMT". */
const MAIL =
  /^(?:[a-z]{3},\s*)?(\d{1,2})\s+([a-z]{3})\s+(\d{4})\s+(\d{2}):(\d{2})(?::(\d{2}))?\s*(GMT|UTC|Z|[+-]\d{4})$/i;

function fromText(text: string): ParsedDate {
  const mail = MAIL.exec(text);
  if (mail) {
    const [, day = '', month = '', year = '', hour = '', minute = '', second = '00', zone = ''] =
      mail;
    const date = calendarDate(Number(year), monthNumber(month), Number(day));
    if (!date) return { problem: 'is a day that does not exist' };
    const offset = /^[+-]/.test(zone) ? zone : 'Z';
    const iso = ISO.exec(`${date}T${hour}:${minute}:${second}${offset}`);
    return iso ? fromIso(iso) : { problem: 'is not a date' };
  }
  const dayFirst = /^(\d{1,2})(?:st|nd|rd|th|\.)?\s+([a-z]+\.?),?\s+(\d{4})$/i.exec(text);
  if (dayFirst) {
    const [, day = '', month = '', year = ''] = dayFirst;
    if (monthNumber(month) > 0) return fromParts(year, monthNumber(month), day);
  }
  const monthFirst = /^([a-z]+\.?)\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})$/i.exec(text);
  if (monthFirst) {
    const [, month = '', day = '', year = ''] = monthFirst;
    if (monthNumber(month) > 0) return fromParts(year, monthNumber(month), day);
  }
  return { problem: 'is not a date' };
}

/**
 * A date as `2026-11-21`, an instant as `2026-11-21T18:00:00Z`, or a wall-clock time without an
 * offset as `2026-11-21T18:00:00`. Reads ISO 8601, milliseconds since 1970, mail dates, English
 * month names, and numeric dates that can be read in one way only.
 */
export function parseDate(raw: string | number): ParsedDate {
  if (typeof raw === 'number') return fromEpoch(raw);
  const text = raw.trim();
  const iso = ISO.exec(text);
  if (iso) return fromIso(iso);
  const compact =
    /^(\d{4})(\d{2})(\d{2})$/.exec(text) ?? /^(\d{4})[/.](\d{1,2})[/.](\d{1,2})$/.exec(text);
  if (compact) return fromParts(compact[1] ?? '', Number(compact[2]), compact[3] ?? '');
  const slashes = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})$/.exec(text);
  if (slashes) return fromSlashes(slashes[1] ?? '', slashes[3] ?? '', slashes[4] ?? '');
  if (/^-?\d{12,14}$/.test(text)) return fromEpoch(Number(text));
  return fromText(text);
}
