import { calendarDate } from './reading/calendar-date.js';
import { type DateForms, dateForms } from './reading/date-forms.js';
import { localeOrder } from './reading/locale-habits.js';
import { type DateOrder, groupOf, type ReadingHints, shownAlone } from './reading/reading-hints.js';

export type ParsedDate =
  | {
      value: string;
      /** It was the number of a day, as spreadsheets count them. */
      isSerial?: true;
    }
  | { problem: string };

/** Where the decision about an order came from. */
export type OrderReason = 'request' | 'column' | 'dots' | 'locale';

/** Less than this as milliseconds is before March 1973; it nearly always is a count of seconds. */
const LEAST_EPOCH_MS = 1e11;
const FIRST_MS = Date.parse('0001-01-01T00:00:00Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** Excel's day 0, as its days after February 1900 count. */
const SERIAL_ZERO_MS = Date.UTC(1899, 11, 30);
const DAY_MS = 86_400_000;
/** 1954 to 2119: five digits that are a day and hardly anything else. */
const FIRST_SERIAL = 20_000;
const LAST_SERIAL = 80_000;
const SERIAL = /^\d{5}(?:[.,]\d+)?$/;

/** An instant in UTC; milliseconds only where there are any. */
function instant(ms: number): ParsedDate {
  if (!(ms >= FIRST_MS && ms <= LAST_MS)) return { problem: 'is outside the years 1 to 9999' };
  return { value: new Date(ms).toISOString().replace('.000Z', 'Z') };
}

/** The day, and the time of day where there is a part of one, as a wall clock shows it. */
function fromSerial(serial: number): ParsedDate {
  const seconds = Math.round((serial % 1) * 86_400);
  const ms = SERIAL_ZERO_MS + Math.floor(serial) * DAY_MS + seconds * 1_000;
  const iso = new Date(ms).toISOString();
  return { value: seconds === 0 ? iso.slice(0, 10) : iso.slice(0, 19), isSerial: true };
}

function fromNumber(value: number): ParsedDate {
  if (!Number.isFinite(value)) return { problem: 'is not a date' };
  if (value >= FIRST_SERIAL && value <= LAST_SERIAL) return fromSerial(value);
  if (Math.abs(value) < LEAST_EPOCH_MS) {
    return { problem: 'is too small for milliseconds since 1970 (are these seconds?)' };
  }
  return instant(Math.floor(value));
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

const TWO_ORDERS = 'can be read as day/month or as month/day';
const MANY_ORDERS = 'can be read in several ways: the year may stand first or last';

function ordersOf({ days }: DateForms): DateOrder[] {
  return Object.keys(days) as DateOrder[];
}

/** Whether the orders in which a text can be read make more than one day of it. */
export function isOpenDate(forms: DateForms): boolean {
  const isDoubtful = forms.mayBeginWithYear && ordersOf(forms).join() === 'ymd';
  return new Set(Object.values(forms.days)).size > 1 || isDoubtful;
}

type SettledOrder = { order: DateOrder; by: OrderReason } | { problem: string };

/** In which order a text is to be read that can be read in several. */
export function settleOrder(forms: DateForms, hints: ReadingHints): SettledOrder {
  const orders = ordersOf(forms);
  const { separator } = forms;
  const open = { problem: orders.includes('ymd') ? MANY_ORDERS : TWO_ORDERS };
  const own = shownAlone(
    hints.column?.groups[groupOf(hints.locale, undefined)]?.orders?.[separator],
  );
  const all = shownAlone(hints.column?.all.orders?.[separator]);
  const shown = own ?? (hints.locale === undefined ? all : undefined);
  const given = hints.dateOrder;
  if (given !== undefined && orders.includes(given)) {
    if (shown !== undefined && shown !== 'both' && shown.is !== given) {
      return {
        problem: `${open.problem}: the request says ${given}, and "${shown.by}" in the same column is written in another order`,
      };
    }
    return { order: given, by: 'request' };
  }
  if (given !== undefined) return open;
  if (shown === 'both') return { problem: `${open.problem}, and its column is written in both` };
  if (shown && orders.includes(shown.is)) return { order: shown.is, by: 'column' };
  const usual = localeOrder(hints.locale);
  // With dots the day comes first, wherever the year does not.
  if (separator === '.' && !(usual === 'ymd' && orders.includes('ymd'))) {
    const isDoubtful = orders.includes('ymd') && forms.isSpaced && usual === undefined;
    if (orders.includes('dmy') && !isDoubtful) return { order: 'dmy', by: 'dots' };
  }
  if (usual && orders.includes(usual)) return { order: usual, by: 'locale' };
  if (all !== undefined && all !== 'both' && orders.includes(all.is))
    return { order: all.is, by: 'column' };
  return open;
}

function fromForms(forms: DateForms, hints: ReadingHints): ParsedDate {
  const settled = isOpenDate(forms) ? settleOrder(forms, hints) : { order: ordersOf(forms)[0] };
  if ('problem' in settled) return settled;
  const date = forms.days[settled.order ?? 'ymd'];
  const iso = ISO.exec(`${date}${forms.time}`);
  return iso ? fromIso(iso) : { problem: 'is not a date' };
}

/**
 * A date as `2026-11-21`, an instant as `2026-11-21T18:00:00Z`, or a wall-clock time without an
 * offset as `2026-11-21T18:00:00`. Reads ISO 8601, milliseconds since 1970, days as spreadsheets
 * count them, and dates as people write them, with names of months in any language. Numbers that
 * can stand in two orders are read as `hints` say, or refused.
 */
export function parseDate(raw: string | number, hints: ReadingHints = {}): ParsedDate {
  if (typeof raw === 'number') return fromNumber(raw);
  const text = raw.trim();
  const iso = ISO.exec(text);
  if (iso) return fromIso(iso);
  const compact = /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (compact) {
    const day = calendarDate(Number(compact[1]), Number(compact[2]), Number(compact[3]));
    return day ? { value: day } : { problem: 'is a day that does not exist' };
  }
  if (/^-?\d{12,14}$/.test(text)) return fromNumber(Number(text));
  if (SERIAL.test(text)) return fromNumber(Number(text.replace(',', '.')));
  const forms = dateForms(text, hints.locale);
  return 'problem' in forms ? forms : fromForms(forms, hints);
}
