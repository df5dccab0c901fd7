import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readPixels } from '../../support/colour-code.js';
import { bareTemplate, type Engine, startEngine } from '../../support/engine.js';

/*
 * The verdict against the pixels: for each script, text is cut and put over other text by more and
 * more, and what the verdict says is compared with what is to be seen.
 */

let engine: Engine;

beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine?.stop());

interface Script {
  name: string;
  family: string;
  /** Letters that reach far up, and far down. */
  text: string;
}

const scripts: Script[] = [
  { name: 'Latin', family: 'Inter', text: 'Ågypqj' },
  { name: 'Vietnamese', family: 'Inter', text: 'Ễnh Ổ gậy' },
  { name: 'Greek', family: 'Inter', text: 'Άγρυφη' },
  { name: 'Cyrillic', family: 'Inter', text: 'Ёрщуфй' },
  { name: 'Armenian', family: 'Noto Sans Armenian', text: 'Բարև գը' },
  { name: 'Georgian', family: 'Noto Sans Georgian', text: 'ქართული' },
  { name: 'Arabic', family: 'Noto Sans Arabic', text: 'إلى عَلِيٍّ' },
  { name: 'Nastaliq', family: 'Noto Nastaliq Urdu', text: 'پاکستان' },
  { name: 'Hebrew', family: 'Noto Sans Hebrew', text: 'בְּרֵאשִׁ֖ית' },
  { name: 'Devanagari', family: 'Noto Sans Devanagari', text: 'मन्त्रार्थाः बुद्धि' },
  { name: 'Bengali', family: 'Noto Sans Bengali', text: 'ক্ষুদ্র শিল্পের' },
  { name: 'Gurmukhi', family: 'Noto Sans Gurmukhi', text: 'ਪੰਜਾਬੀ ਗੁਰੂ' },
  { name: 'Gujarati', family: 'Noto Sans Gujarati', text: 'ગુજરાતી દ્રુ' },
  { name: 'Oriya', family: 'Noto Sans Oriya', text: 'ଓଡ଼ିଆ କ୍ଷୁ' },
  { name: 'Tamil', family: 'Noto Sans Tamil', text: 'விருக்ஷூ' },
  { name: 'Telugu', family: 'Noto Sans Telugu', text: 'తెలుగు క్ష్మీ' },
  { name: 'Kannada', family: 'Noto Sans Kannada', text: 'ಕನ್ನಡ ಕ್ಷ್ಮೀ' },
  { name: 'Malayalam', family: 'Noto Sans Malayalam', text: 'മലയാളം ക്ര' },
  { name: 'Sinhala', family: 'Noto Sans Sinhala', text: 'ශ්‍රී ක්‍රූ' },
  { name: 'Thai', family: 'Noto Sans Thai', text: 'ที่ปู่ น้ำฎุ' },
  { name: 'Lao', family: 'Noto Sans Lao', text: 'ທີ່ປູ່ ນ້ຳ' },
  { name: 'Khmer', family: 'Noto Sans Khmer', text: 'ស្ត្រី ខ្ញុំ' },
  { name: 'Burmese', family: 'Noto Sans Myanmar', text: 'ဖွံ့ဖြိုး ကြီး' },
  { name: 'Tibetan', family: 'Noto Serif Tibetan', text: 'བསྒྲུབས་རྒྱུད' },
  { name: 'Ethiopic', family: 'Noto Sans Ethiopic', text: 'ኢትዮጵያ' },
  { name: 'Han', family: 'Noto Sans CJK SC', text: '永字鬱' },
  { name: 'Kana', family: 'Noto Sans CJK JP', text: 'ぐゞプ' },
  { name: 'Hangul', family: 'Noto Sans CJK KR', text: '한글뷁' },
];

const template = bareTemplate('body{background:#fff;color:#000} p{margin:0}', {
  sizes: { small: [320, 260] },
});
const EM = 40;

interface Seen {
  /** One byte a pixel: 1 where it is dark. */
  mask: Uint8Array;
  width: number;
  codes: string[];
}

async function see(html: string): Promise<Seen> {
  const { pixels, warnings } = await engine.draw(template, html);
  const raw = await readPixels(pixels);
  const mask = new Uint8Array(raw.width * raw.height);
  for (let i = 0; i < mask.length; i += 1) mask[i] = (raw.data[i * 4 + 1] ?? 255) < 128 ? 1 : 0;
  return { mask, width: raw.width, codes: warnings.map(({ code }) => code) };
}

/** The height of what one picture shows and the other does not, in rows. */
function rowsLost(whole: Seen, cut: Seen): number {
  const rows = new Set<number>();
  whole.mask.forEach((dark, i) => {
    if (dark === 1 && cut.mask[i] === 0) rows.add(Math.floor(i / whole.width));
  });
  return rows.size;
}

function commonPixels(a: Seen, b: Seen): number {
  return a.mask.reduce((sum, dark, i) => sum + (dark & (b.mask[i] ?? 0)), 0);
}

const at = (top: number, family: string, text: string, style = '') =>
  `<p style="position:absolute;left:30px;top:${top}px;font:${EM}px/1.3 '${family}';white-space:nowrap;${style}">${text}</p>`;

