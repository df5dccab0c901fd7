import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  startTemplateRenderer,
  type TemplateRenderer,
} from '../../support/templates/render-template.js';
import { manifestJson, templateFiles } from '../../support/templates/template-files.js';

const text = { type: 'text' };

function files(fields: Record<string, object>, body: string, css: string) {
  const complete = Object.entries(fields).map(([name, spec]) => [name, { label: name, ...spec }]);
  return templateFiles({
    'template.json': JSON.stringify(
      manifestJson({
        sizes: { small: [320, 180] },
        default_size: 'small',
        fields: Object.fromEntries(complete),
      }),
    ),
    'template.hbs': body,
    'style.css': css,
    'sample.json': '{}',
  });
}

/** One character that Japanese and Chinese write differently, large. */
const glyph = files(
  { lang: text, locale: text },
  '<p>直骨</p>',
  'p { margin: 20px; font-size: 120px; line-height: 1; color: #000 }',
);
const quote = files({ locale: text }, '<q>I</q>', 'q { font-size: 60px }');
const silent = files({ language: text }, '<p>直骨</p>', glyph['style.css'] as string);
const divided = files(
  { title: text, locale: text },
  '<p data-field="title">{{hyphenate title locale}}</p>',
  'p { width: 200px; margin: 10px; font-size: 30px; line-height: 36px; color: #000 }',
);
const whole = files(
  { title: text, locale: text },
  '<p data-field="title">{{title}}</p>',
  divided['style.css'] as string,
);

let press: TemplateRenderer['press'];
let stop: TemplateRenderer['stop'] | undefined;

beforeAll(async () => {
  ({ press, stop } = await startTemplateRenderer({ glyph, quote, silent, divided, whole }));
});
afterAll(() => stop?.());

/** The last row with ink, and the last column. */
function inkEnds({ data, width }: { data: Buffer; width: number }): [number, number] {
  let [bottom, right] = [0, 0];
  for (let i = 0; i < data.length; i += 4) {
    if ((data[i] ?? 255) > 128) continue;
    bottom = Math.floor(i / 4 / width);
    right = Math.max(right, (i / 4) % width);
  }
  return [bottom, right];
}

describe('the language of the document', () => {
  it('decides how a Chinese character is drawn', async () => {
    const japanese = await press('glyph', { lang: 'ja' });
    const chinese = await press('glyph', { lang: 'zh-CN' });
    expect(japanese.data.equals(chinese.data)).toBe(false);
    expect((await press('glyph', { lang: 'ja' })).data.equals(japanese.data)).toBe(true);
  });

  it('is that of "locale" where there is no "lang", and "lang" goes first', async () => {
    const japanese = await press('glyph', { lang: 'ja' });
    const chinese = await press('glyph', { lang: 'zh-CN' });
    expect((await press('glyph', { locale: 'ja_JP' })).data.equals(japanese.data)).toBe(true);
    const both = await press('glyph', { lang: 'zh-CN', locale: 'ja' });
    expect(both.data.equals(chinese.data)).toBe(true);
    const unusable = await press('glyph', { lang: '?!', locale: 'ja' });
    expect(unusable.data.equals(japanese.data)).toBe(true);
  });

  it('is not left behind for the next job of the same page', async () => {
    const before = await press('glyph');
    const japanese = await press('glyph', { lang: 'ja' });
    const after = await press('glyph');
    expect(japanese.data.equals(before.data)).toBe(false);
    expect(after.data.equals(before.data)).toBe(true);
  });

  it('comes from no other field', async () => {
    const plain = await press('silent');
    expect((await press('silent', { language: 'ja' })).data.equals(plain.data)).toBe(true);
  });

  it('decides which quotation marks stand around a quote', async () => {
    const german = await press('quote', { locale: 'de' });
    const french = await press('quote', { locale: 'fr' });
    const english = await press('quote', { locale: 'en' });
    expect(german.data.equals(english.data)).toBe(false);
    expect(german.data.equals(french.data)).toBe(false);
    expect(french.data.equals(english.data)).toBe(false);
  });
});

describe('divided words', () => {
  const title = 'Donaudampfschifffahrt';

  it('stay within a narrow place, over several lines', async () => {
    const [wholeBottom, wholeRight] = inkEnds(await press('whole', { title, locale: 'xx' }));
    const [bottom, right] = inkEnds(await press('divided', { title, locale: 'de' }));
    expect(right).toBeLessThanOrEqual(210);
    expect(bottom).toBeGreaterThanOrEqual(wholeBottom);
    // Unknown to the helper: broken where the line is full, as without it.
    const unknown = await press('divided', { title, locale: 'xx' });
    const plain = await press('whole', { title, locale: 'xx' });
    expect(unknown.data.equals(plain.data)).toBe(true);
    const german = await press('divided', { title, locale: 'de' });
    expect(german.data.equals(plain.data)).toBe(false);
    expect(wholeRight).toBeLessThanOrEqual(210);
  });

  it('show no mark where they are not broken, and leave no warning', async () => {
    const short = { title: 'Abendessen', locale: 'de' };
    const marked = await press('divided', short);
    const plain = await press('whole', short);
    expect(marked.data.equals(plain.data)).toBe(true);
    expect(marked.warnings).toEqual(plain.warnings);
  });
});
