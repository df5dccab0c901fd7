import { imageFormats } from '../formats/image-formats.js';
import type { Output } from '../images/image.js';
import {
  encodePalettePng,
  encodePng,
  type PaletteOptions,
  paletteSize,
  type RawPixels,
} from './encode-format.js';

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

/**
 * A PNG within `maxBytes`, every step measured, from the best-looking way to the smallest; where
 * none fits, the smallest that was found.
 * @param first the plain encoding, which was too large
 */
export async function meetWithPng(
  pixels: RawPixels,
  first: Buffer,
  maxBytes: number,
): Promise<Attempt> {
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

/** How a format with a quality is written. */
export interface QualityEncoder {
  encode(pixels: RawPixels, quality: number): Promise<Buffer>;
  /** Takes longer and looks better in the same bytes: worth it once, at the end. */
  polish?: {
    encode(pixels: RawPixels, quality: number): Promise<Buffer>;
    /** About how much higher a quality has the same bytes; found by measuring, and then verified. */
    gain: number;
  };
}

/**
 * The highest quality that fits, found by halving: sizes grow with quality closely enough. Every
 * step is measured; where none fits, the smallest that was found.
 * @param first the plain encoding, which was too large
 */
export async function meetWithQuality(
  { encode, polish }: QualityEncoder,
  pixels: RawPixels,
  output: Output,
  first: Buffer,
): Promise<Attempt> {
  const { label, output: facts } = imageFormats[output.format];
  const attempt = (body: Buffer, quality: number): Attempt => ({
    body,
    how: `${label} of quality ${quality}`,
    lossless: false,
  });
  let best = attempt(first, output.quality);
  let bestQuality = output.quality;
  let low = facts.quality?.least ?? output.quality;
  let high = output.quality - 1;
  while (low <= high) {
    const quality = Math.ceil((low + high) / 2);
    const body = await encode(pixels, quality);
    const fits = body.length <= output.maxBytes;
    if (fits || body.length < best.body.length) {
      best = attempt(body, quality);
      bestQuality = quality;
    }
    if (fits) low = quality + 1;
    else high = quality - 1;
  }
  if (!polish) return best;
  const quality = Math.min(output.quality, bestQuality + polish.gain);
  const polished = attempt(await polish.encode(pixels, quality), quality);
  if (polished.body.length <= output.maxBytes) return polished;
  return best.body.length <= output.maxBytes ? best : smaller(best, polished);
}
