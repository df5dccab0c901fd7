import type { ImageFormat, Output } from '../images/image.js';
import { createPngChoice } from './choose-png.js';
import { encodeAvif, encodeJpeg, encodePng, encodeWebp, type RawPixels } from './encode-format.js';
import { type Attempt, meetWithPng, meetWithQuality, type QualityEncoder } from './meet-budget.js';

/** How images of one format are written. */
interface FormatEncoder {
  /** `quality` is 0 where the format has none; `scene` is as `Encoder.encode` has it. */
  encode(pixels: RawPixels, quality: number, scene?: string): Promise<Buffer>;
  /**
   * The best-looking encoding within `output.maxBytes`; where none fits, the smallest that was found.
   * @param first the plain encoding, which was too large
   */
  meetBudget(pixels: RawPixels, output: Output, first: Buffer): Promise<Attempt>;
}

const withQuality = (encoder: QualityEncoder): FormatEncoder => ({
  encode: (pixels, quality) => encoder.encode(pixels, quality),
  meetBudget: (pixels, output, first) => meetWithQuality(encoder, pixels, output, first),
});

export function createFormatEncoders(): Readonly<Record<ImageFormat, FormatEncoder>> {
  const choosePng = createPngChoice();
  return {
    png: {
      encode: async (pixels, _quality, scene) => encodePng(pixels, await choosePng(pixels, scene)),
      meetBudget: (pixels, output, first) => meetWithPng(pixels, first, output.maxBytes),
    },
    jpeg: withQuality({
      encode: (pixels, quality) => encodeJpeg(pixels, quality),
      // Ten times as long.
      polish: {
        encode: (pixels, quality) => encodeJpeg(pixels, quality, { mozjpeg: true }),
        gain: 6,
      },
    }),
    webp: withQuality({ encode: encodeWebp }),
    avif: withQuality({ encode: encodeAvif }),
  };
}
