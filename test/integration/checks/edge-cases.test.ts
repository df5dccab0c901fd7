import { describe, expect, it } from '@jest/globals';
import { textTroubles, troubledText } from '../../../src/checks/edge-case-text.js';
import { type EdgeCase, edgeCases } from '../../../src/checks/edge-cases.js';
import { rotateChoices } from '../../../src/checks/rotate-choices.js';
import { createTestAssets } from '../../../src/encode/draw-test-asset.js';
import { graphemeCount } from '../../../src/templates/clean-text.js';
import { resolveFields } from '../../../src/templates/resolve-fields.js';
import type { Template } from '../../../src/templates/template.js';
import { templateWith } from '../../support/templates/template-files.js';

const pictures = createTestAssets();

const sample = {
  title: 'A title',
  author: 'Ada Byron',
  cover: 'https://example.com/cover.jpg',
  price: 12.5,
  starts_at: '2026-10-14',
  tags: ['one', 'two'],
  people: [{ name: 'Ada', age: 36 }],
  accent: '#2563eb',
  locale: 'en-US',
};

const template: Template = {
  ...templateWith({
    title: { type: 'longtext', required: true, max_length: 90 },
    author: { type: 'text', max_length: 30 },
    cover: { type: 'image', on_error: 'hide' },
    price: { type: 'number', minimum: 0, maximum: 5000 },
    starts_at: { type: 'date', required: true },
    tags: { type: 'list', max_length: 5 },
    people: { type: 'list', items: { name: 'text', age: 'number' }, required: true },
    accent: { type: 'color', default: '#000000' },
    locale: {
      type: 'choice',
      choices: ['en-US', 'de', 'fr', 'es', 'it', 'ar', 'ja', 'zh-CN'],
      default: 'en-US',
    },
  }),
  sample,
  edgeCases: new Map([['of-its-own', { ...sample, title: 'Own' }]]),
};

const cases = await edgeCases(template, pictures);
const dataOf = (name: string): Record<string, unknown> => {
  const found = cases.find((c) => c.name === name);
  if (!found) throw new Error(`no case ${name}`);
  return found.data;
};

describe('the ugly cases', () => {
  it('are the same ones again, with names of their own, the sample first', async () => {
    expect(await edgeCases(template, createTestAssets())).toEqual(cases);
    expect(new Set(cases.map((c) => c.name)).size).toBe(cases.length);
    expect(cases[0]).toMatchObject({ name: 'sample', data: sample, rotates: false });
    expect(cases.at(-1)).toMatchObject({ name: 'own_of-its-own', data: { title: 'Own' } });
  });

  it('are data that the template accepts', () => {
    const refused = cases.filter((c) => resolveFields(template, c.data).errors.length > 0);
    expect(refused.map((c) => c.name)).toEqual([]);
  });

  it('leave warnings of the data only where these are expected', () => {
    const loud = (item: EdgeCase) =>
      resolveFields(template, item.data).warnings.filter(
        (w) => w.severity !== 'info' && !item.deserves.has(w.code),
      );
    expect(cases.flatMap((item) => loud(item).map((w) => [item.name, w.code]))).toEqual([]);
  });

  it('trouble every text and every part of a list, and nothing else', () => {
    expect(dataOf('one_letter')).toEqual({
      ...sample,
      title: 'Q',
      author: 'Q',
      tags: ['Q', 'Q'],
      people: [{ name: 'Q', age: 36 }],
    });
  });

  it('fill long texts to the last character that is allowed', () => {
    const { title, author } = dataOf('long');
    expect(graphemeCount(String(title))).toBeGreaterThanOrEqual(89);
    expect(graphemeCount(String(title))).toBeLessThanOrEqual(90);
    expect(graphemeCount(String(author))).toBeLessThanOrEqual(30);
  });

  it('choose the language of the text where the template knows it', () => {
    expect(dataOf('arabic').locale).toBe('ar');
    expect(dataOf('chinese').locale).toBe('zh-CN');
    expect(dataOf('korean').locale).toBe('en-US');
  });

  it('keep numbers within what is allowed', () => {
    expect(dataOf('number_huge').price).toBe(5000);
    expect(dataOf('number_negative').price).toBe(0);
    expect(dataOf('number_zero').people).toEqual([{ name: 'Ada', age: 0 }]);
  });

  it('take away only what may be missing', () => {
    expect(dataOf('only_required')).toEqual({
      title: sample.title,
      starts_at: sample.starts_at,
      people: sample.people,
    });
    expect(dataOf('list_empty')).toEqual({ ...sample, tags: [] });
    expect(dataOf('list_full').tags).toEqual(['one', 'two', 'one', 'two', 'one']);
    expect(dataOf('empty_text')).toEqual({ ...sample, author: '' });
    expect('cover' in dataOf('picture_missing')).toBe(false);
  });

  it('come only for fields that are there', async () => {
    const plain = { ...templateWith({ size: { type: 'number' } }), sample: { size: 4 } };
    const names = (await edgeCases(plain, pictures)).map((c) => c.name);
    expect(names).toEqual([
      'sample',
      'sample_varied',
      'only_required',
      'number_zero',
      'number_negative',
      'number_huge',
      'number_decimals',
    ]);
  });

  it('never reach for the network: their pictures are data', () => {
    const own = cases.filter((c) => c.name.startsWith('picture_') && 'cover' in c.data);
    expect(own.length).toBe(10);
    for (const { name, data } of own) {
      if (name === 'picture_malformed') continue;
      expect([name, String(data.cover).slice(0, 22)]).toEqual([name, 'data:image/png;base64,']);
      expect(String(data.cover).length).toBeLessThan(60_000);
    }
  });
});

describe('what only a type knows', () => {
  it('is tried in each of its fields, but not where it is derived', async () => {
    const own = {
      ...templateWith({
        number: { type: 'text' },
        seat: { type: 'qr', symbology: 'code128', box: [200, 60], fallback: 'NONE' },
        check_in: { type: 'qr', derive: '{{number}}' },
      }),
      sample: { number: '7', seat: 'R7' },
    };
    const found = (await edgeCases(own, pictures)).filter(({ name }) => name.startsWith('code_'));
    expect(found.map(({ name }) => name)).toEqual(['code_dense_seat', 'code_unusable_seat']);
    for (const { data, deserves } of found) {
      const { errors, warnings } = resolveFields(own, data);
      expect(errors).toEqual([]);
      expect(warnings.map(({ code }) => deserves.has(code))).toEqual([true]);
    }
  });
});

describe('a troubled text', () => {
  it.each(textTroubles.map((t) => [t.name, t] as const))('%s never exceeds its field', (_, t) => {
    for (const max of [1, 2, 7, 30, 60, 61, 200, 1000]) {
      const text = troubledText(t, max);
      expect(text.trim()).not.toBe('');
      expect(graphemeCount(text)).toBeLessThanOrEqual(max);
    }
  });
});

describe('the choices', () => {
  it('come up in every combination, two and switches before long lists', () => {
    const { manifest } = templateWith({
      theme: { type: 'choice', choices: ['light', 'dark'] },
      font: { type: 'choice', choices: ['sans', 'serif', 'mono'] },
      starred: { type: 'boolean' },
      locale: { type: 'choice', choices: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] },
    });
    const seen = Array.from({ length: 12 }, (_, turn) => rotateChoices(manifest, turn));
    expect(new Set(seen.map((c) => JSON.stringify(c))).size).toBe(12);
    expect(Object.keys(seen[0] ?? {})).toEqual(['theme', 'font', 'starred']);
  });
});
