import { describe, expect, it } from '@jest/globals';
import { assetContrastWarnings, oneColorBoxes } from '../../../src/images/asset-contrast.js';
import type { Rgb } from '../../../src/images/color.js';
import type { Pixels } from '../../../src/images/pixels.js';
import type { Asset, AssetBox } from '../../../src/images/ports.js';

const BOX: AssetBox = { field: 'logo', left: 10, top: 10, width: 40, height: 20 };

/** A card of one colour with a mark in the middle of the box. */
function card(ground: Rgb, mark: Rgb, channels = 3, alpha = 255): Pixels {
  const [widthPx, heightPx] = [60, 40];
  const data = new Uint8Array(widthPx * heightPx * channels);
  for (let y = 0; y < heightPx; y += 1) {
    for (let x = 0; x < widthPx; x += 1) {
      const isMark = x > 20 && x < 40 && y > 14 && y < 26;
      const at = (y * widthPx + x) * channels;
      data.set(isMark ? mark : ground, at);
      if (channels === 4) data[at + 3] = isMark ? 255 : alpha;
    }
  }
  return { data, widthPx, heightPx, channels };
}

function codes(ground: Rgb, ink: [number, number, number], channels = 3, alpha = 255): string[] {
  const assets = new Map([['logo', { ink } as Asset]]);
  const boxes = oneColorBoxes([BOX], assets);
  return assetContrastWarnings(card(ground, ink, channels, alpha), boxes, assets, 1).map(
    (w) => `${w.field} ${w.code}`,
  );
}

describe('a logo in one colour', () => {
  it.each<[string, Rgb, Rgb]>([
    ['black on black', [0, 0, 0], [0, 0, 0]],
    ['black on nearly black', [24, 24, 27], [5, 5, 5]],
    ['white on white', [255, 255, 255], [255, 255, 255]],
    ['white on a pale grey', [240, 240, 240], [255, 255, 255]],
  ])('is told of: %s', (_name, ground, ink) => {
    expect(codes(ground, ink)).toEqual(['logo picture_low_contrast']);
  });

  it.each<[string, Rgb, Rgb]>([
    ['black on white', [255, 255, 255], [0, 0, 0]],
    ['white on blue', [11, 114, 133], [255, 255, 255]],
    ['grey on black', [0, 0, 0], [120, 120, 120]],
    ['green on a red of its lightness', [214, 60, 60], [5, 150, 105]],
  ])('is seen: %s', (_name, ground, ink) => expect(codes(ground, ink)).toEqual([]));

  it('is not judged on a card that is transparent around it', () => {
    expect(codes([0, 0, 0], [0, 0, 0], 4, 0)).toEqual([]);
  });

  it('is judged alone: pictures of several colours have no ink', () => {
    expect(oneColorBoxes([BOX], new Map([['logo', {} as Asset]]))).toEqual([]);
  });
});
