import { type Sharp, sharp } from './configured-sharp.js';

/** Pixels that are encoded several times are decoded once. */
export interface RawPixels {
  data: Buffer;
  width: number;
  height: number;
  channels: 1 | 2 | 3 | 4;
}

export type Source = Buffer | RawPixels;

export function openSource(source: Source): Sharp {
  if (Buffer.isBuffer(source)) return sharp(source, { failOn: 'error' });
  const { width, height, channels } = source;
  return sharp(source.data, { raw: { width, height, channels } });
}

export interface PngOptions {
  level: number;
  adaptive: boolean;
}

export function encodePng(source: Source, options: PngOptions): Promise<Buffer> {
  return openSource(source)
    .png({ compressionLevel: options.level, adaptiveFiltering: options.adaptive })
    .toBuffer();
}

export interface PaletteOptions {
  /** 256, or 16 for half the bits a pixel; sharp takes values between for the next larger one. */
  colours: 256 | 16;
  /** 0..100: fewer colours are taken as it sinks, about 120 at 85 and 60 at 70. */
  quality: number;
  /** 0..1; hides steps in gradients, and compresses badly. */
  dither: number;
}

export function encodePalettePng(source: Source, options: PaletteOptions): Promise<Buffer> {
  return openSource(source)
    .png({ palette: true, compressionLevel: 9, adaptiveFiltering: false, ...options })
    .toBuffer();
}

/** How many colours the palette of a PNG holds; 0 where it has none. */
export function paletteSize(png: Buffer): number {
  // The PLTE chunk, three bytes a colour, comes before the pixels (PNG specification, 5.6).
  const at = png.subarray(0, png.indexOf('IDAT')).indexOf('PLTE');
  return at < 4 ? 0 : png.readUInt32BE(at - 4) / 3;
}

/** At 90 and above whoever asks wants crisp coloured text: no chroma is thrown away there. */
export function encodeJpeg(
  source: Source,
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

export function encodeWebp(source: Source, quality: number): Promise<Buffer> {
  return openSource(source).webp({ quality }).toBuffer();
}
