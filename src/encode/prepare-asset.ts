import { createHash } from 'node:crypto';
import type { Warning } from '../errors/warning.js';
import type { Asset } from '../images/ports.js';
import { invalidAsset } from './asset-limits.js';
import { createDecoderPool, type DecoderPoolOptions } from './decoder-pool.js';
import type { PreparedHead, PrepareOptions } from './decoder-protocol.js';
import { expectAnswer, isSide, isWarning } from './read-outcome.js';
import { sniffAsset } from './sniff-asset.js';

interface PreparedAsset {
  asset: Asset;
  warnings: Warning[];
}

export interface AssetPreparer {
  /**
   * Prepares a file from outside as an asset that the browser can show directly: upright, sRGB, 8
   * bits, one frame, not much larger than its box and never enlarged; with `focus`, cropped to the
   * box's shape.
   * @throws AppError `asset_invalid`, `asset_too_large`
   */
  prepare(bytes: Buffer, options: PrepareOptions): Promise<PreparedAsset>;
  /** Ends the decoders. */
  close(): Promise<void>;
}

const isByte = (value: unknown) =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) < 256;

function isValidAsset(
  body: Buffer,
  { contentType, widthPx, heightPx, warnings, ink }: PreparedHead,
) {
  const isColor =
    ink === undefined || (Array.isArray(ink) && ink.length === 3 && ink.every(isByte));
  const isSound = isSide(widthPx) && isSide(heightPx) && warnings.every(isWarning) && isColor;
  return isSound && body.length > 0 && contentType === `image/${sniffAsset(body)}`;
}

/**
 * Assets are checked by their content, within limits of pixels, memory and time, in decoder
 * processes. SVG becomes pixels there, so that none of its code reaches a page.
 */
export function createAssetPreparer(options: DecoderPoolOptions = {}): AssetPreparer {
  const pool = createDecoderPool(options);
  return {
    async prepare(bytes, { boxPx, fit, focus }) {
      const kind = sniffAsset(bytes);
      const asked = { fit, ...(boxPx ? { boxPx } : {}), ...(focus ? { focus } : {}) };
      const outcome = await pool.ask({ ask: 'prepare', options: asked }, bytes);
      const { answer, body: made } = expectAnswer(outcome, 'prepared', kind);
      const body = answer.same ? bytes : made;
      if (!isValidAsset(body, answer)) {
        throw invalidAsset('The picture is so damaged that reading it fails. Save it again.');
      }
      const { contentType, widthPx, heightPx, warnings, ink } = answer;
      const hash = createHash('sha256').update(body).digest('hex');
      const asset = { hash, contentType, body, widthPx, heightPx, ...(ink ? { ink } : {}) };
      return { asset, warnings };
    },
    close: () => pool.close(),
  };
}
