import { describe, expect, it } from '@jest/globals';
import { reasons } from '../../../src/batches/batch-check-report.js';
import {
  contentTraits,
  createSampleRows,
  type RowTraits,
} from '../../../src/batches/sample-rows.js';
import { templateWith } from '../../support/templates/template-files.js';

const traits = (more: Partial<RowTraits> = {}): RowTraits => ({
  characters: 40,
  emptyFields: 1,
  rightToLeft: 0,
  emoji: 0,
  failingAssets: 0,
  items: [],
  ...more,
});
const item = (severity: 'info' | 'warning' | 'error') => ({
  code: 'truncated' as const,
  severity,
  message: 'm',
});

function choose(rows: RowTraits[], count = 12) {
  const worth = createSampleRows<number>(count);
  for (const [i, row] of rows.entries()) worth.offer(i, row);
  return worth.choose();
}

describe('the choice', () => {
  const plain = Array.from({ length: 100 }, (_, i) => traits({ characters: 50 + (i % 7) }));

  it('begins with the foremost of every reason, wherever it stands', () => {
    const rows = [...plain];
    rows[3] = traits({ characters: 900 });
    rows[20] = traits({ emptyFields: 6 });
    rows[41] = traits({ rightToLeft: 9 });
    rows[42] = traits({ rightToLeft: 3 });
    rows[60] = traits({ emoji: 1 });
    rows[77] = traits({ failingAssets: 2 });
    rows[99] = traits({ items: [item('error'), item('warning')] });
    const chosen = choose(rows);
    expect(chosen).toHaveLength(12);
    const foremost = chosen.slice(0, 6);
    expect(foremost.map(({ row }) => row)).toEqual([3, 20, 41, 60, 77, 99]);
    for (const [i, { reasons: why }] of foremost.entries()) expect(why).toContain(reasons[i]);
    expect(chosen.map(({ row }) => row)).toContain(42);
  });

  it('names a row once, with all of its reasons in their order', () => {
    const all = traits({ characters: 900, emoji: 5, failingAssets: 1, items: [item('error')] });
    const chosen = choose([...plain, all]);
    expect(chosen[0]).toEqual({
      row: 100,
      reasons: ['longest', 'emoji', 'failing_picture', 'most_warnings'],
    });
    expect(new Set(chosen.map(({ row }) => row)).size).toBe(12);
  });

  it('weighs one error more than nine warnings, and a warning more than nine notes', () => {
    const most = (...rows: RowTraits[]) => choose([...plain, ...rows]).map(({ row }) => row)[2];
    const [one, nine] = [[item('error')], Array(9).fill(item('warning'))];
    expect(most(traits({ items: nine }), traits({ items: one }))).toBe(101);
    const notes = Array(9).fill(item('info'));
    expect(most(traits({ items: notes }), traits({ items: [item('warning')] }))).toBe(101);
  });

  it('takes the shorter of two rows that are equally empty, and the first of equals', () => {
    const rows = [...plain, traits({ characters: 9 }), traits({ characters: 5 })];
    // After the longest comes the emptiest.
    expect(choose([...rows, traits({ characters: 5 })])[1]?.row).toBe(101);
    expect(choose(rows, 1)).toEqual([{ row: 6, reasons: ['longest'] }]);
  });

  it('holds every row where there are few', () => {
    expect(choose([traits(), traits()]).map(({ row }) => row)).toEqual([0, 1]);
    expect(choose([])).toEqual([]);
  });
});

describe('the traits of a row', () => {
  const template = templateWith({
    title: { type: 'text' },
    tags: { type: 'list' },
    people: { type: 'list', items: { name: 'text', age: 'number' } },
    price: { type: 'number' },
    logo: { type: 'image' },
    accent: { type: 'color' },
    dark: { type: 'boolean' },
  });
  const empty = {
    title: '',
    tags: [],
    people: [],
    price: null,
    logo: '',
    accent: '#000000',
    dark: false,
  };

  it('count what is empty among the fields that can be', () => {
    expect(contentTraits(template, empty)).toEqual({
      characters: 0,
      emptyFields: 5,
      rightToLeft: 0,
      emoji: 0,
    });
    expect(
      contentTraits(template, { ...empty, price: 0, logo: 'https://a.example/a.png' }),
    ).toEqual({ characters: 0, emptyFields: 3, rightToLeft: 0, emoji: 0 });
  });

  it('count the characters of every text, also inside lists, and of no address of a picture', () => {
    const fields = {
      ...empty,
      title: 'Añ👍',
      tags: ['ab', 'c'],
      people: [{ name: 'Ada', age: 36 }],
      logo: 'https://a.example/a.png',
    };
    expect(contentTraits(template, fields)).toMatchObject({ characters: 9, emoji: 1 });
  });

  it.each([
    ['مرحبا', 5, 0],
    ['שלום Ann', 4, 0],
    ['© 2026 Acme™ 1*', 0, 0],
    ['❤️ 🇨🇭 🎉', 0, 4],
    ['日本語', 0, 0],
  ])('of "%s" are %i letters from right to left and %i emoji', (title, rightToLeft, emoji) => {
    expect(contentTraits(template, { ...empty, title })).toMatchObject({ rightToLeft, emoji });
  });
});
