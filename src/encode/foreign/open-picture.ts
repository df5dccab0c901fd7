import { type Sharp, sharp } from '../configured-sharp.js';
import { MAX_INPUT_PIXELS } from '../picture-limits.js';

/** `failOn: 'error'` refuses cut-off and damaged files; mere warnings are what browsers show, too. */
export function openPicture(bytes: Buffer): Sharp {
  return sharp(bytes, { failOn: 'error', limitInputPixels: MAX_INPUT_PIXELS });
}
