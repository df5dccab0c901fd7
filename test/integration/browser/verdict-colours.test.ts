import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bareTemplate, type Engine, startEngine } from '../../support/engine.js';

let engine: Engine;

beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine?.stop());

const template = bareTemplate(
  `body { background: #ffffff; }
   p { position: absolute; left: 30px; top: 20px; margin: 0; font: 32px "JetBrains Mono"; }`,
);
const textsOf = async (html: string) => (await engine.draw(template, html)).texts;
const codesOf = async (html: string) =>
  (await engine.draw(template, html)).warnings.map((w) => w.code);

describe('the colour of text', () => {
  it.each([
    ['#123456', [18, 52, 86, 1]],
    ['oklch(0 0 0)', [0, 0, 0, 1]],
    ['color-mix(in srgb, #ff0000, #0000ff)', [128, 0, 128, 1]],
    ['rgb(0 0 0 / 50%)', [0, 0, 0, 0.5]],
  ])('%s is known as it is seen', async (color, seen) => {
    const [text] = await textsOf(`<p style="color:${color}">Some words</p>`);
    const [r = 0, g = 0, b = 0, a = 0] = text?.color ?? [];
    expect([r, g, b].map(Math.round)).toEqual(seen.slice(0, 3));
    expect(a).toBeCloseTo(seen[3] ?? 0, 2);
  });

  it('fades with the element, unless that has a background that fades with it', async () => {
    const [faded] = await textsOf('<p style="opacity:.5;color:#000">Some words</p>');
    expect(faded?.color?.[3]).toBeCloseTo(0.5, 2);
    const [grounded] = await textsOf(
      '<p style="opacity:.5;background:#ff0;color:#000">Some words</p>',
    );
    expect(grounded?.color).toBeNull();
  });

  it('is left to the pixels where a gradient, a filter or a mask makes it', async () => {
    for (const style of [
      'color:transparent;background:linear-gradient(red,blue);background-clip:text',
      'filter:blur(1px)',
      'mask-image:linear-gradient(#000,#0008)',
    ]) {
      const [text] = await textsOf(`<p style="${style}">Some words</p>`);
      expect([style, text?.color]).toEqual([style, null]);
    }
  });

  it('of one job does not stay for the glyphs of the next', async () => {
    await engine.draw(template, '<p style="color:transparent">Nothing is seen of this</p>');
    expect(await codesOf('<p>4711 Wkqx</p>')).not.toContain('glyph_missing');
  });
});

describe('the contrast', () => {
  it('of letters is not that of signs and single letters beside them', async () => {
    const html = '<p style="color:#000">Words<b style="color:#eee;background:#000"> Q</b></p>';
    expect(await codesOf(html)).not.toContain('low_contrast');
  });
});
