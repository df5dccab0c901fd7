import { invalidAsset } from './asset-limits.js';
import { createDecoderPool, type DecoderPoolOptions } from './decoder-pool.js';
import type { AssetFacts } from './decoder-protocol.js';
import { expectAnswer, isSide } from './read-outcome.js';
import { sniffAsset } from './sniff-asset.js';

/** Maximum side that a file's header may declare; nothing is decoded. */
const MAX_NAMED_SIDE_PX = 10_000_000;

/**
 * A header is read in milliseconds; walking through a file of a hundred thousand frames takes
 * seconds.
 */
const HEAD_CPU_MS = 1_000;

/** Reads format and size of images from their headers, in decoder processes. */
export function createAssetFactsReader(options: DecoderPoolOptions = {}) {
  const pool = createDecoderPool({
    ...options,
    limits: { cpuMs: HEAD_CPU_MS, ...options.limits },
  });
  return {
    /**
     * @throws AppError `asset_invalid` for a file that is no image, and for SVG, which no crawler
     *   shows
     */
    async readFacts(file: Buffer): Promise<AssetFacts> {
      const format = sniffAsset(file);
      const { answer } = expectAnswer(await pool.ask({ ask: 'facts' }, file), 'facts', format);
      const { widthPx, heightPx } = answer;
      if (!isSide(widthPx, MAX_NAMED_SIDE_PX) || !isSide(heightPx, MAX_NAMED_SIDE_PX)) {
        throw invalidAsset('The file is damaged. Make it anew.');
      }
      return { format, widthPx, heightPx };
    },
    close: () => pool.close(),
  };
}
