import { composite, contrastRatio, luminance, type Rgb } from './color.js';
import type { ContrastSample, Point } from './text-contrast.js';

/**
 * Side of a cell in CSS pixels. Soft gradients differ little within it, and after a few images most
 * cells around a text were seen.
 */
const CELL_PX = 8;
/** Cells of one row in the numbering: more than an image of any width has. */
const COLUMNS = 4_096;
/** Half of the cells of an image of 2048 x 2048 CSS pixels: far more than are seen around text. */
const MAX_CELLS = 32_768;

/** The number of the cell at a point. */
const cellOf = ([x, y]: Point) => Math.floor(y / CELL_PX) * COLUMNS + Math.floor(x / CELL_PX);
const pack = ([r, g, b]: Rgb) => (r << 16) | (g << 8) | b;
const unpack = (packed: number): Rgb => [packed >> 16, (packed >> 8) & 255, packed & 255];

/**
 * The background of one scene as far as it was seen around text: for each cell of a grid, in CSS
 * pixels, the darkest and the lightest colour.
 */
export function createSeenBackground() {
  // The darkest colour in the upper and the lightest in the lower 24 bits: a map of objects takes ten
  // times the memory.
  const cells = new Map<number, number>();
  const unpackBoth = (packed: number): [dark: Rgb, light: Rgb] => [
    unpack(Math.floor(packed / 2 ** 24)),
    unpack(packed % 2 ** 24),
  ];

  return {
    addSamples(samples: readonly ContrastSample[]): void {
      for (const { point, color } of samples) {
        const cell = cellOf(point);
        const packed = cells.get(cell);
        if (packed === undefined && cells.size >= MAX_CELLS) continue;
        const [dark, light] = packed === undefined ? [color, color] : unpackBoth(packed);
        const value = luminance(color);
        const darkest = value < luminance(dark) ? color : dark;
        const lightest = value > luminance(light) ? color : light;
        cells.set(cell, pack(darkest) * 2 ** 24 + pack(lightest));
      }
    },

    /**
     * The lowest contrast ratio of the given text colours (RGB, or RGB and alpha) with the colours
     * that were seen at the point; 0 if none were seen.
     */
    ratioAt(point: Point, textColors: readonly (readonly number[])[]): number {
      const packed = cells.get(cellOf(point));
      if (packed === undefined) return 0;
      const [dark, light] = unpackBoth(packed);
      const ratios = textColors.map((color) => {
        const [onDark, onLight] = [composite(color, dark), composite(color, light)];
        const isLighter = luminance(onDark) > luminance(dark);
        // If the text colour lies between the two, some colour in the cell may be as light as it.
        if (isLighter !== luminance(onLight) > luminance(light)) return 1;
        return Math.min(contrastRatio(onDark, dark), contrastRatio(onLight, light));
      });
      return Math.min(...ratios);
    },
  };
}

export type SeenBackground = ReturnType<typeof createSeenBackground>;
