import { MAX_OUTPUT_PIXELS, MAX_OUTPUT_SIDE_PX } from './asset-limits.js';

export interface SizePx {
  width: number;
  height: number;
}

export type Fit = 'cover' | 'contain';

/** The factor that scales an image to its box: filling it (cover), or within it (contain). */
export function scaleToBox(image: SizePx, box: SizePx, fit: Fit): number {
  const across = box.width / image.width;
  const down = box.height / image.height;
  return fit === 'cover' ? Math.max(across, down) : Math.min(across, down);
}

/** Below this factor an image is much larger than its box; above it the browser scales as well. */
const WORTH_SCALING = 0.8;

/** The size scaled by `factor`, within the output limits, at least one pixel on each side. */
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

/** The size to prepare an image in: never enlarged, reduced if that is worth it. */
export function targetSize(image: SizePx, box: SizePx | undefined, fit: Fit): SizePx {
  const factor = box ? scaleToBox(image, box, fit) : 1;
  return scaled(image, worthScaling(factor));
}

/** The size of the largest crop with the shape of the box, after scaling. */
export function croppedSize(image: SizePx, box: SizePx): SizePx {
  const factor = scaleToBox(image, box, 'cover');
  return scaled(box, worthScaling(factor) / factor);
}
