import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readPixels } from '../../support/colour-code.js';
import { bareTemplate, type Engine, startEngine } from '../../support/engine.js';

let engine: Engine;

beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine?.stop());

const LONG = 'A summary that runs on for more than two lines and should end with dots there';

/** As long as a line is high, so that each line of text is a band of rows with ink. */
const template = bareTemplate(
  `body{background:#fff;color:#000;font:20px/1.5 Inter}
   .row{display:flex;gap:10px;position:absolute;inset:10px;height:160px}
   .t{flex:1;margin:0;min-width:0}`,
);

/** Bands of rows that hold dark pixels, as [first, last]. */
async function bandsOf(pixels: Buffer): Promise<[number, number][]> {
  const raw = await readPixels(pixels);
  const bands: [number, number][] = [];
  for (let y = 0; y < raw.height; y += 1) {
    let isInk = false;
    for (let x = 0; x < raw.width && !isInk; x += 1) {
      isInk = (raw.data[(y * raw.width + x) * 4 + 1] ?? 255) < 128;
    }
    const last = bands.at(-1);
    if (!isInk) continue;
    if (last && y - last[1] <= 1) last[1] = y;
    else bands.push([y, y]);
  }
  return bands;
}

async function draw(html: string) {
  const { pixels, warnings } = await engine.draw(template, html);
  return { bands: await bandsOf(pixels), codes: warnings.map((w) => w.code) };
}

const limited = (lines: number, style = '', inside = LONG, tag = 'p') =>
  `<div class="row"><${tag} class="t" data-field="title" data-max-lines="${lines}" style="${style}">${inside}</${tag}></div>`;

describe('data-max-lines keeps its promise', () => {
  // Capital letters without descenders, so that no band is cut in two.
  const CAPITALS = 'SOME WORDS IN CAPITALS THAT GO ON AND ON FOR MANY A LINE UNTIL THEY END';
  const boxes: Record<string, [style: string, inside?: string]> = {
    'a box that the row stretches': [''],
    'a box with a height of its own': ['height:120px'],
    'a box with a least height': ['align-self:flex-start;min-height:150px'],
    'room around the text': ['align-self:flex-start;padding:30px'],
    'room around the text, and stretched': ['padding:12px 20px 40px'],
    'a flex container that centres': ['display:flex;align-items:center'],
    'a grid that centres': ['display:grid;align-content:center;justify-content:center'],
    'a box that is a block again': ['display:block'],
    'a cell of a table': ['display:table-cell;flex:none;width:200px'],
    'an inline block': ['display:inline-block'],
    'a box that shows what leaves it': ['overflow:visible'],
    'even lines': ['text-wrap:balance;padding:20px'],
    'words of one letter style within': [
      'padding:20px',
      `SOME <b>WORDS IN <i>CAPITALS THAT</i> GO ON</b> AND ON <mark style="background:#fff">FOR MANY A LINE</mark> UNTIL THEY END`,
    ],
    'paragraphs within': ['', `<span style="display:block">SOME WORDS</span>${CAPITALS}`],
    'a long word': ['', CAPITALS.replaceAll(' ', '').repeat(2)],
  };

  it.each(Object.entries(boxes))('in %s', async (_name, [style, inside = CAPITALS]) => {
    const { bands, codes } = await draw(limited(2, style, inside));
    expect(bands.length).toBe(2);
    expect(codes).toEqual(['text_shortened']);
  });

  it('for every number of lines', async () => {
    for (const lines of [1, 3, 4]) {
      const { bands } = await draw(limited(lines, 'width:200px;flex:none;padding:5px', CAPITALS));
      expect(bands.length).toBe(lines);
    }
  });

  it('and leaves a text alone that keeps to it', async () => {
    const { bands, codes } = await draw(limited(5, '', 'ONE LINE<br>AND TWO'));
    expect(bands.length).toBe(2);
    expect(codes).toEqual([]);
    const tight = await draw(limited(1, 'line-height:1;align-self:flex-start', 'One gypqj line'));
    expect(tight.codes).toEqual([]);
  });

  it('ends after the last line that has room, where the box is shorter', async () => {
    const { bands, codes } = await draw(limited(4, 'height:70px;align-self:flex-start', CAPITALS));
    expect(bands.length).toBe(2);
    expect(codes).toEqual(['text_shortened']);
  });

  it('ends a line that may not break with an ellipsis', async () => {
    const { bands, codes } = await draw(limited(1, 'white-space:nowrap', CAPITALS));
    expect(bands.length).toBe(1);
    expect(codes).toEqual(['text_shortened']);
  });

  it('for lines of several parts in a flex container', async () => {
    const parts = `<span>FIRST WORDS THAT TAKE UP MORE THAN ONE LINE</span><span>SECOND</span>`;
    const { bands, codes } = await draw(
      limited(2, 'display:flex;flex-direction:column;height:140px;width:240px;flex:none', parts),
    );
    expect(bands.length).toBe(2);
    expect(codes).toEqual(['text_shortened']);
  });

  it('while the box itself keeps its size and its background', async () => {
    const box = (inside: string) => limited(2, 'background:#ccc;padding:10px', inside);
    const edges = async (html: string) => {
      const raw = await readPixels((await engine.draw(template, html)).pixels);
      const grey = (x: number, y: number) => raw.data[(y * raw.width + x) * 4] === 0xcc;
      return [grey(14, 12), grey(14, 166), grey(305, 166), grey(14, 175)];
    };
    expect(await edges(box(CAPITALS))).toEqual(await edges(box('SHORT')));
    expect(await edges(box(CAPITALS))).toEqual([true, true, true, false]);
  });

  it('shows the same text again in the next job', async () => {
    const first = await draw(limited(2, '', CAPITALS));
    await draw(limited(2, '', 'SHORT'));
    expect(await draw(limited(2, '', CAPITALS))).toEqual(first);
  });
});

