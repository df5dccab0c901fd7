import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readPixels } from '../../support/colour-code.js';
import { bareTemplate, type Engine, startEngine } from '../../support/engine.js';

let engine: Engine;

beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine?.stop());

/** Where a text stands in the picture, from its pixels alone: dark on white. */
async function inkOf(pixels: Buffer) {
  const raw = await readPixels(pixels);
  let [left, top, right, bottom, count] = [raw.width, raw.height, -1, -1, 0];
  for (let y = 0; y < raw.height; y += 1) {
    for (let x = 0; x < raw.width; x += 1) {
      if ((raw.data[(y * raw.width + x) * 4 + 1] ?? 255) > 128) continue;
      count += 1;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return { left, top, right, bottom, width: right - left + 1, height: bottom - top + 1, count };
}

describe('data-fit', () => {
  const box = { left: 10, top: 10, width: 300, height: 100 };
  const template = bareTemplate(
    `body { background: #ffffff; }
     p { margin: 0; color: #000000; }
     .box { position: absolute; left: 10px; top: 10px; width: 300px; height: 100px; font-size: 40px; line-height: 1.15; }
     .line { position: absolute; left: 10px; top: 130px; width: 300px; font-size: 30px; line-height: 1.2; }`,
  );
  /** The font size that was reached, as the page tells it with the text. */
  async function renderText(text: string, attributes = 'data-fit data-fit-min="12"', cls = 'box') {
    const drawn = await engine.draw(
      template,
      `<p class="${cls}" ${attributes} data-field="title">${text}</p>`,
    );
    return {
      px: drawn.texts[0]?.fontPx,
      lines: new Set(drawn.texts[0]?.lines.map(([, top]) => top)).size,
      codes: drawn.warnings.map((w) => w.code),
      ink: await inkOf(drawn.pixels),
    };
  }

  it('leaves text that fits at its designed size', async () => {
    expect(await renderText('Short')).toMatchObject({ px: 40, codes: [] });
  });

  it('shrinks longer text to the largest size that fits, and no further', async () => {
    const text = 'A headline of some length that needs a smaller size to stay in its box';
    const { px = 0, codes, ink } = await renderText(text);
    expect(px).toBeLessThan(40);
    expect(px).toBeGreaterThan(12);
    expect(codes).toEqual([]);
    expect(ink.bottom).toBeLessThanOrEqual(box.top + box.height);
    expect(ink.right).toBeLessThanOrEqual(box.left + box.width);
    // One pixel more would not have fitted.
    const larger = await renderText(
      text,
      `data-fit data-fit-min="${px + 1}" data-fit-max="${px + 1}"`,
    );
    expect(larger.codes).toContain('text_shortened');
  });

  it('says so at the smallest size', async () => {
    const text = 'A headline of some length that needs a smaller size to stay in its box';
    const { px } = await renderText(text);
    const smallest = await renderText(text, `data-fit data-fit-min="${px}"`);
    expect(smallest).toMatchObject({ px, codes: ['text_at_minimum'] });
  });

  it('ends with an ellipsis what fits at no size, and says so', async () => {
    const words = 'so many words that there is no size at which all of them find a place in here ';
    const { px, codes, ink } = await renderText(words.repeat(8));
    expect(px).toBe(12);
    expect(codes).toEqual(['text_shortened']);
    expect(ink.bottom).toBeLessThanOrEqual(box.top + box.height);
  });

  it('takes a minimum in percent of the designed size, and half of it where none is given', async () => {
    const long = 'words and more words and yet more words '.repeat(8);
    expect((await renderText(long, 'data-fit data-fit-min="75%"')).px).toBe(30);
    expect((await renderText(long, 'data-fit')).px).toBe(20);
  });

  it('grows text up to data-fit-max where there is room', async () => {
    const small = await renderText('Hi', 'data-fit data-fit-max="60"');
    expect(small.px).toBe(60);
    const filled = await renderText('A few words that fill', 'data-fit data-fit-max="90"');
    expect(filled.px).toBeGreaterThan(40);
    expect(filled.px).toBeLessThan(90);
    expect(filled.ink.bottom).toBeLessThanOrEqual(box.top + box.height);
  });

  it('holds to data-max-lines while it shrinks', async () => {
    const { lines, px, codes } = await renderText(
      'Words for one line only',
      'data-fit data-fit-min="10" data-max-lines="1"',
      'line',
    );
    expect(lines).toBe(1);
    expect(px).toBeLessThan(30);
    expect(codes).toEqual([]);
  });

  it('clamps to data-max-lines without data-fit, and says so', async () => {
    const { lines, codes, px } = await renderText(
      'Words for one line only, which are too many for it',
      'data-max-lines="1"',
      'line',
    );
    expect(lines).toBe(1);
    expect(px).toBe(30);
    expect(codes).toEqual(['text_shortened']);
  });

  it('breaks a word that is too wide at half its size, and keeps it inside', async () => {
    const { ink, codes } = await renderText(
      'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft',
    );
    expect(ink.right).toBeLessThanOrEqual(box.left + box.width);
    expect(codes).not.toContain('text_clipped');
  });

  it('starts from the designed size again in the same page', async () => {
    await renderText('words '.repeat(60));
    expect(await renderText('Short')).toMatchObject({ px: 40, codes: [] });
  });
});

describe('fonts', () => {
  const template = bareTemplate(
    'body { background: #ffffff; } p { position: absolute; left: 10px; top: 40px; margin: 0; font-size: 40px; white-space: nowrap; color: #000000; }',
  );
  async function ink(style: string, text = 'Hamburgefonstiv') {
    const drawn = await engine.draw(template, `<p style="${style}">${text}</p>`);
    return { ...(await inkOf(drawn.pixels)), warnings: drawn.warnings };
  }

  it.each(['Inter', 'Fraunces', 'Bricolage Grotesque', 'Instrument Sans', 'JetBrains Mono'])(
    '%s is the font that is bundled, with its weights, and not what stands in for it',
    async (family) => {
      const fallback = await ink("font-family:'No Such Font',serif", 'Hamburg');
      const light = await ink(`font-family:'${family}',serif;font-weight:300`, 'Hamburg');
      const heavy = await ink(`font-family:'${family}',serif;font-weight:800`, 'Hamburg');
      expect(light.count).not.toBe(fallback.count);
      expect(heavy.count).toBeGreaterThan(light.count * 1.2);
      // A weight between the two that no static file has.
      const between = await ink(`font-family:'${family}',serif;font-weight:550`, 'Hamburg');
      expect(between.count).toBeGreaterThan(light.count);
      expect(between.count).toBeLessThan(heavy.count);
      expect(light.warnings.filter((w) => w.code === 'font_stepped_in')).toEqual([]);
    },
  );

  it('is Inter where a template names none', async () => {
    expect(await ink('')).toEqual(await ink('font-family:Inter'));
    expect((await ink('')).count).not.toBe((await ink('font-family:serif')).count);
  });

  it('is there in the very first picture of a page', async () => {
    const first = await engine.draw(
      bareTemplate(template.css),
      '<p style="font-family:Fraunces">First</p>',
    );
    const second = await engine.draw(template, '<p style="font-family:Fraunces">First</p>');
    expect(first.pixels.equals(second.pixels)).toBe(true);
  });

  it.each([
    ['Chinese', '永字八法', '们国'],
    ['Japanese', 'ひらがなカタ', 'あア'],
    ['Korean', '한글날', '가나'],
    ['Arabic', 'السلام عليكم', 'شكرا'],
    ['Devanagari', 'नमस्ते दुनिया', 'धन्यवाद'],
    ['emoji', '🎉🚀', '🦊👍🏽'],
  ])('has glyphs for %s, not boxes', async (_script, text, other) => {
    const drawn = await ink('', text);
    expect(drawn.warnings.map((w) => w.code)).not.toContain('glyph_missing');
    expect(drawn.count).toBeGreaterThan(100);
    // Boxes are the same for every character: what has glyphs differs from character to character.
    const boxes = await ink('', '\u0378'.repeat([...text].length));
    expect(drawn.count).not.toBe(boxes.count);
    const [a, b] = [await ink('', [...other][0]), await ink('', [...other][1])];
    expect([a.count, a.width]).not.toEqual([b.count, b.width]);
  });

  it('tells of characters that no font has', async () => {
    const { warnings } = await ink('', 'Nothing: \u0378');
    expect(warnings.map((w) => w.code)).toContain('glyph_missing');
  });

  it('draws emoji in colour', async () => {
    const { pixels } = await engine.draw(template, '<p>🍎</p>');
    const raw = await readPixels(pixels);
    let red = 0;
    for (let i = 0; i < raw.data.length; i += 4) {
      if ((raw.data[i] ?? 0) > 150 && (raw.data[i + 1] ?? 255) < 90) red += 1;
    }
    expect(red).toBeGreaterThan(50);
  });
});
