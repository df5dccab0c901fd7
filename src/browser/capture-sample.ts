import { randomBytes } from 'node:crypto';
import type { CapturedPixels } from '../images/ports.js';
import type { Deadline } from './deadline.js';
import type { TemplatePage } from './template-page.js';

/**
 * Shows a body of the template's own samples and takes its pixels, without loss.
 * @param plain without the cached static layer
 */
export async function captureSample(
  page: TemplatePage,
  html: string,
  plain: boolean,
  deadline: Deadline,
): Promise<CapturedPixels> {
  const nonce = randomBytes(12).toString('hex');
  await page.show({ nonce, html, assets: [], plain }, deadline);
  return page.capture(nonce, { type: 'png' }, deadline);
}
