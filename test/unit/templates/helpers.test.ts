import { describe, expect, it } from '@jest/globals';
import { helpers } from '../../../src/templates/helpers.js';

function call(name: string, params: unknown[], options: Record<string, unknown> = {}): unknown {
  return helpers[name]?.run(params, options);
}

const INSTANT = '2026-11-21T18:00:00Z';

describe('helpers', () => {
  it.each<[string, unknown[], Record<string, unknown>, unknown]>([
    ['eq', ['a', 'a'], {}, true],
    ['eq', [1, '1'], {}, false],
    ['ne', ['a', 'b'], {}, true],
    ['gt', [10, 9], {}, true],
    ['gt', ['2026-12-01', '2026-11-30'], {}, true],
    ['lt', [10, 9], {}, false],
    ['and', ['a', []], {}, false],
    ['and', ['a', 1], {}, true],
    ['or', ['', 0, [1]], {}, true],
    ['or', ['', null], {}, false],
    ['not', [[]], {}, true],
    ['upper', ['straße i'], {}, 'STRASSE I'],
    ['upper', ['i'], { locale: 'tr' }, 'İ'],
    ['lower', ['ABC'], {}, 'abc'],
    ['initials', ['Anna van der Berg'], {}, 'AB'],
    ['initials', ['  "prince" '], {}, 'P'],
    ['initials', [''], {}, ''],
    ['date', ['2026-11-21'], {}, 'November 21, 2026'],
    ['date', ['2026-11-21'], { style: 'full', locale: 'de' }, 'Samstag, 21. November 2026'],
    ['date', ['2026-11-21'], { timezone: 'Pacific/Honolulu' }, 'November 21, 2026'],
    ['date', ['2026-11-21T23:30:00Z'], { timezone: 'Asia/Tokyo' }, 'November 22, 2026'],
    ['date', ['2026-11-21T23:30:00'], { timezone: 'Asia/Tokyo' }, 'November 21, 2026'],
    ['date', [INSTANT], { locale: 'no such locale!', timezone: 'Nowhere' }, 'November 21, 2026'],
    ['date', ['soon'], {}, 'soon'],
    ['date', [''], {}, ''],
    ['date', [null], {}, ''],
    ['time', [INSTANT], { locale: 'en-GB' }, '18:00'],
    ['time', [INSTANT], { locale: 'en-GB', timezone: 'Europe/Berlin' }, '19:00'],
    ['time', [INSTANT], { hour12: false, style: 'medium' }, '18:00:00'],
    ['time', ['2026-11-21'], {}, ''],
    ['day', ['2026-11-05'], {}, '5'],
    ['day', ['2026-11-05'], { style: '2-digit' }, '05'],
    ['month', ['2026-11-05'], {}, 'November'],
    ['month', ['2026-11-05'], { style: 'short', locale: 'fr' }, 'nov.'],
    ['month', ['2026-11-05'], { year: true, locale: 'pt_BR' }, 'novembro de 2026'],
    ['month', ['2026-11-05'], { year: true, locale: 'ja-JP' }, '2026年11月'],
    [
      'hyphenate',
      ['Verantwortung', 'de-AT'],
      { compounds: true },
      'Ver\u00adant\u00adwor\u00adtung',
    ],
    ['hyphenate', ['responsibility', 'en'], { compounds: true }, 'responsibility'],
    ['year', ['2026-11-05'], {}, '2026'],
    ['weekday', ['2026-11-21'], { style: 'short' }, 'Sat'],
    ['number', [1234567.891], {}, '1,234,567.891'],
    ['number', [1234.5], { locale: 'de', digits: 2 }, '1.234,50'],
    ['number', [12345], { notation: 'compact' }, '12K'],
    ['number', [null], {}, ''],
    ['currency', [12.5, 'EUR'], {}, '€12.50'],
    ['currency', [12.5, 'usd'], { digits: 0 }, '$13'],
    ['currency', [12.5, 'no code'], {}, '12.5'],
    ['percent', [0.255], { digits: 1 }, '25.5%'],
    ['plural', [1, 'seat', 'seats'], {}, 'seat'],
    ['plural', [0, 'seat', 'seats'], {}, 'seats'],
    [
      'plural',
      [3, 'miejsce', 'miejsca'],
      { few: 'miejsca!', many: 'miejsc', locale: 'pl' },
      'miejsca!',
    ],
    [
      'plural',
      [5, 'miejsce', 'miejsca'],
      { few: 'miejsca!', many: 'miejsc', locale: 'pl' },
      'miejsc',
    ],
    ['join', [['a', 2]], {}, 'a, 2'],
    ['join', [['a', 'b'], ' · '], {}, 'a · b'],
    ['join', [['a', 'b', 'c']], { locale: 'en' }, 'a, b, and c'],
    ['default', ['', null, 'x'], {}, 'x'],
    ['default', [''], {}, ''],
    ['first', [['a', 'b']], {}, 'a'],
    ['first', [[]], {}, ''],
    ['limit', [['a', 'b', 'c'], 2], {}, ['a', 'b']],
    ['length', [['a', 'b']], {}, 2],
    ['length', ['äöü'], {}, 3],
  ])('%s %j %j is %j', (name, params, options, expected) => {
    expect(call(name, params, options)).toEqual(expected);
  });

  it('answer to anything without failing', () => {
    const odd = [undefined, null, '', 'x', -1, Number.NaN, [], [null], {}, true, '\ud800'];
    for (const [name, helper] of Object.entries(helpers)) {
      for (const a of odd) {
        for (const b of odd) {
          const options = { locale: b, timezone: b, style: b, digits: b, few: b };
          expect(() => helper.run([a, b, a], options)).not.toThrow();
        }
      }
      expect(helper.doc).toMatch(/\.$/);
      expect(helper.usage).toContain(name);
    }
  });
});
