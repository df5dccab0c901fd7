import { openSource, type RawPixels } from './encode-format.js';

const decoded = new WeakMap<Buffer, Promise<RawPixels>>();

/**
 * The pixels of a captured image. Encoder and contrast check need the pixels of the same buffer at
 * the same time: they are decoded once, and kept no longer than the buffer.
 */
export function decodeOnce(image: Buffer): Promise<RawPixels> {
  const known = decoded.get(image);
  if (known !== undefined) return known;
  const pixels = openSource(image)
    .raw()
    .toBuffer({ resolveWithObject: true })
    .then(({ data, info: { width, height, channels } }) => ({ data, width, height, channels }));
  decoded.set(image, pixels);
  return pixels;
}
