import { expect, it } from '@jest/globals';
import { createPngChoice, FILTERED, tryPng, UNFILTERED } from '../../../src/encode/choose-png.js';
import type { RawPixels } from '../../../src/encode/encode-format.js';
import { seededRandom } from '../../support/fault-load.js';

const WIDTH = 320;
const HEIGHT = 320;

function picture(colourAt: (x: number, y: number) => [number, number, number]): RawPixels {
  const data = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) data.set(colourAt(x, y), (y * WIDTH + x) * 3);
  }
  return { data, width: WIDTH, height: HEIGHT, channels: 3 };
}

const gradient = picture((x, y) => [(x * 3 + y) & 255, (x + y * 2) & 255, (x * 2 + y * 3) & 255]);
/** Two colours without order: what a filter makes of them has many more values. */
const random = seededRandom(1);
const pattern = picture(() => (random(2) === 0 ? [16, 32, 48] : [255, 230, 210]));

it('takes what makes each picture smaller', async () => {
  expect([await tryPng(gradient), await tryPng(pattern)]).toEqual([FILTERED, UNFILTERED]);
});

it('keeps the setting of a scene for sixteen pictures, and tries each without one', async () => {
  const choose = createPngChoice();
  const chosen = [await choose(gradient, 'a')];
  for (let i = 1; i < 17; i += 1) chosen.push(await choose(pattern, 'a'));
  expect(chosen).toEqual([...Array(16).fill(FILTERED), UNFILTERED]);
  expect(await choose(pattern, 'b')).toBe(UNFILTERED);
  expect([await choose(gradient), await choose(pattern)]).toEqual([FILTERED, UNFILTERED]);
});

it('forgets the scene that was used longest ago', async () => {
  const choose = createPngChoice();
  await choose(gradient, 'a');
  await choose(gradient, 'b');
  const small = { ...gradient, height: 1 };
  for (let i = 0; i < 498; i += 1) await choose(small, `other ${i}`);
  expect(await choose(pattern, 'b')).toBe(FILTERED);
  await choose(small, 'one more');
  expect(await choose(pattern, 'b')).toBe(FILTERED);
  expect(await choose(pattern, 'a')).toBe(UNFILTERED);
});
