import { AppError } from '../../errors/app-error.js';
import { type Warning, warningOf } from '../../errors/warning.js';
import { type AssetFormat, assetFormats } from '../../formats/image-formats.js';
import type { Asset } from '../../images/ports.js';
import {
  ACCEPTED,
  invalidAsset,
  MAX_INPUT_PIXELS,
  PROCESSING_TIMEOUT_S,
  tooManyPixels,
} from '../asset-limits.js';
import { type Metadata, type ResizeOptions, sharp } from '../configured-sharp.js';
import type { PrepareOptions } from '../decoder-protocol.js';
import { croppedSize, type SizePx, scaleToBox, targetSize } from '../fit-box.js';
import { assertLoader } from './allow-loaders.js';
import { checkStructure } from './check-structure.js';
import { type Ink, inkOf } from './ink-of.js';
import { openAsset } from './open-asset.js';

/** A prepared asset: `body` is the input buffer itself if nothing had to be changed. */
export interface ForeignAsset {
  body: Buffer;
  contentType: Asset['contentType'];
  size: SizePx;
  warnings: Warning[];
  ink?: Ink | undefined;
}

/**
 * Above this enlargement pixels become visible. In device pixels: an asset for scale 1 shown at 2
 * is fine.
 */
const VISIBLY_ENLARGED = 2;
/** Above this, PNG of a photo takes much time without a visible gain. */
const LOSSLESS_MAX_PIXELS = 2_000_000;
/** With 4:4:4 chroma no difference is visible at this quality, even around text. */
const PHOTO_QUALITY = 92;
/** A fast level: the bytes are only sent over loopback and cached. */
const PNG_LEVEL = 3;

/** Formats of which Chromium gets the very file, where nothing is to be done to it. */
const UNTOUCHED = ['png', 'jpeg', 'webp'] as const;

const mayStay = (kind: AssetFormat): kind is (typeof UNTOUCHED)[number] =>
  UNTOUCHED.some((one) => one === kind);

function toAssetError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const text = String(error);
  if (/pixel limit/i.test(text)) return tooManyPixels();
  if (/timeout/i.test(text)) {
    return invalidAsset('The picture takes too long to read. Save it in a simpler form.', error);
  }
  if (/memory|alloc/i.test(text)) {
    return new AppError('asset_too_large', {
      detail: 'The picture takes too much memory to read. Save it smaller, or in a simpler form.',
      cause: error,
    });
  }
  return invalidAsset(`The picture is damaged or cut off. Save it again. ${ACCEPTED}`, error);
}

/** Whether colours need no conversion: no profile, or an sRGB profile. */
function isSrgb(metadata: Metadata): boolean {
  if (metadata.space !== 'srgb' && metadata.space !== 'b-w') return false;
  if (!metadata.icc) return true;
  // The description is ASCII or UTF-16, depending on the profile's version.
  return metadata.icc.toString('latin1').replaceAll('\0', '').includes('sRGB');
}

/** libvips reads animated PNG as PNG and sees only its first frame; browsers would play it. */
function isAnimated(bytes: Buffer, kind: AssetFormat, metadata: Metadata): boolean {
  if (kind === 'png') {
    const control = bytes.indexOf('acTL');
    return control !== -1 && control < bytes.indexOf('IDAT');
  }
  // Those of an AVIF are pictures of a collection.
  return kind !== 'avif' && assetFormats[kind].animation && (metadata.pages ?? 1) > 1;
}

function isLossy(bytes: Buffer, kind: AssetFormat): boolean {
  if (kind === 'webp') return bytes.toString('latin1', 12, 16) !== 'VP8L';
  return kind === 'jpeg' || kind === 'avif';
}

function sizeWarnings(size: SizePx, { boxPx, fit }: PrepareOptions): Warning[] {
  if (!boxPx) return [];
  const factor = scaleToBox(size, boxPx, fit);
  if (factor <= VISIBLY_ENLARGED) return [];
  const times = factor >= 10 ? Math.round(factor) : factor.toFixed(1);
  return [
    warningOf(
      'picture_too_small',
      `The picture has ${size.width}x${size.height} pixels and is enlarged ${times} times. ` +
        `Use one of at least ${boxPx.width}x${boxPx.height}.`,
    ),
  ];
}

