import { AppError } from '../errors/app-error.js';
import type { Pixels } from '../images/pixels.js';
import type { PixelReader } from '../images/ports.js';
import { captureSample } from './capture-sample.js';
import type { CaptureDecision } from './capture-ways.js';
import type { Deadline } from './deadline.js';
import { sampleBodies } from './sample-bodies.js';
import type { TemplatePageSpec } from './template-page-document.js';
import type { WarmContext } from './warm-context.js';

/** The largest difference of one sample of one channel; 255 where the sizes differ. */
function maxDifference(a: Pixels, b: Pixels): number {
  if (a.widthPx !== b.widthPx || a.heightPx !== b.heightPx) return 255;
  const channels = Math.min(a.channels, b.channels);
  let max = 0;
  for (let i = 0, j = 0; i < a.data.length; i += a.channels, j += b.channels) {
    for (let c = 0; c < channels; c += 1) {
      const difference = Math.abs((a.data[i + c] ?? 0) - (b.data[j + c] ?? 0));
      if (difference > max) max = difference;
    }
  }
  return max;
}

/**
 * Draws the template's own samples both ways and compares. Elements are drawn from now on where
 * every pixel is the same: so it makes no difference to an image which way it was taken.
 * @throws AppError what the screenshot throws
 */
export async function tryElementCapture(
  context: WarmContext,
  spec: TemplatePageSpec,
  pixelReader: PixelReader,
  deadline: Deadline,
): Promise<CaptureDecision> {
  const screenshot = await context.page(spec, 'screenshot', deadline);
  if (!screenshot) throw new AppError('render_crashed', { detail: 'No page was opened.' });
  const bodies = sampleBodies(spec.template);
  const expected: Pixels[] = [];
  for (const html of bodies) {
    expected.push(await pixelReader.read(await captureSample(screenshot, html, true, deadline)));
  }
  let max = 0;
  try {
    const element = await context.page(spec, 'element', deadline);
    if (!element) return { way: 'screenshot', reason: 'unsupported' };
    for (const [i, html] of bodies.entries()) {
      const found = await pixelReader.read(await captureSample(element, html, true, deadline));
      max = Math.max(max, maxDifference(expected[i] ?? found, found));
      if (max > 0) break;
    }
  } catch {
    // The screenshot succeeded: only the new way fails. Its page may be left in any state.
    await context.discard();
    return { way: 'screenshot', reason: 'failed' };
  }
  if (max > 0) {
    await context.closePage(spec, 'element');
    return { way: 'screenshot', reason: 'differs', maxDifference: max };
  }
  return { way: 'element', reason: 'same', maxDifference: max };
}
