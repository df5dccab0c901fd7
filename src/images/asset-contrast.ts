import { type Warning, warningOf } from '../errors/warning.js';
import { colorDistance, contrastRatio, type Rgb } from './color.js';
import { type Pixels, pixelAt } from './pixels.js';
import type { Asset, AssetBox } from './ports.js';

/**
 * With a lower contrast ratio a shape is hard to tell from its background. WCAG 2.2, success
 * criterion 1.4.11, asks for 3 where the shape is needed to understand the content.
 */
const MIN_RATIO = 1.4;
/** `colorDistance` from which a shape is seen by its hue, such as green on an equally light red. */
const MIN_DISTANCE = 120;
const SAMPLES_PER_SIDE = 20;
/** Half of the largest sum of three channels. */
const MIDDLE_SUM = 382;

/** Samples on a grid over the box; none if the image is transparent at one of them. */
function colorsIn(pixels: Pixels, box: AssetBox, scale: number): Rgb[] {
  const found: Rgb[] = [];
  for (let row = 0; row < SAMPLES_PER_SIDE; row += 1) {
    for (let column = 0; column < SAMPLES_PER_SIDE; column += 1) {
      const x = Math.floor((box.left + ((column + 0.5) / SAMPLES_PER_SIDE) * box.width) * scale);
      const y = Math.floor((box.top + ((row + 0.5) / SAMPLES_PER_SIDE) * box.height) * scale);
      const color = pixelAt(pixels, x, y);
      if (color === 'transparent') return [];
      if (color !== 'outside') found.push(color);
    }
  }
  return found;
}

/** The boxes of assets in one colour. No other asset can be invisible on its background. */
export const oneColorBoxes = (boxes: readonly AssetBox[], assets: ReadonlyMap<string, Asset>) =>
  boxes.filter(({ field }) => assets.get(field)?.ink !== undefined);

/** Warnings for assets that cannot be told from their background: a black logo on black. */
export function assetContrastWarnings(
  pixels: Pixels,
  boxes: readonly AssetBox[],
  assets: ReadonlyMap<string, Asset>,
  scale: number,
): Warning[] {
  return boxes.flatMap((box) => {
    const ink = assets.get(box.field)?.ink;
    if (!ink) return [];
    // Colours of the asset and, where the asset is transparent, of its background.
    const colors = colorsIn(pixels, box, scale);
    const differs = (color: Rgb) =>
      contrastRatio(ink, color) >= MIN_RATIO || colorDistance(ink, color) >= MIN_DISTANCE;
    if (colors.length < SAMPLES_PER_SIDE || colors.some(differs)) return [];
    const shade = ink.reduce((sum, part) => sum + part, 0) > MIDDLE_SUM ? 'light' : 'dark';
    const other = shade === 'light' ? 'dark' : 'light';
    const message = `The picture is ${shade} on ${shade} and can hardly be seen. Use one in a ${other} colour, or another background.`;
    return [warningOf('picture_low_contrast', message, box.field)];
  });
}
