import { describe, expect, it } from '@jest/globals';
import {
  formatDate,
  formatNumber,
  joinList,
  pluralForm,
} from '../../../src/templates/format-values.js';
import { canonicalLocale, nearestLocale } from '../../../src/templates/locale.js';
import { resolveFields } from '../../../src/templates/resolve-fields.js';
import { templateWith } from '../../support/templates/template-files.js';

const plain = (text: string) => text.replaceAll(/\s/g, ' ');

describe('a locale', () => {
  it.each([
    ['PT', 'pt'],
    ['pt_BR', 'pt-BR'],
    ['de_AT.UTF-8', 'de-AT'],
    ['ca@valencia', 'ca'],
    ['zh_Hant_tw', 'zh-Hant-TW'],
    [' fr-ca ', 'fr-CA'],
    ['iw', 'he'],
  ])('is read as it is written elsewhere: %j', (written, tag) => {
    expect(canonicalLocale(written)).toBe(tag);
  });

  it.each(['', 'Deutsch!', 'C', 'de--AT', '../etc', 'a'.repeat(200), 7, null, undefined])(
    'is not made of %j',
    (written) => {
      expect(canonicalLocale(written)).toBeUndefined();
    },
  );

  it.each([
    ['pt-BR', ['en', 'pt', 'de'], 'pt'],
    ['pt', ['en', 'pt-PT', 'pt-BR'], 'pt-BR'],
    ['en-AU', ['en-US', 'en-GB'], 'en-GB'],
    ['en-PH', ['en-GB', 'en-US'], 'en-US'],
    ['en-CA', ['en-US', 'en'], 'en'],
    ['zh-TW', ['zh-CN', 'zh-HK'], 'zh-HK'],
    ['zh-TW', ['zh-Hant', 'zh'], 'zh-Hant'],
    ['sr-Latn', ['sr', 'en'], undefined],
    ['he', ['en', 'ar'], undefined],
    ['no', ['yes', 'nope'], undefined],
    ['pt-BR', ['light', 'dark'], undefined],
  ])('has a nearest one: %s of %j', (wanted, offered, nearest) => {
    expect(nearestLocale(wanted, offered)).toBe(nearest);
  });
});

describe('formats', () => {
  const price = (locale: string) =>
    plain(formatNumber(149999.5, locale, { style: 'currency', currency: 'INR' }));
  const day = (locale: string) =>
    plain(formatDate('2026-11-21', { locale, options: { dateStyle: 'long' } }));

  it.each([
    ['PT', '₹ 149.999,50', '21 de novembro de 2026'],
    ['pt-BR', '₹ 149.999,50', '21 de novembro de 2026'],
    ['de-AT', '₹ 149.999,50', '21. November 2026'],
    ['de_AT', '₹ 149.999,50', '21. November 2026'],
    ['fr_CA', '149 999,50 INR', '21 novembre 2026'],
    ['es-MX', 'INR 149,999.50', '21 de noviembre de 2026'],
    ['en-IN', '₹1,49,999.50', '21 November 2026'],
    ['hi', '₹1,49,999.50', '21 नवंबर 2026'],
    ['uk', '149 999,50 INR', '21 листопада 2026 р.'],
    ['zh-Hant-TW', '₹149,999.50', '2026年11月21日'],
    ['hu', '149 999,50 INR', '2026. november 21.'],
  ])('are those of %s', (locale, amount, date) => {
    expect(price(locale)).toBe(amount);
    expect(day(locale)).toBe(date);
  });

  it('of a region that nobody wrote formats for are those of its language', () => {
    for (const [tag, language] of [
      ['de-BR', 'de'],
      ['ja-Jpan-US', 'ja'],
      ['it-x-private', 'it'],
    ] as const) {
      expect(day(tag)).toBe(day(language));
      expect(price(tag)).toBe(price(language));
    }
  });

  it('of an unknown language are English, whatever the machine speaks', () => {
    for (const tag of ['tlh', 'xx-DE', 'zzz']) {
      expect(day(tag)).toBe('November 21, 2026');
      expect(price(tag)).toBe(price('en'));
      expect(joinList(['a', 'b', 'c'], tag)).toBe('a, b, and c');
      expect(pluralForm(1, tag)).toBe('one');
    }
  });
});

describe('a field of a language', () => {
  const read = (spec: object, value: unknown) => {
    const template = templateWith({ locale: { label: 'Language', fallback: 'en-US', ...spec } });
    const { fields, warnings } = resolveFields(template, { locale: value });
    return [fields.locale, ...warnings.map(({ code }) => code)];
  };

  it.each([
    ['de', 'de'],
    ['fr_CA', 'fr-CA'],
    ['zh-hant-tw', 'zh-Hant-TW'],
    ['ur-PK', 'ur-PK'],
  ])('takes any tag: %s', (given, tag) => {
    expect(read({ type: 'locale' }, given)).toEqual([tag]);
  });

  it('says that it knows no formats of a language, and keeps it', () => {
    expect(read({ type: 'locale' }, 'tlh')).toEqual(['tlh', 'locale_without_formats']);
  });

  it.each(['Deutsch!', 'C', 12])('falls back from what is no language: %j', (given) => {
    expect(read({ type: 'locale' }, given)).toEqual(['en-US', 'invalid_used_fallback']);
  });

  it('of choices takes the nearest, and says so', () => {
    const choices = ['en-US', 'en-GB', 'de', 'pt', 'zh'];
    expect(read({ type: 'choice', choices }, 'pt-BR')).toEqual(['pt', 'choice_matched']);
    expect(read({ type: 'choice', choices }, 'de_AT')).toEqual(['de', 'choice_matched']);
    expect(read({ type: 'choice', choices }, 'fr')).toEqual(['en-US', 'invalid_used_fallback']);
  });
});
