import { type Sharp, sharp } from './configured-sharp.js';

/** Pixels that are encoded several times are decoded once. */
export interface RawPixels {
  data: Buffer;
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

export interface PngOptions {
  level: number;
  adaptive: boolean;
}

export function encodePng(source: PixelSource, options: PngOptions): Promise<Buffer> {
  return openSource(source)
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
  return openSource(source)
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
  return openSource(source)
    .flatten({ background: '#ffffff' })
    .jpeg({
      quality,
      chromaSubsampling: quality >= 90 ? '4:4:4' : '4:2:0',
      mozjpeg: options.mozjpeg,
    })
    .toBuffer();
}

export function encodeWebp(source: PixelSource, quality: number): Promise<Buffer> {
  return openSource(source).webp({ quality }).toBuffer();
}
