import { AppError } from '../errors/app-error.js';
import type { Pixels } from '../images/pixels.js';
import type { PixelReader } from '../images/ports.js';
import type { CaptureDecision } from './capture-choice.js';
import { captureSample } from './capture-sample.js';
import type { JobDeadline } from './job-deadline.js';
import { sampleBodies } from './sample-bodies.js';
import type { TemplatePageSpec } from './template-page-document.js';
import type { WarmContext } from './warm-context.js';

/** The largest difference of one channel of one pixel, 0 to 255. 255 if the sizes differ. */
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
 * Captures the template's own sample bodies in both ways and compares them. `element` is chosen only
 * if every pixel is the same, so no image depends on the way in which it was captured.
 * @throws AppError if a sample cannot be captured by screenshot
 */
export async function tryElementCapture(
  context: WarmContext,
  spec: TemplatePageSpec,
  pixelReader: PixelReader,
  deadline: JobDeadline,
): Promise<CaptureDecision> {
  const screenshot = await context.openPage(spec, 'screenshot', deadline);
  if (!screenshot) throw new AppError('render_crashed', { detail: 'No page was opened.' });
  const bodies = sampleBodies(spec.template);
  const body = (html: string) => ({ html, skipCachedLayer: true });
  const expected: Pixels[] = [];
  for (const html of bodies) {
    expected.push(await pixelReader.read(await captureSample(screenshot, body(html), deadline)));
  }
  let max = 0;
  try {
    const element = await context.openPage(spec, 'element', deadline);
    if (!element) return { way: 'screenshot', reason: 'unsupported' };
    for (const [i, html] of bodies.entries()) {
      const found = await pixelReader.read(await captureSample(element, body(html), deadline));
      max = Math.max(max, maxDifference(expected[i] ?? found, found));
      if (max > 0) break;
    }
  } catch {
    // The screenshots succeeded, so only `element` fails. Its page may be left in any state.
    await context.discard();
    return { way: 'screenshot', reason: 'failed' };
  }
  if (max > 0) {
    await context.closePage(spec, 'element');
    return { way: 'screenshot', reason: 'differs', maxDifference: max };
  }
  return { way: 'element', reason: 'same', maxDifference: max };
}
