import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDate } from '../../../src/templates/parse-date.js';
import { parseNumber } from '../../../src/templates/parse-number.js';

/*
 * Spreadsheets write numbers and dates as their language does. Whatever is read from them is what
 * was written, or is refused: never another value. With the language known nearly all is read.
 */

const LOCALES = [
  ...['en-US', 'en-GB', 'en-IN', 'en-ZA', 'de', 'de-AT', 'de-CH', 'fr', 'fr-CA', 'fr-CH', 'es'],
  ...[
    'es-MX',
    'es-AR',
    'pt-BR',
    'pt-PT',
    'it',
    'nl',
    'sv',
    'da',
    'nb',
    'fi',
    'is',
    'pl',
    'cs',
    'sk',
  ],
  ...[
    'hu',
    'ro',
    'bg',
    'hr',
    'sr',
    'sl',
    'ru',
    'uk',
    'el',
    'tr',
    'lt',
    'lv',
    'et',
    'he',
    'ar',
    'ar-EG',
  ],
  ...[
    'ar-MA',
    'fa',
    'hi',
    'bn',
    'mr',
    'ne',
    'ta',
    'th',
    'vi',
    'id',
    'ms',
    'ja',
    'ko',
    'zh',
    'zh-TW',
  ],
  ...['ka', 'az', 'kk', 'ca', 'eu', 'sw', 'fil', 'my', 'km'],
];

const CURRENCIES = [
  'EUR',
  'USD',
  'GBP',
  'JPY',
  'INR',
  'BRL',
  'IDR',
  'VND',
  'PLN',
  'CHF',
  'KWD',
  'SEK',
];

/** A format takes fifty times as long to make as to use. */
function once<Format>(make: (locale: string, options: object) => Format) {
  const made = new Map<string, Format>();
  return (locale: string, options: object): Format => {
    const key = `${locale} ${JSON.stringify(options)}`;
    const format = made.get(key) ?? make(locale, options);
    made.set(key, format);
    return format;
  };
}
const numberFormat = once((locale, options) => new Intl.NumberFormat(locale, options));
const dateFormat = once((locale, options) => new Intl.DateTimeFormat(locale, options));

interface Outcome {
  text: string;
  read: number | string | undefined;
  wanted: number | string;
}

const numberOf = (text: string, hints: Parameters<typeof parseNumber>[1]) => {
  const parsed = parseNumber(text, hints);
  return 'value' in parsed ? parsed.value : undefined;
};
const dateOf = (text: string, hints: Parameters<typeof parseDate>[1]) => {
  const parsed = parseDate(text, hints);
  return 'value' in parsed ? parsed.value : undefined;
};

/** Fails on a value that was read as another; counts those that were read at all. */
function check(outcomes: Outcome[]): number {
  for (const { text, read, wanted } of outcomes) {
    if (read !== undefined && read !== wanted) {
      throw new Error(`${JSON.stringify(text)} is ${wanted} and was read as ${read}`);
    }
  }
  return outcomes.filter(({ read }) => read !== undefined).length / outcomes.length;
}

/** With as many digits behind the mark as it is written with. */
const amounts = fc
  .tuple(fc.integer({ min: -20_000_000, max: 20_000_000 }), fc.integer({ min: 0, max: 3 }))
  .map(([units, digits]) => ({ value: Number((units / 10 ** digits).toFixed(digits)), digits }));

const days = fc.date({
  min: new Date('1950-01-01T00:00:00Z'),
  max: new Date('2029-12-31T23:59:00Z'),
  noInvalidDate: true,
});

const runs = (numRuns: number) => ({ numRuns, seed: Number(process.env.FUZZ_SEED ?? 7) });

/** `2026-09-24`, or `2026-09-24T18:30:00`. */
const written = (date: Date, hasTime: boolean) =>
  `${date.toISOString().slice(0, 10)}${hasTime ? `T${date.toISOString().slice(11, 16)}:00` : ''}`;

const share = (all: number[]) => all.reduce((sum, one) => sum + one, 0) / all.length;

/** Where the calendar is another one, or the parts of a date are endings of words. */
const UNREAD: Record<string, number> = { fa: -1, eu: 0.4, th: 0.3, ne: 0.7 };

describe.each(LOCALES)('%s', (locale) => {
  it('numbers are read as they were written', () => {
    const shares = { known: [] as number[], unknown: [] as number[] };
    fc.assert(
      fc.property(amounts, fc.boolean(), ({ value, digits }, useGrouping) => {
        const text = numberFormat(locale, {
          ...{ minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping },
        }).format(value);
        const wanted = value === 0 ? 0 : value;
        shares.known.push(check([{ text, wanted, read: numberOf(text, { locale }) }]));
        shares.unknown.push(check([{ text, wanted, read: numberOf(text, {}) }]));
      }),
      runs(300),
    );
    expect(share(shares.known)).toBeGreaterThan(0.85);
    expect(share(shares.unknown)).toBeGreaterThan(0.6);
  });

  it('amounts of money are read as they were written', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -5_000_000, max: 5_000_000 }),
        fc.constantFrom(...CURRENCIES),
        fc.constantFrom<'symbol' | 'code' | 'narrowSymbol'>('symbol', 'code', 'narrowSymbol'),
        fc.constantFrom<'standard' | 'accounting'>('standard', 'accounting'),
        (cents, currency, currencyDisplay, currencySign) => {
          const options = { style: 'currency', currency, currencyDisplay, currencySign } as const;
          const format = numberFormat(locale, options);
          const { maximumFractionDigits: parts = 2 } = format.resolvedOptions();
          const value = cents / 10 ** parts;
          const text = format.format(value);
          const wanted = value === 0 ? 0 : value;
          check([
            { text, wanted, read: numberOf(text, { locale, currency }) },
            { text, wanted, read: numberOf(text, { locale }) },
            { text, wanted, read: numberOf(text, { currency }) },
            { text, wanted, read: numberOf(text, {}) },
          ]);
        },
      ),
      runs(300),
    );
  });

  it('dates are read as they were written', () => {
    const known: number[] = [];
    fc.assert(
      fc.property(
        days,
        fc.constantFrom<'short' | 'medium' | 'long' | 'full'>('short', 'medium', 'long', 'full'),
        fc.boolean(),
        (date, dateStyle, hasTime) => {
          const text = dateFormat(locale, {
            ...{ dateStyle, timeZone: 'UTC', ...(hasTime ? { timeStyle: 'short' as const } : {}) },
          }).format(date);
          const wanted = written(date, hasTime);
          known.push(check([{ text, wanted, read: dateOf(text, { locale }) }]));
          // Nothing tells 2513 from 2013 where two digits are all.
          const isTold = locale !== 'th' || dateStyle !== 'short';
          if (isTold) check([{ text, wanted, read: dateOf(text, {}) }]);
        },
      ),
      runs(300),
    );
    expect(share(known)).toBeGreaterThan(UNREAD[locale] ?? 0.95);
  });
});
