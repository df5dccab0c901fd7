import { imageFormats } from '../formats/image-formats.js';
import type { ImageFormat } from '../images/image.js';
import { type Sharp, sharp } from './configured-sharp.js';

/** Pixels that are encoded several times are decoded once. */
export interface RawPixels {
  data: Uint8Array;
  width: number;
  height: number;
  channels: 1 | 2 | 3 | 4;
}

export type PixelSource = Buffer | RawPixels;

export function openSource(source: PixelSource): Sharp {
  if (Buffer.isBuffer(source)) return sharp(source, { failOn: 'error' });
  const { width, height, channels } = source;
  return sharp(source.data, { raw: { width, height, channels } });
}

/** What cannot be seen through is laid on white. */
function openFor(format: ImageFormat, source: PixelSource): Sharp {
  const opened = openSource(source);
  return imageFormats[format].alpha ? opened : opened.flatten({ background: '#ffffff' });
}

export interface PngOptions {
  level: number;
  adaptive: boolean;
}

export function encodePng(source: PixelSource, options: PngOptions): Promise<Buffer> {
  return openFor('png', source)
    .png({ compressionLevel: options.level, adaptiveFiltering: options.adaptive })
    .toBuffer();
}

export interface PaletteOptions {
  /** 256, or 16 for half the bits per pixel; sharp rounds other values up. */
  colours: 256 | 16;
  /** 0..100: lower values use fewer colours, about 120 at 85 and 60 at 70. */
  quality: number;
  /** 0..1; hides steps in gradients, but compresses badly. */
  dither: number;
}

export function encodePalettePng(source: PixelSource, options: PaletteOptions): Promise<Buffer> {
  return openFor('png', source)
    .png({ palette: true, compressionLevel: 9, adaptiveFiltering: false, ...options })
    .toBuffer();
}

/** Number of colours in the palette of a PNG; 0 without a palette. */
export function paletteSize(png: Buffer): number {
  // The PLTE chunk, three bytes for each colour, precedes the pixels (PNG specification, 5.6).
  const at = png.subarray(0, png.indexOf('IDAT')).indexOf('PLTE');
  return at < 4 ? 0 : png.readUInt32BE(at - 4) / 3;
}

/** At 90 and above the caller wants crisp coloured text, so chroma is not subsampled. */
export function encodeJpeg(
  source: PixelSource,
  quality: number,
  options: { mozjpeg: boolean } = { mozjpeg: false },
): Promise<Buffer> {
  return openFor('jpeg', source)
    .jpeg({
      quality,
      chromaSubsampling: quality >= 90 ? '4:4:4' : '4:2:0',
      mozjpeg: options.mozjpeg,
    })
    .toBuffer();
}

export function encodeWebp(source: PixelSource, quality: number): Promise<Buffer> {
  return openFor('webp', source).webp({ quality }).toBuffer();
}

/**
 * Of libaom's 0 to 9: 4 takes five times as long for 8% of the bytes, 1 two thirds as long and looks
 * worse in the same bytes, 0 looks worse than JPEG.
 */
const AVIF_EFFORT = 2;
/** Of more pixels, which take seconds. */
const AVIF_LARGE_EFFORT = 1;
const AVIF_LARGE_PIXELS = 4_000_000;

/** Coloured text keeps its edges: no chroma is thrown away, for 3% of the bytes. */
export function encodeAvif(pixels: RawPixels, quality: number): Promise<Buffer> {
  const isLarge = pixels.width * pixels.height > AVIF_LARGE_PIXELS;
  const effort = isLarge ? AVIF_LARGE_EFFORT : AVIF_EFFORT;
  return openFor('avif', pixels)
    .avif({ quality, effort, chromaSubsampling: '4:4:4', bitdepth: 8 })
    .toBuffer();
}
