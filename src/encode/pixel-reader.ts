import type { PixelReader } from '../images/ports.js';
import { decodeOnce } from './decode-once.js';

/** Decodes captured pixels for checks. Works in libuv's threads. */
export function createPixelReader(): PixelReader {
  return {
    async read(pixels) {
      const { data, width, height, channels } = await decodeOnce(pixels);
      return { data, widthPx: width, heightPx: height, channels };
    },
  };
}
