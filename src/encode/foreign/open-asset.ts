import { MAX_INPUT_PIXELS } from '../asset-limits.js';
import { type Sharp, sharp } from '../configured-sharp.js';

/** `failOn: 'error'` refuses cut-off and damaged files; mere warnings are what browsers show, too. */
export function openAsset(bytes: Buffer): Sharp {
  return sharp(bytes, { failOn: 'error', limitInputPixels: MAX_INPUT_PIXELS });
}
