import { describe, expect, it } from '@jest/globals';
import { isBlank } from '../../../src/checks/blank-image.js';
import type { Pixels } from '../../../src/images/pixels.js';

type Color = [number, number, number, number?];

function picture(color: Color, spots: { x: number; y: number; side: number; color: Color }[] = []) {
  const [widthPx, heightPx, channels] = [600, 315, 4];
  const data = new Uint8Array(widthPx * heightPx * channels);
  const paint = (x: number, y: number, [r, g, b, a = 255]: Color) =>
    data.set([r, g, b, a], (y * widthPx + x) * channels);
  for (let y = 0; y < heightPx; y += 1) for (let x = 0; x < widthPx; x += 1) paint(x, y, color);
  for (const { x, y, side, color: c } of spots) {
    for (let dy = 0; dy < side; dy += 1)
      for (let dx = 0; dx < side; dx += 1) paint(x + dx, y + dy, c);
  }
  return { data, widthPx, heightPx, channels } satisfies Pixels;
}

describe('a blank picture', () => {
  it('is one even colour, also with a speck of dust or the noise of an encoder', () => {
    expect(isBlank(picture([255, 255, 255]))).toBe(true);
    expect(isBlank(picture([18, 18, 20], [{ x: 9, y: 9, side: 200, color: [20, 21, 22] }]))).toBe(
      true,
    );
    expect(isBlank(picture([255, 255, 255], [{ x: 9, y: 9, side: 4, color: [0, 0, 0] }]))).toBe(
      true,
    );
  });

  it('is one that is transparent, whatever colours lie under it', () => {
    const hidden = [{ x: 50, y: 50, side: 200, color: [255, 0, 0, 0] as Color }];
    expect(isBlank(picture([0, 0, 0, 0], hidden))).toBe(true);
  });

  it('is none with a single letter on it, or with a shape on nothing', () => {
    const letter = [{ x: 40, y: 40, side: 24, color: [30, 30, 30] as Color }];
    expect(isBlank(picture([255, 255, 255], letter))).toBe(false);
    expect(isBlank(picture([0, 0, 0, 0], [{ x: 5, y: 5, side: 40, color: [0, 0, 0, 255] }]))).toBe(
      false,
    );
  });
});
