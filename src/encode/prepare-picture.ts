import { createHash } from 'node:crypto';
import { AppError } from '../errors/app-error.js';
import type { Picture, PictureRequest } from '../images/ports.js';
import type { Warning } from '../templates/template.js';
import { checkSvg } from './check-svg.js';
import { type Metadata, type ResizeOptions, type Sharp, sharp } from './configured-sharp.js';
import { croppedSize, type Fit, type SizePx, scaled, scaleToBox, targetSize } from './fit-box.js';
import {
  ACCEPTED,
  invalidPicture,
  MAX_INPUT_PIXELS,
  PROCESSING_TIMEOUT_S,
  tooManyPixels,
} from './picture-limits.js';
import { type PictureKind, sniffPicture } from './sniff-picture.js';
import { createSvgRasteriser } from './svg-rasteriser.js';

export interface PrepareOptions {
  /** The box in device pixels; absent where the template gives none. */
  boxPx?: SizePx;
  fit: Fit;
  /** Crops the picture to the shape of its box, keeping this part. */
  focus?: NonNullable<PictureRequest['focus']>;
}

export interface PreparedPicture {
  picture: Picture;
  warnings: Warning[];
}

export interface PicturePreparer {
  /**
   * Makes a file from anywhere a picture that the browser can show as it is: upright, sRGB, 8 bits,
   * one frame, not much larger than its box and never enlarged; with `focus`, of the box's shape.
   * @throws AppError `asset_invalid`, `asset_too_large`
   */
  prepare(bytes: Buffer, options: PrepareOptions): Promise<PreparedPicture>;
  /** Ends the process that draws SVG, if there is one. */
  close(): Promise<void>;
}

/** Enlarged more than this, pixels are seen. Device pixels: a picture for scale 1 shown at 2 is fine. */
const VISIBLY_ENLARGED = 2;
/** Drawn with room to spare where the layout gives the picture more than its box. */
const SVG_OVERSAMPLING = 2;
const SVG_MIN_SIDE_PX = 1024;
/** Above this, PNG of a photograph costs more time than its losslessness can be seen. */
const LOSSLESS_MAX_PIXELS = 2_000_000;
/** With 4:4:4 chroma no difference is seen at this quality, even around text. */
const PHOTO_QUALITY = 92;
/** A fast level: the bytes only travel over loopback and lie in a cache. */
const PNG_LEVEL = 3;

const contentTypes = { png: 'image/png', jpeg: 'image/jpeg', webp: 'image/webp' } as const;

function toPicture(body: Buffer, contentType: Picture['contentType'], size: SizePx): Picture {
  return {
    hash: createHash('sha256').update(body).digest('hex'),
    contentType,
    body,
    widthPx: size.width,
    heightPx: size.height,
  };
}

/** `failOn: 'error'` refuses cut-off and damaged files; mere warnings are what browsers show, too. */
function open(bytes: Buffer): Sharp {
  return sharp(bytes, { failOn: 'error', limitInputPixels: MAX_INPUT_PIXELS });
}

function toPictureError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const text = String(error);
  if (/pixel limit/i.test(text)) return tooManyPixels();
  if (/timeout/i.test(text)) {
    return invalidPicture('The picture takes too long to read. Save it in a simpler form.', error);
  }
  return invalidPicture(`The picture is damaged or cut off. Save it again. ${ACCEPTED}`, error);
}

/** Colours that need no conversion: without a profile, or with one that says sRGB. */
function isSrgb(metadata: Metadata): boolean {
  if (metadata.space !== 'srgb' && metadata.space !== 'b-w') return false;
  if (!metadata.icc) return true;
  // The description is ASCII or UTF-16, by the profile's version.
  return metadata.icc.toString('latin1').replaceAll('\0', '').includes('sRGB');
}

/** Animated PNG is a PNG to libvips, which sees its first frame only; browsers would play it. */
function isAnimated(bytes: Buffer, kind: PictureKind, metadata: Metadata): boolean {
  if (kind === 'png') {
    const control = bytes.indexOf('acTL');
    return control !== -1 && control < bytes.indexOf('IDAT');
  }
  return (kind === 'gif' || kind === 'webp') && (metadata.pages ?? 1) > 1;
}

function isLossy(bytes: Buffer, kind: PictureKind): boolean {
  if (kind === 'webp') return bytes.toString('latin1', 12, 16) !== 'VP8L';
  return kind === 'jpeg' || kind === 'avif';
}

function sizeWarnings(size: SizePx, { boxPx, fit }: PrepareOptions): Warning[] {
  if (!boxPx) return [];
  const factor = scaleToBox(size, boxPx, fit);
  if (factor <= VISIBLY_ENLARGED) return [];
  const times = factor >= 10 ? Math.round(factor) : factor.toFixed(1);
  return [
    {
      code: 'picture_too_small',
      severity: 'warning',
      message:
        `The picture has ${size.width}x${size.height} pixels and is enlarged ${times} times. ` +
        `Use one of at least ${boxPx.width}x${boxPx.height}.`,
    },
  ];
}

const STILL: Warning = {
  code: 'picture_animated',
  severity: 'info',
  message: 'The picture moves; its first frame is shown.',
};

