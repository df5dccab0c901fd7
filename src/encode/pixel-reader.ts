import type { PixelReader } from '../images/ports.js';
import { sharp } from './configured-sharp.js';

/** Decodes captured pixels for the checks that look at them. Works in libuv's threads. */
export function createPixelReader(): PixelReader {
  return {
    async read(pixels) {
      const { data, info } = await sharp(pixels).raw().toBuffer({ resolveWithObject: true });
      return { data, widthPx: info.width, heightPx: info.height, channels: info.channels };
    },
  };
}
