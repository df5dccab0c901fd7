import { openSource, type RawPixels } from './encode-format.js';

const decoded = new WeakMap<Buffer, Promise<RawPixels>>();

/**
 * The pixels of a captured picture. Encoder and verdict ask for those of the same buffer at the same
 * time: they are decoded once, and kept no longer than the buffer is.
 */
export function decodeOnce(picture: Buffer): Promise<RawPixels> {
  const known = decoded.get(picture);
  if (known !== undefined) return known;
  const pixels = openSource(picture)
    .raw()
    .toBuffer({ resolveWithObject: true })
    .then(({ data, info: { width, height, channels } }) => ({ data, width, height, channels }));
  decoded.set(picture, pixels);
  return pixels;
}
