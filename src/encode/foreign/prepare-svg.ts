import { AppError } from '../../errors/app-error.js';
import { type Warning, warningOf } from '../../errors/warning.js';
import { invalidAsset, MAX_INPUT_PIXELS, MAX_SVG_BYTES } from '../asset-limits.js';
import { sharp } from '../configured-sharp.js';
import type { PrepareOptions } from '../decoder-protocol.js';
import { type SizePx, scaled, scaleToBox } from '../fit-box.js';
import { assertLoader } from './allow-loaders.js';
import { checkStructure } from './check-structure.js';
import { inkOf } from './ink-of.js';
import { convert, type ForeignAsset } from './prepare-pixels.js';
import { decodeText } from './svg/decode-text.js';
import type { EmbeddedAsset } from './svg/read-reference.js';
import { rewriteSvg } from './svg/rewrite-svg.js';

/** Drawn larger than the box, because the layout may show the image larger. */
const SVG_OVERSAMPLING = 2;
const SVG_MIN_SIDE_PX = 1024;

/** Density at which librsvg, as sharp uses it, gives the natural size of an SVG. */
const NATURAL_DENSITY = 72;
const MAX_DENSITY = 100_000;
/** Part of the pixel limit: the drawing itself is in memory beside the embedded images. */
const MAX_EMBEDDED_PIXELS = MAX_INPUT_PIXELS / 2;

/**
 * Pixels that librsvg allocates: for a GIF the whole screen, while libvips reports the size of its
 * frames.
 */
function screenPixels(bytes: Buffer, kind: EmbeddedAsset['kind']): number {
  return kind === 'gif' && bytes.length >= 10 ? bytes.readUInt16LE(6) * bytes.readUInt16LE(8) : 0;
}

/**
 * librsvg decodes embedded images without our limits, so they are checked here first, by their
 * content.
 */
async function checkEmbedded(embedded: EmbeddedAsset[]): Promise<void> {
  let pixels = 0;
  for (const { bytes, kind } of embedded) {
    checkStructure(bytes, kind);
    const metadata = await sharp(bytes, { limitInputPixels: false })
      .metadata()
      .catch((cause) => {
        throw invalidAsset('A picture inside the SVG cannot be read. Export it again.', cause);
      });
    assertLoader(kind, metadata);
    pixels += Math.max(metadata.width * metadata.height, screenPixels(bytes, kind));
    if (pixels > MAX_EMBEDDED_PIXELS) {
      throw new AppError('asset_too_large', {
        detail: 'The pictures inside the SVG are too large. Use smaller ones.',
      });
    }
  }
}

function openSvg(svg: Buffer, density: number) {
  return sharp(svg, { density, limitInputPixels: MAX_INPUT_PIXELS, failOn: 'error' });
}

function svgSize(natural: SizePx, { boxPx, fit }: PrepareOptions): SizePx {
  if (boxPx) return scaled(natural, SVG_OVERSAMPLING * scaleToBox(natural, boxPx, fit));
  const longest = Math.max(natural.width, natural.height);
  return scaled(natural, Math.max(SVG_OVERSAMPLING, SVG_MIN_SIDE_PX / longest));
}

function toSvgError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return /pixel limit/i.test(String(error))
    ? new AppError('asset_too_large', { detail: 'The SVG is too large. Make its size smaller.' })
    : invalidAsset('The SVG cannot be drawn. Simplify it, give it a viewBox, or use a PNG.', error);
}

async function measure(svg: Buffer): Promise<SizePx> {
  const metadata = await openSvg(svg, NATURAL_DENSITY).metadata();
  assertLoader('svg', metadata);
  const { width, height } = metadata;
  if (width < 1 || height < 1) throw invalidAsset('The SVG has no size. Give it a viewBox.');
  return { width, height };
}

function leftOutWarnings(leftOut: string[]): Warning[] {
  if (leftOut.length === 0) return [];
  const message = `The SVG has ${leftOut.join('; ')}: it is drawn without that. Export it with plain values and embedded pictures, or use a PNG.`;
  return [warningOf('picture_incomplete', message)];
}

async function draw(bytes: Buffer, options: PrepareOptions): Promise<ForeignAsset> {
  if (bytes.length > MAX_SVG_BYTES) {
    throw new AppError('asset_too_large', {
      detail: 'The SVG is larger than 1 MB. Simplify it, or use a PNG.',
    });
  }
  const rewritten = rewriteSvg(decodeText(bytes));
  await checkEmbedded(rewritten.embedded);
  const svg = Buffer.from(rewritten.svg, 'utf8');
  const natural = await measure(svg);
  const size = svgSize(natural, options);
  const density = (NATURAL_DENSITY * size.width) / natural.width;
  const body = await openSvg(svg, Math.min(MAX_DENSITY, Math.max(1, density)))
    .resize(size.width, size.height, { fit: 'fill' })
    .png({ compressionLevel: 4 })
    .toBuffer();
  const warnings = leftOutWarnings(rewritten.leftOut);
  const { boxPx, fit, focus } = options;
  if (!boxPx || !focus || fit !== 'cover') {
    return { body, contentType: 'image/png', size, warnings, ink: await inkOf(body) };
  }
  const cropped = scaled(boxPx, 1 / scaleToBox(size, boxPx, 'cover'));
  const converted = await convert(body, cropped, { hasAlpha: true, isLossy: false, focus });
  return { ...converted, warnings, ink: await inkOf(converted.body) };
}

/**
 * Renders an SVG to pixels, in the size for its box.
 * @throws AppError `asset_invalid`, `asset_too_large`
 */
export async function prepareSvg(bytes: Buffer, options: PrepareOptions): Promise<ForeignAsset> {
  try {
    return await draw(bytes, options);
  } catch (error) {
    throw toSvgError(error);
  }
}
