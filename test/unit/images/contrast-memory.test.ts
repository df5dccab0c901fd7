import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ContrastMemory, createContrastMemory } from '../../../src/images/contrast-memory.js';
import type { Pixels } from '../../../src/images/pixels.js';
import {
  contrastWarnings,
  judgeContrast,
  type TextRun,
} from '../../../src/images/text-contrast.js';
import { seededRandom } from '../../support/fault-load.js';

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
  memory.addJudged(scene, judgeContrast(pixels, runs, 1), runs);
const knows = (scene: string, runs: TextRun[]) => memory.recall(scene, runs) !== undefined;

beforeEach(() => {
  memory = createContrastMemory();
});

describe('what was read with ease', () => {
  it('is known again where it stands within, and nowhere else', () => {
    expect(knows('a', [run(50, 50, 300)])).toBe(false);
    learn(plain, [run(50, 50, 300)]);
    expect(knows('a', [run(50, 50, 300)])).toBe(true);
    expect(knows('a', [run(50, 50, 120)])).toBe(true);
    expect(knows('a', [run(50, 50, 340)])).toBe(false);
    expect(knows('a', [run(50, 100, 100)])).toBe(false);
    expect(knows('b', [run(50, 50, 300)])).toBe(false);
  });

  it('grows with every text on the same background', () => {
    learn(plain, [run(50, 50, 300)]);
    learn(plain, [run(50, 80, 400)]);
    const twoLines = run(50, 50, 0, {
      lines: [
        [50, 50, 390, 36],
        [50, 80, 300, 36],
      ],
    });
    expect(knows('a', [twoLines])).toBe(true);
  });

  it('says nothing of another field, colour or need', () => {
    learn(plain, [run(50, 50, 300)]);
    // Within what was seen, but not around it.
    const within = (more: Partial<TextRun>) => [run(120, 50, 120, more)];
    expect(knows('a', within({}))).toBe(true);
    expect(knows('a', within({ field: 'other' }))).toBe(false);
    expect(knows('a', within({ color: [0, 0, 0, 1] }))).toBe(false);
    expect(knows('a', within({ color: null }))).toBe(false);
    // Large text may have less contrast than small text.
    expect(knows('a', within({ fontPx: 14 }))).toBe(false);
  });

  it('is asked of every text that is to be read, and of no other', () => {
    learn(plain, [run(50, 50, 300)]);
    const ghost = run(50, 200, 300, { field: 'ghost', legible: false });
    expect(knows('a', [run(50, 50, 300), ghost])).toBe(true);
    expect(knows('a', [run(50, 50, 300), { ...ghost, legible: true }])).toBe(false);
  });
});

describe('what is not remembered', () => {
  it.each([
    ['hard to read (2.8:1)', 150],
    // Enough for large text, but not by much.
    ['nearly so (3.3:1)', 138],
  ])('is a background for text that is %s', (_name, grey) => {
    const more: Partial<TextRun> = { color: [grey, grey, grey, 1] };
    learn(plain, [run(50, 50, 300, more)]);
    expect(knows('a', [run(54, 50, 290, more)])).toBe(false);
  });

  it('is the colour of text that changed too often', () => {
    const uncertain = run(50, 50, 300, { color: null });
    for (let i = 0; i < 20; i += 1) {
      const ink: Colour = [(i % 3) * 45, (((i / 3) % 3) | 0) * 45, ((i / 9) | 0) * 45];
      const pixels = painted((x, y) => (x > 50 && x < 350 && y > 50 && y < 86 ? ink : WHITE));
      const judged = judgeContrast(pixels, [uncertain], 1);
      // As if its background were none to remember by itself.
      for (const { measured } of judged) if (measured) measured.spread = 400;
      memory.addJudged('a', judged, [uncertain]);
    }
    expect(knows('a', [uncertain])).toBe(false);
  });
});

