import type { Rgb } from './color.js';

/** Decoded pixels: rows from the top, `channels` bytes for each pixel, RGB first. */
export interface Pixels {
  data: Uint8Array;
  widthPx: number;
  heightPx: number;
  /** 3 (RGB) or 4 (RGB and alpha). */
  channels: number;
}

/**
 * The colour of the pixel at whole coordinates, in device pixels. `outside` the image there is none,
 * and none is known where the image is `transparent`, because what will be behind it is not known.
 */
export function pixelAt(
  { data, widthPx, heightPx, channels }: Pixels,
  x: number,
  y: number,
): Rgb | 'outside' | 'transparent' {
  if (x < 0 || y < 0 || x >= widthPx || y >= heightPx) return 'outside';
  const at = (y * widthPx + x) * channels;
  if (channels === 4 && (data[at + 3] ?? 255) < 255) return 'transparent';
  return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
}
