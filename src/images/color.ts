/** Red, green, blue, 0 to 255 each. */
export type Rgb = [number, number, number];

/** The sRGB transfer function in the definition of relative luminance, WCAG 2.2. */
function linearValue(value: number): number {
  const c = value / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

const linearTable = Array.from({ length: 256 }, (_, value) => linearValue(value));
const linear = (value: number) => linearTable[value] ?? 0;

/** Relative luminance as WCAG 2.2 defines it, 0 to 1. */
export function luminance([r, g, b]: Rgb): number {
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

/** Contrast ratio as WCAG 2.2 defines it: 1 (equal) to 21 (black on white). */
export function contrastRatio(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** Sum of the differences of the channels, 0 to 765. */
export const colorDistance = (a: Rgb, b: Rgb) =>
  Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]) + Math.abs(a[2] - b[2]);

/**
 * The colour that is seen where a colour is painted over a background.
 * @param color red, green, blue, and alpha 0 to 1; opaque without alpha
 */
export function composite([r, g, b, alpha = 1]: readonly number[], background: Rgb): Rgb {
  const mix = (over = 0, below = 0) => Math.round(over * alpha + below * (1 - alpha));
  return [mix(r, background[0]), mix(g, background[1]), mix(b, background[2])];
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** The median of each channel. */
export function medianColor(colors: readonly Rgb[]): Rgb {
  const channel = (index: 0 | 1 | 2) => median(colors.map((color) => color[index]));
  return [channel(0), channel(1), channel(2)];
}