describe('a text that stands where it stood before', () => {
  const pale: Partial<TextRun> = { color: [160, 160, 160, 1] };

  it('has the contrast that it had, good or bad', () => {
    learn(plain, [run(50, 50, 300, pale)]);
    const again = memory.recall('a', [run(50, 50, 300, pale)]) ?? [];
    expect(contrastWarnings(again)).toEqual([
      expect.objectContaining({ code: 'low_contrast', field: 'title' }),
    ]);
  });

  it('is another text beside another neighbour, or where its colour is not certain', () => {
    learn(plain, [run(50, 50, 300, pale)]);
    const neighbour = run(356, 50, 100, { field: 'next', legible: false });
    expect(knows('a', [run(50, 50, 300, pale), neighbour])).toBe(true);
    const touching = run(351, 50, 100, { field: 'next', legible: false });
    expect(knows('a', [run(50, 50, 300, pale), touching])).toBe(false);
    expect(knows('b', [run(50, 50, 300, pale)])).toBe(false);
    learn(plain, [run(50, 50, 300, { color: null })], 'c');
    expect(knows('c', [run(50, 50, 300, { color: null })])).toBe(false);
  });
});

const gradient = painted((x) => [140 - (x >> 3), 60 + (x >> 4), 120 - (x >> 3)]);
const light = { color: [255, 255, 255, 1] as [number, number, number, number] };

describe('a background that is not plain', () => {
  it('is known where it was seen around a text, and nowhere else', () => {
    learn(gradient, [run(50, 50, 300, light)]);
    expect(knows('a', [run(50, 50, 300, light)])).toBe(true);
    expect(knows('a', [run(50, 50, 340, light)])).toBe(false);
    expect(knows('a', [run(50, 150, 300, light)])).toBe(false);
    learn(gradient, [run(50, 50, 340, light)]);
    expect(knows('a', [run(50, 50, 340, light)])).toBe(true);
  });

  it('serves any colour that can be read on it, and no other', () => {
    learn(gradient, [run(50, 50, 300, light)]);
    const other = (color: TextRun['color']) => run(50, 50, 300, { color, field: 'other' });
    expect(knows('a', [other([255, 250, 220, 1])])).toBe(true);
    expect(knows('a', [other([255, 255, 255, 0.3])])).toBe(false);
    expect(knows('a', [other([10, 10, 20, 1])])).toBe(false);
    // Nobody knows what colour it has.
    expect(knows('a', [other(null)])).toBe(false);
  });

  it('is known for text whose colour only pixels tell once such text was seen there', () => {
    const written = painted((x, y) =>
      x > 60 && x < 340 && y > 60 && y < 76 ? WHITE : [140 - (x >> 3), 60 + (x >> 4), 100],
    );
    const uncertain = run(50, 50, 300, { color: null });
    learn(written, [uncertain]);
    expect(knows('a', [uncertain])).toBe(true);
    expect(knows('a', [{ ...uncertain, field: 'other' }])).toBe(false);
  });

  it('gives the warnings that the pixels would give', () => {
    const next = seededRandom(7);
    const scenes = [0, 1].map(() => {
      const [stripe, from, to] = [8 + next(60), next(256), next(256)];
      return painted((x, y) => {
        const share = x / WIDTH;
        const value = Math.round(from * share + to * (1 - share));
        return ((x + y) >> 3) % stripe === 0 ? WHITE : [value, value >> 1, 255 - value];
      });
    });
    const seen = { known: 0, warned: 0 };
    for (let i = 0; i < 700; i += 1) {
      const which = next(scenes.length);
      const pixels = scenes[which] ?? plain;
      const grey = next(6) * 50;
      const runs = [0, 1].map((line) =>
        run(20 + next(3) * 40, 40 + line * 120 + next(3) * 10, 100 + next(8) * 40, {
          color: [grey, grey, grey, next(2) ? 1 : 0.6],
          field: `line ${line}`,
        }),
      );
      const judged = judgeContrast(pixels, runs, 1);
      const recalled = memory.recall(`scene ${which}`, runs);
      if (!recalled) memory.addJudged(`scene ${which}`, judged, runs);
      else {
        const [said, seenNow] = [contrastWarnings(recalled), contrastWarnings(judged)];
        expect(said).toEqual(seenNow);
        seen.known += 1;
        if (said.length > 0) seen.warned += 1;
      }
    }
    expect(seen.known).toBeGreaterThan(90);
    expect(seen.warned).toBeGreaterThan(10);
  });
});

it('forgets the scenes that were not seen for long', () => {
  learn(plain, [run(50, 50, 300)], 'first');
  learn(plain, [run(50, 50, 300)], 'second');
  for (let i = 0; i < 499; i += 1) {
    knows('second', []);
    memory.addJudged(`other ${i}`, [], []);
  }
  expect(knows('first', [run(50, 50, 300)])).toBe(false);
  expect(knows('second', [run(50, 50, 300)])).toBe(true);
});
