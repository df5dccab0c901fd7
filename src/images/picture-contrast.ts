import { type Warning, warningOf } from '../errors/warning.js';
import type { Asset, PictureBox } from './ports.js';
import { contrastRatio, distance, type Pixels, type Rgb } from './text-contrast.js';

/** Below it a shape is hard to tell from its ground; WCAG 1.4.11 wants 3 for what must be seen. */
const MIN_RATIO = 1.4;
/** A sum over the channels: green on red of one lightness is told by its hue. */
const MIN_DISTANCE = 120;
const SAMPLES_PER_SIDE = 20;

/** None where the card is transparent. */
function colorsIn(pixels: Pixels, box: PictureBox, scale: number): Rgb[] {
  const found: Rgb[] = [];
  for (let row = 0; row < SAMPLES_PER_SIDE; row += 1) {
    for (let column = 0; column < SAMPLES_PER_SIDE; column += 1) {
      const x = Math.floor((box.left + ((column + 0.5) / SAMPLES_PER_SIDE) * box.width) * scale);
      const y = Math.floor((box.top + ((row + 0.5) / SAMPLES_PER_SIDE) * box.height) * scale);
      if (x < 0 || y < 0 || x >= pixels.widthPx || y >= pixels.heightPx) continue;
      const at = (y * pixels.widthPx + x) * pixels.channels;
      // What will be behind a card that is transparent here is not known.
      if (pixels.channels === 4 && (pixels.data[at + 3] ?? 255) < 255) return [];
      found.push([pixels.data[at] ?? 0, pixels.data[at + 1] ?? 0, pixels.data[at + 2] ?? 0]);
    }
  }
  return found;
}

/** The boxes of assets in one colour, which alone can vanish into what is behind them. */
export const inkedBoxes = (boxes: readonly PictureBox[], assets: ReadonlyMap<string, Asset>) =>
  boxes.filter(({ field }) => assets.get(field)?.ink !== undefined);

/** Warnings for assets that cannot be told from what is behind them: a black logo on black. */
export function pictureWarnings(
  pixels: Pixels,
  boxes: readonly PictureBox[],
  assets: ReadonlyMap<string, Asset>,
  scale: number,
): Warning[] {
  return boxes.flatMap((box) => {
    const ink = assets.get(box.field)?.ink;
    if (!ink) return [];
    // Its own pixels are among them; what is around them shows through the rest of the box.
    const colors = colorsIn(pixels, box, scale);
    const differs = (color: Rgb) =>
      contrastRatio(ink, color) >= MIN_RATIO || distance(ink, color) >= MIN_DISTANCE;
    if (colors.length < SAMPLES_PER_SIDE || colors.some(differs)) return [];
    const shade = ink.reduce((sum, part) => sum + part, 0) > 382 ? 'light' : 'dark';
    const other = shade === 'light' ? 'dark' : 'light';
    const message = `The picture is ${shade} on ${shade} and can hardly be seen. Use one in a ${other} colour, or another background.`;
    return [warningOf('picture_low_contrast', message, box.field)];
  });
}
