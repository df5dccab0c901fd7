import { createHash } from 'node:crypto';
import type { Warning } from '../errors/warning.js';
import type { Asset } from '../images/ports.js';
import { invalidAsset } from './asset-limits.js';
import { createDecoderPool, type DecoderPoolOptions } from './decoder-pool.js';
import type { PreparedHead, PrepareOptions } from './decoder-protocol.js';
import { expectAnswer, isSide, isWarning } from './read-outcome.js';
import { sniffAsset } from './sniff-asset.js';

export interface PreparedAsset {
  asset: Asset;
  warnings: Warning[];
}

export interface AssetPreparer {
  /**
   * Makes a file from anywhere a picture that the browser can show as it is: upright, sRGB, 8 bits,
   * one frame, not much larger than its box and never enlarged; with `focus`, of the box's shape.
   * @throws AppError `asset_invalid`, `asset_too_large`
   */
  prepare(bytes: Buffer, options: PrepareOptions): Promise<PreparedAsset>;
  /** Ends the processes that read pictures. */
  close(): Promise<void>;
}

function isPicture(body: Buffer, { contentType, widthPx, heightPx, warnings }: PreparedHead) {
  const isSound = isSide(widthPx) && isSide(heightPx) && warnings.every(isWarning);
  return isSound && body.length > 0 && contentType === `image/${sniffAsset(body)}`;
}

/**
 * Pictures are judged by their content, within limits of pixels, memory and time, in processes that
 * hold nothing else. SVG becomes pixels there, so that nothing of it but its looks reaches a page.
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
      if (!isPicture(body, answer)) {
        throw invalidAsset('The picture is so damaged that reading it fails. Save it again.');
      }
      const { contentType, widthPx, heightPx, warnings } = answer;
      const hash = createHash('sha256').update(body).digest('hex');
      return { asset: { hash, contentType, body, widthPx, heightPx }, warnings };
    },
    close: () => pool.close(),
  };
}