describe.each(scripts)('$name', ({ family, text }) => {
  it('is told of as cut exactly where it is', async () => {
    const whole = await see(at(50, family, text));
    expect(whole.codes).not.toContain('text_clipped');
    const told: [lost: number, isTold: boolean][] = [];
    for (const [from, to] of [
      [-40, 150],
      [-30, 90],
      [4, 90],
      [10, 90],
      [16, 90],
      [-30, 54],
      [-30, 46],
      [-30, 40],
      [-30, 34],
    ] as const) {
      // A box around the text, so that the text itself stays where it is.
      const box = `position:absolute;left:0;width:320px;top:${50 + from}px;height:${to - from}px;overflow:hidden`;
      const cut = await see(`<div style="${box}">${at(-from, family, text)}</div>`);
      told.push([rowsLost(whole, cut), cut.codes.includes('text_clipped')]);
    }
    // A single row is a soft edge that nobody misses: there it may say either.
    const wrong = told.filter(([lost, isTold]) => lost !== 1 && lost !== 2 && lost > 0 !== isTold);
    expect({ wrong, told }).toEqual({ wrong: [], told });
    expect(told.some(([, isTold]) => isTold)).toBe(true);
    expect(told.some(([, isTold]) => !isTold)).toBe(true);
  });

  it('is told of as covering other text exactly where it does', async () => {
    const first = await see(at(20, family, text));
    const told: [common: number, isTold: boolean][] = [];
    for (const apart of [22, 34, 42, 50, 58, 130]) {
      const second = await see(at(20 + apart, family, text));
      const both = await see(at(20, family, text) + at(20 + apart, family, text));
      told.push([commonPixels(first, second), both.codes.includes('text_overlaps')]);
    }
    const wrong = told.filter(
      ([common, isTold]) => (common === 0 || common > 6) && common > 0 !== isTold,
    );
    expect({ wrong, told }).toEqual({ wrong: [], told });
    expect(told[0]?.[1]).toBe(true);
    expect(told.at(-1)?.[1]).toBe(false);
  });

  it('has leading for its marks, in a box that cuts and in a design made for Latin', async () => {
    const lines = `<span>${text}</span><br><span>${text}</span>`;
    const paragraph = (inside: string, style = '') =>
      `<p data-field="title" style="position:absolute;left:30px;top:20px;font:${EM}px/1.04 Inter,'${family}',sans-serif;letter-spacing:-.03em;overflow:hidden;padding:.12em 10px .16em;${style}">${inside}</p>`;
    const all = await see(paragraph(lines));
    expect(all.codes).not.toContain('text_clipped');
    expect(all.codes).not.toContain('text_overlaps');
    // What the verdict says is so: nothing is cut, and no line is painted over the other.
    const open = await see(paragraph(lines, 'overflow:visible'));
    expect(rowsLost(open, all)).toBeLessThanOrEqual(1);
    const hide = 'style="visibility:hidden"';
    const upper = await see(paragraph(lines.replace('<br><span', `<br><span ${hide}`)));
    const lower = await see(paragraph(lines.replace('<span', `<span ${hide}`)));
    expect(commonPixels(upper, lower)).toBeLessThanOrEqual(3);
  });
});

describe('an outline (-webkit-text-stroke)', () => {
  const text = 'ÅHÉ';
  const outlined = 'line-height:1;-webkit-text-stroke:12px #000;';

  it.each(['', 'paint-order:stroke;'])('is told of as cut where it is (%s)', async (order) => {
    const style = outlined + order;
    const told: [lost: number, isTold: boolean][] = [];
    const whole = await see(at(60, 'Inter', text, style));
    for (const above of [30, 6, 3, 0, -3, -8]) {
      const box = `position:absolute;left:0;width:320px;top:${60 - above}px;height:150px;overflow:hidden`;
      const cut = await see(`<div style="${box}">${at(above, 'Inter', text, style)}</div>`);
      told.push([rowsLost(whole, cut), cut.codes.includes('text_clipped')]);
    }
    const wrong = told.filter(([lost, isTold]) => lost !== 1 && lost !== 2 && lost > 0 !== isTold);
    expect({ wrong, told }).toEqual({ wrong: [], told });
    expect(new Set(told.map(([, isTold]) => isTold)).size).toBe(2);
  });

  it('is told of as covering other text where it does', async () => {
    const told: [common: number, isTold: boolean][] = [];
    const first = await see(at(20, 'Inter', 'Hello', 'line-height:1;'));
    for (const apart of [30, 34, 38, 60]) {
      const lower = at(20 + apart, 'Inter', text, outlined);
      const both = await see(at(20, 'Inter', 'Hello', 'line-height:1;') + lower);
      told.push([commonPixels(first, await see(lower)), both.codes.includes('text_overlaps')]);
    }
    const wrong = told.filter(
      ([common, isTold]) => (common === 0 || common > 6) && common > 0 !== isTold,
    );
    expect({ wrong, told }).toEqual({ wrong: [], told });
    expect([told[0]?.[1], told.at(-1)?.[1]]).toEqual([true, false]);
  });

  it('counts for nothing where it is transparent', async () => {
    const style = 'line-height:1;-webkit-text-stroke:24px transparent;';
    const upper = at(20, 'Inter', 'Hello', 'line-height:1;');
    const { codes } = await see(upper + at(62, 'Inter', 'name', style));
    expect(codes).not.toContain('text_overlaps');
  });
});
