import { MAX_INPUT_PIXELS } from '../asset-limits.js';
import { type Sharp, sharp } from '../configured-sharp.js';

/**
 * `failOn: 'error'` refuses truncated and damaged files; files with warnings are shown by browsers,
 * too.
 */
export function openAsset(bytes: Buffer): Sharp {
  return sharp(bytes, { failOn: 'error', limitInputPixels: MAX_INPUT_PIXELS });
}
