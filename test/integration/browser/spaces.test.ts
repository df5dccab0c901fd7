import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readPixels } from '../../support/colour-code.js';
import { bareTemplate, type Engine, startEngine } from '../../support/engine.js';

let engine: Engine;

beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine?.stop());

const template = bareTemplate('body{background:#fff;color:#000;font:40px/1.2 Inter}');

/** The widths of the gaps between letters of ink, from the left. */
async function gaps(text: string, style: string): Promise<number[]> {
  const html = `<p style="position:absolute;left:10px;top:40px;margin:0;white-space:nowrap;${style}">${text}</p>`;
  const raw = await readPixels((await engine.draw(template, html)).pixels);
  const columns = Array.from({ length: raw.width }, (_, x) =>
    Array.from(
      { length: raw.height },
      (__, y) => raw.data[(y * raw.width + x) * 4 + 1] ?? 255,
    ).some((green) => green < 128),
  );
  const found: number[] = [];
  let gap = 0;
  for (const isInk of columns) {
    if (isInk && gap > 0) found.push(gap);
    gap = isInk ? 0 : gap + 1;
  }
  return found.slice(1);
}

describe('spaces that divide numbers and units', () => {
  it.each([
    ['U+202F', '\u202f'],
    ['U+00A0', '\u00a0'],
    ['U+2007', '\u2007'],
  ])('%s keeps its width under tracking that pulls letters together', async (_name, space) => {
    const text = `1${space}1`;
    const [free = 0] = await gaps(text, '');
    for (const style of [
      'letter-spacing:-.06em',
      'letter-spacing:-.1em',
      'letter-spacing:-3px;display:flex',
    ]) {
      const [tight = 0] = await gaps(text, style);
      expect(Math.abs(tight - free)).toBeLessThanOrEqual(1);
    }
    const [wide = 0] = await gaps(text, 'letter-spacing:.1em');
    expect(wide).toBeGreaterThanOrEqual(free);
  });

  it('are still no place to break a line, and nothing else moves', async () => {
    const words = 'Il a payé 12\u202f000\u00a0€ pour ça';
    const draw = (style: string) =>
      engine.draw(
        template,
        `<p data-field="title" style="margin:20px;width:250px;${style}">${words}</p>`,
      );
    const { texts } = await draw('letter-spacing:-.05em');
    const tops = new Set(
      texts.flatMap(({ lines }) => lines.map(([, top]) => Math.round(top / 10))),
    );
    const plain = new Set(
      (await draw('')).texts.flatMap(({ lines }) => lines.map(([, top]) => Math.round(top / 10))),
    );
    expect(tops.size).toBeLessThanOrEqual(plain.size);
  });
});
