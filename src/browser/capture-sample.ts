import { randomBytes } from 'node:crypto';
import type { CapturedPixels } from '../images/ports.js';
import type { JobDeadline } from './job-deadline.js';
import type { TemplatePage } from './template-page.js';

/**
 * Shows a body of the template's own sample data and captures it without loss.
 */
export async function captureSample(
  page: TemplatePage,
  body: { html: string; skipCachedLayer: boolean },
  deadline: JobDeadline,
): Promise<CapturedPixels> {
  const nonce = randomBytes(12).toString('hex');
  await page.show({ ...body, nonce, assets: [] }, deadline);
  return page.capture(nonce, { type: 'png' }, deadline);
}
