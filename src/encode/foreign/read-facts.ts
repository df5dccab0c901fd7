import { invalidAsset } from '../asset-limits.js';
import { sharp } from '../configured-sharp.js';
import type { AssetFacts } from '../decoder-protocol.js';
import { sniffAsset } from '../sniff-asset.js';
import { assertLoader } from './allow-loaders.js';

/**
 * Format and size of an image, read from its header; nothing is decoded.
 * @throws AppError `asset_invalid` for a file that is no image, and for SVG, which no crawler shows
 */
export async function readFacts(body: Buffer): Promise<AssetFacts> {
  const format = sniffAsset(body);
  if (format === 'svg') throw invalidAsset('The file is an SVG. Use PNG or JPEG.');
  const metadata = await sharp(body, { failOn: 'none' })
    .metadata()
    .catch((cause) => {
      throw invalidAsset('The file is damaged. Make it anew.', cause);
    });
  assertLoader(format, metadata);
  return { format, widthPx: metadata.width, heightPx: metadata.height };
}
