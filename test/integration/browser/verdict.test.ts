import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPixelReader } from '../../../src/encode/pixel-reader.js';
import type { Warning } from '../../../src/errors/warning.js';
import { contrastWarnings, judgeContrast } from '../../../src/images/text-contrast.js';
import { bareTemplate, type Engine, startEngine } from '../../support/engine.js';

/** Half dark, half light: no one colour of text is easy to read on all of it. */
const HALVES = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="180"><rect width="320" height="180" fill="#101010"/><rect width="160" height="180" fill="#f4f4f4"/></svg>',
)}`;
const TINY = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';

const CSS = `
body{background:#fff;color:#111;font:20px/1.3 Inter,'Noto Sans Arabic','Noto Sans CJK SC',sans-serif}
p{margin:0;position:absolute;left:30px;top:40px;width:200px}
`;

const p = (text: string, style = '', attributes = '') =>
  `<p data-field="title" style="${style}" ${attributes}>${text}</p>`;

const LONG = 'A sentence that is a good deal longer than the place that it was given here';

interface Case {
  code: string;
  appears: Record<string, string>;
  absent: Record<string, string>;
}

const cases: Case[] = [
  {
    code: 'text_clipped',
    appears: {
      'cut by its own box': p(LONG, 'height:20px;overflow:hidden'),
      'cut by a box around it': `<div style="position:absolute;left:0;top:0;width:120px;height:100px;overflow:hidden">${p(LONG)}</div>`,
      'running out of the card': p(LONG, 'left:200px;white-space:nowrap'),
    },
    absent: {
      'a box with room': p('Short', 'height:40px;overflow:hidden'),
      'an ellipsis': p(LONG, 'white-space:nowrap;overflow:hidden;text-overflow:ellipsis'),
      'hidden text': p(LONG, 'visibility:hidden;height:20px;overflow:hidden'),
      decoration: `<p aria-hidden="true" style="height:10px;overflow:hidden">${LONG}</p>`,
      'tight lines': p('Áç gjy<br>Áç gjy', 'line-height:.95;overflow:hidden'),
    },
  },
  {
    code: 'text_shortened',
    appears: {
      'an ellipsis of CSS': p(LONG, 'white-space:nowrap;overflow:hidden;text-overflow:ellipsis'),
      'too many lines': p(LONG, '', 'data-max-lines="2"'),
      'nothing fits': p(LONG, 'height:30px', 'data-fit data-fit-min="20"'),
    },
    absent: {
      'two lines for two': p('One line<br>and another', '', 'data-max-lines="2"'),
      'it shrank in time': p(LONG, 'height:60px', 'data-fit data-fit-min="8"'),
    },
  },
  {
    code: 'text_at_minimum',
    appears: {
      'as small as it may be': p(
        'Some more words that fill it',
        'font-size:36px;height:53px',
        'data-fit data-fit-min="20"',
      ),
    },
    absent: {
      'small, but not the smallest': p(
        'Some words',
        'font-size:60px;height:60px',
        'data-fit data-fit-min="20"',
      ),
      'its designed size': p('Hi', 'height:60px', 'data-fit data-fit-min="8"'),
    },
  },
  {
    code: 'text_overflows',
    appears: { 'over what is below': p(LONG, 'height:20px') },
    absent: { 'a box that grows': p(LONG) },
  },
  {
    code: 'text_overlaps',
    appears: { 'two at one place': p('First of two') + p('Second of two', 'top:46px') },
    absent: {
      'one below the other': p('First of two') + p('Second of two', 'top:70px'),
      'part of the other': p('First <b>of</b> two'),
    },
  },
  {
    code: 'text_near_edge',
    appears: { 'at the left edge': p('Edge', 'left:2px'), 'at the bottom': p('Edge', 'top:156px') },
    absent: { 'well inside': p('Inside') },
  },
  {
    code: 'glyph_missing',
    appears: { 'no font has it': p('Hello \u{1f8ff}'), unassigned: p('A \u0378 B') },
    absent: {
      emoji: p('Hello 😀👩‍👩‍👧‍👦🏳️‍🌈'),
      'Chinese, Arabic, Devanagari': p('你好 مرحبا नमस्ते'),
      'combining marks': p('Z̡a̧l̛g̢o̡ Việt'),
    },
  },
  {
    code: 'font_stepped_in',
    appears: {
      'Chinese under Inter': p('你好'),
      'a family that is not installed': p('Hello', "font-family:'No Such Family',sans-serif"),
    },
    absent: {
      'Latin, Greek and Cyrillic': p('Héllo Ωμέγα Привет €'),
      emoji: p('Hello ☀️ 🎉'),
      'a generic family': p('你好', 'font-family:sans-serif'),
    },
  },
  {
    code: 'picture_too_small',
    appears: {
      'one pixel': `<img data-field="logo" src="${TINY}" style="width:50px;height:50px">`,
    },
    absent: {
      'a drawing that scales': `<img data-field="logo" src="${HALVES}" style="width:1280px;max-width:none">`,
      'its own size': `<img data-field="logo" src="${TINY}">`,
    },
  },
  {
    code: 'picture_not_shown',
    appears: { 'an address of nothing': '<img data-field="logo" src="/p/none">' },
    absent: { 'a picture': `<img data-field="logo" src="${HALVES}">` },
  },
  {
    code: 'low_contrast',
    appears: {
      'grey on white': p('Hard to read', 'color:#aaa'),
      'white over a picture that is half white': p(
        'White over both halves',
        'left:40px;width:260px;color:#fff',
      ).replace('<p', `<img src="${HALVES}" style="position:absolute;inset:0"><p`),
      'at the light end of a gradient': `<div style="position:absolute;inset:0;background:linear-gradient(90deg,#fff,#000)">${p('White at the light end', 'color:#fff')}</div>`,
      'half transparent': p('Hard to read', 'opacity:.3'),
      'a gradient in the text': p(
        'Gradient',
        'background:linear-gradient(90deg,#ddd,#ccc);-webkit-background-clip:text;color:transparent;font-weight:800',
      ),
    },
    absent: {
      'black on white': p('Easy to read'),
      'white on the dark half of a picture': p('White', 'left:190px;width:90px;color:#fff').replace(
        '<p',
        `<img src="${HALVES}" style="position:absolute;inset:0"><p`,
      ),
      'at the dark end of a gradient': `<div style="position:absolute;inset:0;background:linear-gradient(90deg,#fff,#000)">${p('Dark', 'left:230px;width:60px;color:#fff')}</div>`,
      'grey that is large enough': p('Large', 'color:#888;font-size:30px'),
      'a pill': `<p data-field="title" style="background:#111;color:#fff;width:auto;padding:6px 14px;border-radius:99px">Join now</p>`,
      'a gradient in the text': p(
        'Gradient',
        'background:linear-gradient(90deg,#008,#804);-webkit-background-clip:text;color:transparent;font-weight:800',
      ),
      'emoji alone': p('🌲🌲', 'color:#fff'),
    },
  },
];

describe('the verdict', () => {
  let engine: Engine;
  const reader = createPixelReader();
  const template = bareTemplate(CSS);

  beforeAll(async () => {
    engine = await startEngine();
  });
  afterAll(() => engine.stop());

  async function verdict(html: string, scale = 1): Promise<Warning[]> {
    const pressed = await engine.draw(template, html, { scale });
    const pixels = await reader.read(pressed.pixels);
    return [...pressed.warnings, ...contrastWarnings(judgeContrast(pixels, pressed.texts, scale))];
  }

  describe.each(cases)('$code', ({ code, appears, absent }) => {
    it.each(Object.entries(appears))('is told of: %s', async (_name, html) => {
      const found = (await verdict(html)).find((warning) => warning.code === code);
      expect(found).toMatchObject({ severity: expect.any(String) });
      expect(found?.message.length).toBeGreaterThan(20);
      if (html.includes('data-field')) expect(found?.field).toMatch(/^(title|logo)$/);
    });

    it.each(Object.entries(absent))('is not told of: %s', async (_name, html) => {
      const codes = (await verdict(html)).map((warning) => warning.code);
      expect(codes).not.toContain(code);
    });
  });

  it('is the same at every scale', async () => {
    const html = p('Hard to read', 'color:#aaa') + p('Edge', 'left:2px;top:100px');
    const codes = async (scale: number) => (await verdict(html, scale)).map((w) => w.code).sort();
    expect(await codes(3)).toEqual(await codes(1));
    expect(await codes(1)).toEqual(['low_contrast', 'text_near_edge']);
  });
});