const ANIMATED_WARNING = warningOf(
  'picture_animated',
  'The picture moves; its first frame is shown.',
);

/**
 * Decodes the whole file without keeping the result: a file that is used unchanged must not be
 * truncated.
 */
async function checkDecodes(bytes: Buffer): Promise<void> {
  await openAsset(bytes)
    .resize(16, 16, { fit: 'fill', kernel: 'nearest' })
    .timeout({ seconds: PROCESSING_TIMEOUT_S })
    .raw()
    .toBuffer();
}

function resizing(focus: PrepareOptions['focus']): ResizeOptions {
  if (!focus) return { fit: 'fill' };
  return { fit: 'cover', position: focus === 'attention' ? sharp.strategy.attention : focus };
}

/** The output size, and the focus if it is cropped. */
function targetOf(size: SizePx, { boxPx, fit, focus }: PrepareOptions) {
  if (!boxPx || !focus || fit !== 'cover') return { target: targetSize(size, boxPx, fit) };
  return { target: croppedSize(size, boxPx), focus };
}

/**
 * Lossless if the source was, for logos and screenshots; JPEG for sources that were lossy already
 * and for large opaque images, where PNG would cost the browser more to decode.
 */
export async function convert(
  bytes: Buffer,
  size: SizePx,
  options: { hasAlpha: boolean; isLossy: boolean; focus?: PrepareOptions['focus'] | undefined },
): Promise<Omit<ForeignAsset, 'warnings'>> {
  const asJpeg =
    !options.hasAlpha && (options.isLossy || size.width * size.height > LOSSLESS_MAX_PIXELS);
  const pixels = openAsset(bytes)
    .autoOrient()
    .resize(size.width, size.height, resizing(options.focus))
    .toColourspace('srgb')
    .timeout({ seconds: PROCESSING_TIMEOUT_S });
  const encoded = asJpeg
    ? pixels.jpeg({ quality: PHOTO_QUALITY, chromaSubsampling: '4:4:4' })
    : pixels.png({ compressionLevel: PNG_LEVEL });
  const { data, info } = await encoded.toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  return { body: data, contentType: asJpeg ? 'image/jpeg' : 'image/png', size: { width, height } };
}

async function prepareKnown(
  bytes: Buffer,
  kind: Exclude<AssetFormat, 'svg'>,
  options: PrepareOptions,
): Promise<ForeignAsset> {
  checkStructure(bytes, kind);
  const metadata = await openAsset(bytes).metadata();
  assertLoader(kind, metadata);
  const size: SizePx = metadata.autoOrient;
  if (size.width * size.height > MAX_INPUT_PIXELS) throw tooManyPixels();
  const animated = isAnimated(bytes, kind, metadata);
  const warnings = [...(animated ? [ANIMATED_WARNING] : []), ...sizeWarnings(size, options)];
  const { target, focus } = targetOf(size, options);

  const isRightAlready =
    !animated &&
    target.width === size.width &&
    target.height === size.height &&
    (metadata.orientation ?? 1) === 1 &&
    metadata.depth === 'uchar' &&
    isSrgb(metadata) &&
    // A file larger than its own pixels contains something else than an image.
    bytes.length <= size.width * size.height * 4 + 65_536;
  if (isRightAlready && mayStay(kind)) {
    await checkDecodes(bytes);
    const ink = metadata.hasAlpha ? await inkOf(bytes) : undefined;
    return { body: bytes, contentType: assetFormats[kind].mediaType, size, warnings, ink };
  }
  const converted = await convert(bytes, target, {
    hasAlpha: metadata.hasAlpha,
    isLossy: isLossy(bytes, kind),
    focus,
  });
  const ink = metadata.hasAlpha ? await inkOf(converted.body) : undefined;
  return { ...converted, warnings, ink };
}

/** @throws AppError `asset_invalid`, `asset_too_large` */
export async function preparePixels(
  bytes: Buffer,
  kind: Exclude<AssetFormat, 'svg'>,
  options: PrepareOptions,
): Promise<ForeignAsset> {
  try {
    return await prepareKnown(bytes, kind, options);
  } catch (error) {
    throw toAssetError(error);
  }
}
