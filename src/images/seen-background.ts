import {
  type ContrastSample,
  contrastRatio,
  luminance,
  over,
  type Point,
  type Rgb,
} from './text-contrast.js';

/**
 * Size of a cell. Soft gradients differ little within it, and after a few images most cells of a
 * text were seen.
 */
const CELL_PX = 8;
const COLUMNS = 4_096;
/** Half of the cells of the largest card: far more than is seen around text. */
const MAX_CELLS = 32_768;

const cellOf = ([x, y]: Point) => Math.floor(y / CELL_PX) * COLUMNS + Math.floor(x / CELL_PX);
const pack = ([r, g, b]: Rgb) => (r << 16) | (g << 8) | b;
const unpack = (packed: number): Rgb => [packed >> 16, (packed >> 8) & 255, packed & 255];

/**
 * The background of one scene as far as it was seen around text: for each cell of a grid, in CSS
 * pixels, the darkest and the lightest colour.
 */
export function createSeenBackground() {
  // Two colours packed into one number: a map of objects takes ten times the memory.
  const cells = new Map<number, number>();
  const colours = (packed: number): [dark: Rgb, light: Rgb] => [
    unpack(Math.floor(packed / 2 ** 24)),
    unpack(packed % 2 ** 24),
  ];

  return {
    addSamples(samples: readonly ContrastSample[]): void {
      for (const { point, color } of samples) {
        const cell = cellOf(point);
        const packed = cells.get(cell);
        if (packed === undefined && cells.size >= MAX_CELLS) continue;
        const [dark, light] = packed === undefined ? [color, color] : colours(packed);
        const value = luminance(color);
        const darkest = value < luminance(dark) ? color : dark;
        const lightest = value > luminance(light) ? color : light;
        cells.set(cell, pack(darkest) * 2 ** 24 + pack(lightest));
      }
    },

    /**
     * The lowest contrast of the given text colours with what was seen there; 0 if nothing was
     * seen.
     */
    ratioAt(point: Point, inks: readonly (readonly number[])[]): number {
      const packed = cells.get(cellOf(point));
      if (packed === undefined) return 0;
      const [dark, light] = colours(packed);
      const ratios = inks.map((ink) => {
        const [onDark, onLight] = [over(ink, dark), over(ink, light)];
        const isLighter = luminance(onDark) > luminance(dark);
        // If the text colour lies between the two, some background there is as light as the text.
        if (isLighter !== luminance(onLight) > luminance(light)) return 1;
        return Math.min(contrastRatio(onDark, dark), contrastRatio(onLight, light));
      });
      return Math.min(...ratios);
    },
  };
}

export type SeenBackground = ReturnType<typeof createSeenBackground>;
