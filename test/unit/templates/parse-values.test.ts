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
    ['1,49,999', 149999],
    ['1,23,456', 123456],
    ['1.234,50-', -1234.5],
    ['(1,234.50)', -1234.5],
    ['$(1,299.00)', -1299],
    ['5,-', 5],
    ['1.299,– €', 1299],
    ['€1,30', 1.3],
    ['.5', 0.5],
    ['Rs.500', 500],
    ['12,800円', 12800],
    ['１２，８００円', 12800],
    ['₹1,49,999', 149999],
    ['Rs. 1,49,999/-', 149999],
    ['Rp 125.000', 125000],
    ['25.000 VND', 25000],
    ['25.000₫', 25000],
    ['R$ 1.299,90', 1299.9],
    ['R$ 1.299', 1299],
    ['1.299 zł', 1299],
    ['2.499 €', 2499],
    ['EUR 2.499', 2499],
    ['$1,299', 1299],
    ['US$ 1,299.00', 1299],
    ["CHF-1'299.50", -1299.5],
    ['١٢٫٣٧٥', 12.375],
    ['١٬٢٩٩', 1299],
    ['-۱٬۲۳۴٫۵', -1234.5],
    ['১২,৩৪,৫৬৭.৫০', 1234567.5],
    ['1.299,50 kr.', 1299.5],
    ['249,50 ر.س.', 249.5],
    ['٣', 3],
    ['€ 12', 12],
    ['-$1,200.00', -1200],
    ['12 €', 12],
  ])('%s is %d', (raw, expected) => {
    expect(parseNumber(raw)).toMatchObject({ value: expected });
  });

  it.each([
    '1,234', // a thousand or a little more than one
    '1.234',
    '-12.345',
    '$1.299', // no dollars have three decimals, and their mark is the point
    '1,299 €',
    '12.375 KWD',
    '12.375 CAD',
    '5 € 3',
    '€5 $',
    '1٣',
    '1,234,56',
    '1.23.456',
    '(5',
    '-(5)',
    '12 or 13',
    '12%',
    '--3',
    '-$-3',
    '1 23',
    '0x10',
    'Infinity',
    'NaN',
    '1e999',
    '12345678901234567890',
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
    ['03.04.2026', '2026-04-03'],
    ['3.4.2026', '2026-04-03'],
    ['24.09.2026 18:30', '2026-09-24T18:30:00'],
    ['24.9.2026 klo 18.30', '2026-09-24T18:30:00'],
    ['24.09.2026, 18:30 Uhr', '2026-09-24T18:30:00'],
    ['9/24/2026 6:30 PM', '2026-09-24T18:30:00'],
    ['9/24/2026 12:05:09 am', '2026-09-24T00:05:09'],
    ['9/24/26', '2026-09-24'],
    ['24-Sep-26', '2026-09-24'],
    ['24.09.2026 18:30 +02:00', '2026-09-24T16:30:00Z'],
    ['2026. október 14.', '2026-10-14'],
    ['14. října 2026', '2026-10-14'],
    ['24 de septiembre de 2026', '2026-09-24'],
    ['24 сентября 2026 г.', '2026-09-24'],
    ['2026年9月24日', '2026-09-24'],
    ['2026年9月24日（木）18時30分', '2026-09-24T18:30:00'],
    ['2026년 9월 24일 오후 6:30', '2026-09-24T18:30:00'],
    ['24 กันยายน 2569', '2026-09-24'],
    ['٢٤/٩/٢٠٢٦', '2026-09-24'],
    ['Thursday, September 24th, 2026 at 6:30 p.m.', '2026-09-24T18:30:00'],
    ['46289', '2026-09-24'],
    [46289, '2026-09-24'],
    ['46289.770833', '2026-09-24T18:30:00'],
    ['46289,770833', '2026-09-24T18:30:00'],
    ['1795284000000', '2026-11-21T18:00:00Z'],
  ])('%s is %s', (raw, expected) => {
    expect(parseDate(raw)).toMatchObject({ value: expected });
  });

  it.each<number | string>([
    '03/04/2026', // March or April
    '03-04-2026',
    '24/09/26', // the 24th, or the 26th of September 2024
    '26. 4. 3.',
    '24.09.35', // of which century
    '29/02/26', // no day, unless the year stands first
    '24/9/2569', // of another calendar
    '1405/7/2',
    '12 listopada', // no year
    '1 listopad 2026', // November in Prague, October in Zagreb
    '24.09.2026 25:00',
    '24.09.2026 soon',
    '9/24/2026 13:30 PM',
    '12345',
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