/** Decodes the whole file without keeping it: what is handed on untouched must not be cut off. */
async function checkDecodes(bytes: Buffer): Promise<void> {
  await open(bytes)
    .resize(16, 16, { fit: 'fill', kernel: 'nearest' })
    .timeout({ seconds: PROCESSING_TIMEOUT_S })
    .raw()
    .toBuffer();
}

function resizing(focus: PrepareOptions['focus']): ResizeOptions {
  if (!focus) return { fit: 'fill' };
  return { fit: 'cover', position: focus === 'attention' ? sharp.strategy.attention : focus };
}

/** The size that a picture leaves with, and the focus where that means a crop. */
function targetOf(size: SizePx, { boxPx, fit, focus }: PrepareOptions) {
  if (!boxPx || !focus || fit !== 'cover') return { target: targetSize(size, boxPx, fit) };
  return { target: croppedSize(size, boxPx), focus };
}

/**
 * Lossless where the source was, for logos and screenshots; JPEG for what was lossy already and for
 * large opaque pictures, where PNG would cost the browser more to read.
 */
async function convert(
  bytes: Buffer,
  size: SizePx,
  options: { hasAlpha: boolean; isLossy: boolean; focus?: PrepareOptions['focus'] | undefined },
): Promise<Picture> {
  const asJpeg =
    !options.hasAlpha && (options.isLossy || size.width * size.height > LOSSLESS_MAX_PIXELS);
  const pixels = open(bytes)
    .autoOrient()
    .resize(size.width, size.height, resizing(options.focus))
    .toColourspace('srgb')
    .timeout({ seconds: PROCESSING_TIMEOUT_S });
  const encoded = asJpeg
    ? pixels.jpeg({ quality: PHOTO_QUALITY, chromaSubsampling: '4:4:4' })
    : pixels.png({ compressionLevel: PNG_LEVEL });
  const { data, info } = await encoded.toBuffer({ resolveWithObject: true });
  return toPicture(data, asJpeg ? 'image/jpeg' : 'image/png', info);
}

async function preparePixels(
  bytes: Buffer,
  kind: Exclude<PictureKind, 'svg'>,
  options: PrepareOptions,
): Promise<PreparedPicture> {
  const metadata = await open(bytes).metadata();
  const size: SizePx = metadata.autoOrient;
  if (size.width * size.height > MAX_INPUT_PIXELS) throw tooManyPixels();
  const animated = isAnimated(bytes, kind, metadata);
  const warnings = [...(animated ? [STILL] : []), ...sizeWarnings(size, options)];
  const { target, focus } = targetOf(size, options);

  const isRightAlready =
    kind in contentTypes &&
    !animated &&
    target.width === size.width &&
    target.height === size.height &&
    (metadata.orientation ?? 1) === 1 &&
    metadata.depth === 'uchar' &&
    isSrgb(metadata) &&
    // A file larger than its own pixels holds something else besides a picture.
    bytes.length <= size.width * size.height * 4 + 65_536;
  if (isRightAlready) {
    await checkDecodes(bytes);
    const contentType = contentTypes[kind as keyof typeof contentTypes];
    return { picture: toPicture(bytes, contentType, size), warnings };
  }
  const picture = await convert(bytes, target, {
    hasAlpha: metadata.hasAlpha,
    isLossy: isLossy(bytes, kind),
    focus,
  });
  return { picture, warnings };
}

function svgSize(natural: SizePx, { boxPx, fit }: PrepareOptions): SizePx {
  if (boxPx) return scaled(natural, SVG_OVERSAMPLING * scaleToBox(natural, boxPx, fit));
  const longest = Math.max(natural.width, natural.height);
  return scaled(natural, Math.max(SVG_OVERSAMPLING, SVG_MIN_SIDE_PX / longest));
}

/**
 * Pictures are judged by their content, within limits of pixels and time. SVG becomes pixels here,
 * so that nothing of it but its looks reaches a page.
 */
export function createPicturePreparer(options: { svgTimeoutMs?: number } = {}): PicturePreparer {
  const rasteriser = createSvgRasteriser(
    options.svgTimeoutMs === undefined ? {} : { timeoutMs: options.svgTimeoutMs },
  );

  async function prepareSvg(bytes: Buffer, prepareOptions: PrepareOptions) {
    const svg = await checkSvg(bytes);
    const natural = await rasteriser.measure(svg);
    const size = svgSize({ width: natural.widthPx, height: natural.heightPx }, prepareOptions);
    const body = await rasteriser.draw(svg, natural, {
      widthPx: size.width,
      heightPx: size.height,
    });
    const { boxPx, fit, focus } = prepareOptions;
    if (!boxPx || !focus || fit !== 'cover') {
      return { picture: toPicture(body, 'image/png', size), warnings: [] };
    }
    const cropped = scaled(boxPx, 1 / scaleToBox(size, boxPx, 'cover'));
    const picture = await convert(body, cropped, { hasAlpha: true, isLossy: false, focus });
    return { picture, warnings: [] };
  }

  return {
    async prepare(bytes, prepareOptions) {
      const kind = sniffPicture(bytes);
      if (kind === 'svg') return prepareSvg(bytes, prepareOptions);
      try {
        return await preparePixels(bytes, kind, prepareOptions);
      } catch (error) {
        throw toPictureError(error);
      }
    },
    close: () => rasteriser.close(),
  };
}