describe('what a template cuts by rules of its own', () => {
  const place = 'position:absolute;left:10px;top:30px;width:300px;margin:0;font:700 40px/1 Inter;';
  const codes = async (style: string, text: string) =>
    (await draw(`<p data-field="title" style="${place}${style}">${text}</p>`)).codes;
  const clamp = 'display:-webkit-box;-webkit-box-orient:vertical;overflow:hidden;';

  it('is told as cut where letters of the last line are, though the text ends with an ellipsis', async () => {
    const long = 'gypqj jumping quickly over lazy dogs';
    expect(await codes(`${clamp}-webkit-line-clamp:1`, long)).toContain('text_clipped');
    const nowrap = 'white-space:nowrap;overflow:hidden;text-overflow:ellipsis';
    expect(await codes(nowrap, long)).toContain('text_clipped');
    expect(await codes(`${nowrap};line-height:1.3`, long)).toEqual(['text_shortened']);
  });

  it('is told as cut where half of the next line is seen in the padding', async () => {
    const style = `${clamp}-webkit-line-clamp:1;line-height:1.3;padding-bottom:30px`;
    expect(await codes(style, 'Some words for more than one line of it')).toContain('text_clipped');
  });
});

describe('the letters of the last line stay whole', () => {
  /** Rows of ink from the first to the last, for a box and for the same text in a free one. */
  async function heights(text: string, attributes: string, style: string) {
    const at = 'position:absolute;left:10px;top:30px;width:300px;margin:0;';
    const one = (attr: string, css: string) => `<p ${attr} style="${at}${css}">${text}</p>`;
    const own = await draw(one(attributes, style));
    const free = await draw(one('', style.replace('overflow:hidden', '')));
    const ends = (bands: [number, number][]) => [bands[0]?.[0], bands.at(-1)?.[1]];
    return { own: ends(own.bands), free: ends(free.bands), codes: own.codes };
  }

  const texts = { 'g j p q y': 'Typo gypqj', capitals: 'ÅÉÎÕÜ gypqj', emoji: '🎉 gypqj' };
  const styles = [
    'font:700 44px/1 Inter',
    'font:700 44px/.95 Inter',
    'font:italic 600 44px/1 Fraunces',
    'font:600 40px/.9 Inter',
  ];
  const cases = Object.entries(texts).flatMap(([name, text]) =>
    styles.map((style) => ({ name, text, style })),
  );

  it.each(cases)('$name in $style', async ({ text, style }) => {
    const clamped = await heights(text, 'data-max-lines="1"', `white-space:nowrap;${style}`);
    expect(clamped.own).toEqual(clamped.free);
    expect(clamped.codes).toEqual([]);
    const fitted = await heights(text, 'data-fit', `${style};overflow:hidden`);
    expect(fitted.own).toEqual(fitted.free);
    expect(fitted.codes).toEqual([]);
  });

  it('and of colours that are painted behind the letters', async () => {
    const style =
      'font:700 44px/1 Inter;background:linear-gradient(#000,#000);-webkit-background-clip:text;background-clip:text;color:transparent';
    const { own, free } = await heights('Typo gypqj', 'data-max-lines="1"', style);
    const { free: plain } = await heights('Typo gypqj', '', 'font:700 44px/1 Inter');
    expect({ own, free }).toEqual({ own: plain, free: plain });
  });
});
