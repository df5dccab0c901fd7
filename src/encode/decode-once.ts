import type { CapturedPixels } from '../images/ports.js';
import { openSource, type RawPixels } from './encode-format.js';

const decoded = new WeakMap<Buffer, Promise<RawPixels>>();

/**
 * The samples of a captured image. Encoder and contrast check need the samples of the same buffer at
 * the same time: they are decoded once, and kept no longer than the buffer.
 */
export async function decodeOnce(image: CapturedPixels): Promise<RawPixels> {
  if (!Buffer.isBuffer(image)) {
    const { data, widthPx, heightPx, channels } = image;
    return { data, width: widthPx, height: heightPx, channels: channels as RawPixels['channels'] };
  }
  const known = decoded.get(image);
  if (known !== undefined) return known;
  const pixels = openSource(image)
    .raw()
    .toBuffer({ resolveWithObject: true })
    .then(({ data, info: { width, height, channels } }) => ({ data, width, height, channels }));
  decoded.set(image, pixels);
  return pixels;
}
