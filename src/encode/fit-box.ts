import { MAX_OUTPUT_PIXELS, MAX_OUTPUT_SIDE_PX } from './asset-limits.js';

export interface SizePx {
  width: number;
  height: number;
}

export type Fit = 'cover' | 'contain';

/** The factor that takes a picture to its box: filling it (cover), or within it (contain). */
export function scaleToBox(picture: SizePx, box: SizePx, fit: Fit): number {
  const across = box.width / picture.width;
  const down = box.height / picture.height;
  return fit === 'cover' ? Math.max(across, down) : Math.min(across, down);
}

/** Under this factor a picture is "much larger" than its box; closer, the browser scales as well. */
const WORTH_SCALING = 0.8;

/** The size scaled by `factor`, within what is handed on, at least a pixel each way. */
export function scaled(size: SizePx, factor: number): SizePx {
  const limited = Math.min(
    factor,
    Math.sqrt(MAX_OUTPUT_PIXELS / (size.width * size.height)),
    MAX_OUTPUT_SIDE_PX / Math.max(size.width, size.height),
  );
  return {
    width: Math.max(1, Math.round(size.width * limited)),
    height: Math.max(1, Math.round(size.height * limited)),
  };
}

function worthScaling(factor: number): number {
  return factor < WORTH_SCALING ? factor : 1;
}

/** The size to prepare a picture of pixels in: never enlarged, reduced where that is worth it. */
export function targetSize(picture: SizePx, box: SizePx | undefined, fit: Fit): SizePx {
  const factor = box ? scaleToBox(picture, box, fit) : 1;
  return scaled(picture, worthScaling(factor));
}

/** The largest part of a picture that has the shape of its box, in the size to prepare it in. */
export function croppedSize(picture: SizePx, box: SizePx): SizePx {
  const factor = scaleToBox(picture, box, 'cover');
  return scaled(box, worthScaling(factor) / factor);
}
