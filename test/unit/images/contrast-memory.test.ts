import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ContrastMemory, createContrastMemory } from '../../../src/images/contrast-memory.js';
import { judgeContrast, type Pixels, type TextRun } from '../../../src/images/text-contrast.js';

const WIDTH = 600;
const HEIGHT = 300;
type Colour = [number, number, number];
const WHITE: Colour = [255, 255, 255];

/** A card painted by a function, without the text, which the judge does not need to see. */
function painted(colourAt: (x: number, y: number) => Colour): Pixels {
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) data.set(colourAt(x, y), (y * WIDTH + x) * 3);
  }
  return { data, widthPx: WIDTH, heightPx: HEIGHT, channels: 3 };
}

const plain = painted(() => WHITE);

function run(left: number, top: number, width: number, more: Partial<TextRun> = {}): TextRun {
  return {
    field: 'title',
    color: [20, 20, 30, 1],
    legible: true,
    fontPx: 30,
    bold: false,
    lines: [[left, top, width, 36]],
    ...more,
  };
}

let memory: ContrastMemory;
const learn = (pixels: Pixels, runs: TextRun[], scene = 'a') =>
  memory.learn(scene, judgeContrast(pixels, runs, 1));

beforeEach(() => {
  memory = createContrastMemory();
});

describe('what was read with ease', () => {
  it('is known again where it stands within, and nowhere else', () => {
    expect(memory.knows('a', [run(50, 50, 300)])).toBe(false);
    learn(plain, [run(50, 50, 300)]);
    expect(memory.knows('a', [run(50, 50, 300)])).toBe(true);
    expect(memory.knows('a', [run(50, 50, 120)])).toBe(true);
    expect(memory.knows('a', [run(50, 50, 340)])).toBe(false);
    expect(memory.knows('a', [run(50, 100, 100)])).toBe(false);
    expect(memory.knows('b', [run(50, 50, 300)])).toBe(false);
  });

  it('grows with every text on the same ground', () => {
    learn(plain, [run(50, 50, 300)]);
    learn(plain, [run(50, 80, 400)]);
    const twoLines = run(50, 50, 0, {
      lines: [
        [50, 50, 390, 36],
        [50, 80, 300, 36],
      ],
    });
    expect(memory.knows('a', [twoLines])).toBe(true);
  });

  it('says nothing of another field, colour or need', () => {
    learn(plain, [run(50, 50, 300)]);
    expect(memory.knows('a', [run(50, 50, 300, { field: 'other' })])).toBe(false);
    expect(memory.knows('a', [run(50, 50, 300, { color: [200, 200, 200, 1] })])).toBe(false);
    expect(memory.knows('a', [run(50, 50, 300, { color: null })])).toBe(false);
    // Large text may have less contrast than small text.
    expect(memory.knows('a', [run(50, 50, 300, { fontPx: 14 })])).toBe(false);
  });

  it('is asked of every text that is to be read, and of no other', () => {
    learn(plain, [run(50, 50, 300)]);
    const ghost = run(50, 200, 300, { field: 'ghost', legible: false });
    expect(memory.knows('a', [run(50, 50, 300), ghost])).toBe(true);
    expect(memory.knows('a', [run(50, 50, 300), { ...ghost, legible: true }])).toBe(false);
  });
});

describe('what is not remembered', () => {
  it('is text that is hard to read, or nearly so', () => {
    // 2.8:1, and 3.3:1, which is enough for large text but not by much.
    learn(plain, [run(50, 50, 300, { color: [150, 150, 150, 1] })]);
    expect(memory.knows('a', [run(50, 50, 300, { color: [150, 150, 150, 1] })])).toBe(false);
    learn(plain, [run(50, 50, 300, { color: [138, 138, 138, 1] })]);
    expect(memory.knows('a', [run(50, 50, 300, { color: [138, 138, 138, 1] })])).toBe(false);
  });

  it.each<[string, (x: number, y: number) => Colour]>([
    ['a gradient', (x) => [255 - (x >> 1), 255 - (x >> 1), 255]],
    ['a picture', (x, y) => (((x >> 4) + (y >> 4)) % 2 ? [255, 250, 240] : [150, 170, 205])],
  ])('is text on %s, which every text meets elsewhere', (_name, colourAt) => {
    const pixels = painted(colourAt);
    learn(pixels, [run(50, 50, 300)]);
    expect(memory.knows('a', [run(50, 50, 300)])).toBe(false);
  });
});

it('forgets the scenes that were not seen for long', () => {
  learn(plain, [run(50, 50, 300)], 'first');
  learn(plain, [run(50, 50, 300)], 'second');
  for (let i = 0; i < 499; i += 1) {
    memory.knows('second', []);
    memory.learn(`other ${i}`, []);
  }
  expect(memory.knows('first', [run(50, 50, 300)])).toBe(false);
  expect(memory.knows('second', [run(50, 50, 300)])).toBe(true);
});
