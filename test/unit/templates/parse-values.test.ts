import { describe, expect, it } from '@jest/globals';
import { colorNames, parseColor } from '../../../src/templates/parse-color.js';
import { parseDate } from '../../../src/templates/parse-date.js';
import { parseNumber } from '../../../src/templates/parse-number.js';

describe('parseColor', () => {
  it.each([
    ['#ABC', '#aabbcc'],
    ['#abcd', '#aabbccdd'],
    ['#AABBCCFF', '#aabbcc'],
    ['#fff0', '#ffffff00'],
    ['336699', '#336699'],
    ['RebeccaPurple', '#663399'],
    ['transparent', '#00000000'],
    ['rgb(255, 0, 10)', '#ff000a'],
    ['rgba(255,0,10,.5)', '#ff000a80'],
    ['rgb(100% 0% 50% / 25%)', '#ff008040'],
    ['rgb(300 -20 0)', '#ff0000'],
    ['hsl(120, 100%, 25%)', '#008000'],
    ['hsl(0.5turn 100% 50%)', '#00ffff'],
    ['hsl(-120deg 100% 50% / 1)', '#0000ff'],
  ])('%s is %s', (text, expected) => {
    expect(parseColor(text)).toBe(expected);
  });

  it.each([
    '',
    '#12',
    '#12345',
    'ggg',
    'rgb(1,2)',
    'rgb(1,2,3,4,5)',
    'rgb(1 2% 3)',
    'red;background:url(x)',
    'url(x)',
    'var(--x)',
    'expression(1)',
    'rgb(1 2 3) url(x)',
    'currentcolor',
    'constructor',
  ])('%s is no colour', (text) => {
    expect(parseColor(text)).toBeUndefined();
  });

  it('knows the 148 names of CSS and transparent, each once', () => {
    expect(new Set(colorNames).size).toBe(149);
    for (const name of colorNames) expect(parseColor(name)).toMatch(/^#[0-9a-f]{6}(00)?$/);
  });
});

describe('parseNumber', () => {
  it.each<[number | string, number]>([
    [12.5, 12.5],
    ['12.5', 12.5],
    [' -3 ', -3],
    ['−3', -3],
    ['+4', 4],
    ['1e3', 1000],
    ['12,5', 12.5],
    ['0,500', 0.5],
    ['1 234,50', 1234.5],
    ['1\u00a0234\u202f567', 1234567],
    ["1'234.50", 1234.5],
    ['1,234.50', 1234.5],
    ['1.234,50', 1234.5],
    ['1,234,567', 1234567],
    ['1.234.567', 1234567],
    ['1.234', 1.234],
    ['€ 12', 12],
    ['-$1,200.00', -1200],
    ['12 €', 12],
  ])('%s is %d', (raw, expected) => {
    expect(parseNumber(raw)).toEqual({ value: expected });
  });

  it.each([
    '1,234', // a thousand or a little more than one
    '12 or 13',
    '12%',
    '--3',
    '-$-3',
    '1,23,456',
    '1 23',
    '0x10',
    'Infinity',
    'NaN',
    '1e999',
    '12345678901234567890',
    '٣',
    '',
  ])('%s is refused', (raw) => {
    expect(parseNumber(raw)).toHaveProperty('problem');
  });

  it('has one zero', () => {
    expect(parseNumber('-0')).toEqual({ value: 0 });
    const parsed = parseNumber(-0);
    expect('value' in parsed && Object.is(parsed.value, 0)).toBe(true);
  });
});

describe('parseDate', () => {
  it.each<[number | string, string]>([
    ['2026-11-21', '2026-11-21'],
    ['2024-02-29', '2024-02-29'],
    ['2026-11-21T18:00:00Z', '2026-11-21T18:00:00Z'],
    ['2026-11-21 18:00+01:00', '2026-11-21T17:00:00Z'],
    ['2026-11-21T18:00:00.250-0530', '2026-11-21T23:30:00.250Z'],
    ['2026-11-21T18:00', '2026-11-21T18:00:00'],
    ['20261121', '2026-11-21'],
    ['2026/11/21', '2026-11-21'],
    ['25/12/2026', '2026-12-25'],
    ['12/25/2026', '2026-12-25'],
    ['04/04/2026', '2026-04-04'],
    ['25.12.2026', '2026-12-25'],
    ['21 November 2026', '2026-11-21'],
    ['Nov 21st, 2026', '2026-11-21'],
    ['1 Sept. 2026', '2026-09-01'],
    ['Sat, 21 Nov 2026 10:00:00 GMT', '2026-11-21T10:00:00Z'],
    ['Sat, 21 Nov 2026 10:00:00 +0200', '2026-11-21T08:00:00Z'],
    [1795284000000, '2026-11-21T18:00:00Z'],
    ['1795284000000', '2026-11-21T18:00:00Z'],
  ])('%s is %s', (raw, expected) => {
    expect(parseDate(raw)).toEqual({ value: expected });
  });

  it.each<number | string>([
    '03/04/2026', // March or April
    '3.4.2026',
    '2026-02-30',
    '2025-02-29',
    '2026-13-01',
    '2026-11-21T24:00:00Z',
    '2026-11-21T10:61:00Z',
    '2026-11-21T10:00:00+25:00',
    '2026-11-21Tomorrow',
    '32 January 2026',
    '21 Movember 2026',
    'tomorrow',
    '26-11-21',
    1795284000, // seconds
    2026,
    1e17,
    Number.NaN,
  ])('%s is refused', (raw) => {
    expect(parseDate(raw)).toHaveProperty('problem');
  });

  it('reads what it wrote as the same', () => {
    for (const raw of ['2026-11-21', '2026-11-21T18:00', '2026-11-21T18:00:00.5Z', -1e12]) {
      const once = parseDate(raw);
      expect('value' in once && parseDate(once.value)).toEqual(once);
    }
  });
});
