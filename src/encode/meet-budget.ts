import type { Output } from '../images/image.js';
import {
  encodeJpeg,
  encodePalettePng,
  encodePng,
  encodeWebp,
  type PaletteOptions,
  paletteSize,
  type RawPixels,
} from './encode-format.js';

/** Below this, blocks around text are clearly visible. */
const MIN_QUALITY = 30;
/**
 * From the best quality to the smallest size. Dithering is dropped before colours: it costs up to
 * half of the bytes, and its noise makes palettes of fewer colours larger.
 */
const PALETTES: PaletteOptions[] = [
  { colours: 256, quality: 100, dither: 1 },
  { colours: 256, quality: 100, dither: 0.5 },
  { colours: 256, quality: 100, dither: 0 },
  { colours: 256, quality: 85, dither: 0 },
  { colours: 256, quality: 70, dither: 0 },
  { colours: 16, quality: 100, dither: 0 },
];
/** Approximate gain of mozjpeg at equal size; measured, and verified for each image. */
const MOZJPEG_GAIN = 6;

export interface Attempt {
  body: Buffer;
  /** Description of the encoding, for the warning. */
  how: string;
  /** Without loss of quality. */
  lossless: boolean;
}

function smaller(a: Attempt, b: Attempt): Attempt {
  return b.body.length < a.body.length ? b : a;
}

/** Tries encodings from the best quality to the smallest size, until one fits. */
async function meetWithPng(pixels: RawPixels, first: Buffer, maxBytes: number): Promise<Attempt> {
  let best: Attempt = { body: first, how: 'PNG', lossless: true };
  const attempts: (() => Promise<Attempt>)[] = [
    ...[true, false].map((adaptive) => async () => ({
      body: await encodePng(pixels, { level: 9, adaptive }),
      how: 'PNG at its strongest compression',
      lossless: true,
    })),
    ...PALETTES.map((palette) => async () => {
      const body = await encodePalettePng(pixels, palette);
      const dithering = palette.dither === 0 ? ', not dithered' : '';
      return { body, how: `PNG with ${paletteSize(body)} colours${dithering}`, lossless: false };
    }),
  ];
  for (const attempt of attempts) {
    if (best.body.length <= maxBytes) break;
    best = smaller(best, await attempt());
  }
  return best;
}

/** The highest quality that fits, by binary search; size grows with quality closely enough. */
async function meetWithQuality(pixels: RawPixels, output: Output, first: Buffer): Promise<Attempt> {
  const encode = output.format === 'jpeg' ? encodeJpeg : encodeWebp;
  const name = output.format === 'jpeg' ? 'JPEG' : 'WebP';
  let best: Attempt = { body: first, how: `${name} of quality ${output.quality}`, lossless: false };
  let bestQuality = output.quality;
  let low = MIN_QUALITY;
  let high = output.quality - 1;
  while (low <= high) {
    const quality = Math.ceil((low + high) / 2);
    const body = await encode(pixels, quality);
    const fits = body.length <= output.maxBytes;
    if (fits || body.length < best.body.length) {
      best = { body, how: `${name} of quality ${quality}`, lossless: false };
      bestQuality = quality;
    }
    if (fits) low = quality + 1;
    else high = quality - 1;
  }
  return output.format === 'jpeg' ? polishJpeg(pixels, output, best, bestQuality) : best;
}

/** mozjpeg takes ten times as long and looks better with equal bytes: worth it once, at the end. */
async function polishJpeg(
  pixels: RawPixels,
  output: Output,
  best: Attempt,
  bestQuality: number,
): Promise<Attempt> {
  const quality = Math.min(output.quality, bestQuality + MOZJPEG_GAIN);
  const body = await encodeJpeg(pixels, quality, { mozjpeg: true });
  const polished = { body, how: `JPEG of quality ${quality}`, lossless: false };
  if (body.length <= output.maxBytes) return polished;
  return best.body.length <= output.maxBytes ? best : smaller(best, polished);
}

/**
 * The best-looking encoding within `output.maxBytes`, every step measured; the smallest one if none
 * fits.
 * @param first the plain encoding, which was too large
 */
export async function meetBudget(
  pixels: RawPixels,
  output: Output,
  first: Buffer,
): Promise<Attempt> {
  return output.format === 'png'
    ? meetWithPng(pixels, first, output.maxBytes)
    : meetWithQuality(pixels, output, first);
}
