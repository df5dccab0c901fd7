import { invalidAsset } from './asset-limits.js';
import { createDecoderPool, type DecoderPoolOptions } from './decoder-pool.js';
import type { AssetFacts } from './decoder-protocol.js';
import { expectAnswer, isSide } from './read-outcome.js';
import { sniffAsset } from './sniff-asset.js';

/** Sides that the head of a file may name; nothing is decoded to them. */
const MAX_NAMED_SIDE_PX = 10_000_000;

/** A head is read in milliseconds; a file of a hundred thousand frames is walked through for seconds. */
const HEAD_CPU_MS = 1_000;

/** Reads what pictures are from their heads, in processes that hold nothing else. */
export function createAssetFactsReader(options: DecoderPoolOptions = {}) {
  const pool = createDecoderPool({
    ...options,
    limits: { cpuMs: HEAD_CPU_MS, ...options.limits },
  });
  return {
    /** @throws AppError `asset_invalid` for what is no picture, and for SVG, which no crawler shows */
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
