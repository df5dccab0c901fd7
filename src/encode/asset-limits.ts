import { AppError } from '../errors/app-error.js';
import { assetLabels } from '../formats/format-texts.js';

/** 50 megapixels, as imgproxy has it: larger than any camera's usual file, 200 MB when decoded. */
export const MAX_INPUT_PIXELS = 50_000_000;
/** SVG is text that is parsed as a whole; drawings of a megabyte are traced photographs. */
export const MAX_SVG_BYTES = 1024 * 1024;
/**
 * Limit of prepared assets: twice the sides of the largest image at scale 1, so that every box gets
 * enough pixels.
 */
export const MAX_OUTPUT_PIXELS = 4096 * 4096;
/** Maximum side: Chromium's graphics cannot hold longer ones in one piece. */
export const MAX_OUTPUT_SIDE_PX = 16_384;
/** Seconds after which libvips gives up one asset by itself; its process is killed later. */
export const PROCESSING_TIMEOUT_S = 10;

export const ACCEPTED = `Accepted are ${assetLabels}.`;

export function invalidAsset(what: string, cause?: unknown): AppError {
  return new AppError('asset_invalid', { detail: what, cause });
}

export function tooManyPixels(): AppError {
  return new AppError('asset_too_large', {
    detail: `The picture has more than ${MAX_INPUT_PIXELS / 1e6} megapixels. Use a smaller one.`,
  });
}
