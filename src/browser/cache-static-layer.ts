import { randomBytes } from 'node:crypto';
import type { CapturedPixels } from '../images/ports.js';
import type { Template } from '../templates/template.js';
import { captureSample } from './capture-sample.js';
import type { JobDeadline } from './job-deadline.js';
import type { PageJob } from './page/page-api.js';
import { sampleBodies } from './sample-bodies.js';
import type { StaticLayerCache } from './static-layer-cache.js';
import type { CachedLayer, TemplatePage } from './template-page.js';
import { type TemplatePageSpec, templatePageName } from './template-page-document.js';

/**
 * True if the CSS selects by inline style (`:has([style…])`). Fitting text sets inline styles after
 * the layer's style was read, so the layer could still change.
 */
function dependsOnInlineStyle(css: string): boolean {
  const [, ...conditions] = css.toLowerCase().split(':has(');
  return conditions.some((text) => /\[\s*style/.test(text.split(/[{}]/, 1)[0] ?? ''));
}

/**
 * Whether the layer of a template may be shown as an image. Over a transparent background the image
 * would not be complete, and files from a declared host may change.
 */
function isCacheable({ manifest, css }: Template): boolean {
  return !manifest.transparent && !manifest.network?.length && !dependsOnInlineStyle(css);
}

const bytesOf = (pixels: CapturedPixels) => ('data' in pixels ? pixels.data : pixels);

/** Both must be captured in the same way: then the same pixels have the same bytes. */
const areEqual = (a: CapturedPixels, b: CapturedPixels) =>
  Buffer.compare(bytesOf(a), bytesOf(b)) === 0;

/** A captured layer that has not yet been compared for every sample. */
interface Trial extends CachedLayer {
  /** Size of the layer's PNG file. */
  bytes: number;
  /** Stops serving the layer's image. */
  release(): void;
}

/**
 * Captures the layer of the body that is shown, and sets it as the page's cached layer. Undefined if
 * the layer cannot be cached.
 */
async function captureTrial(
  page: TemplatePage,
  { size, scale }: TemplatePageSpec,
  layerCache: StaticLayerCache,
  job: PageJob,
  deadline: JobDeadline,
): Promise<Trial | undefined> {
  const key = await page.layerKey(deadline);
  if (key === null) return undefined;
  const png = await page.captureLayer(job, deadline);
  const { address, release } = layerCache.serve(png, size.widthPx * scale, size.heightPx * scale);
  await page.setLayer({ key, address }, deadline);
  return { key, address, bytes: png.length, release };
}

/**
 * Tries to cache the static layer of a template page. It is shown as an image from now on if, for
 * every sample, its key is the same and the whole image is equal byte for byte. Otherwise the page
 * keeps no cached layer.
 */
export async function cacheStaticLayer(
  page: TemplatePage,
  spec: TemplatePageSpec,
  layerCache: StaticLayerCache,
  deadline: JobDeadline,
): Promise<boolean> {
  if (!isCacheable(spec.template)) return false;
  let trial: Trial | undefined;
  for (const html of sampleBodies(spec.template)) {
    const nonce = randomBytes(12).toString('hex');
    const job = { nonce, html, assets: [] };
    await page.show({ ...job, skipCachedLayer: true }, deadline);
    // A template without a cacheable layer ends here, before anything is captured.
    if (!trial && (await page.layerKey(deadline)) === null) return false;
    const uncached = await page.capture(nonce, { type: 'png' }, deadline);
    trial ??= await captureTrial(page, spec, layerCache, job, deadline);
    const { usesCachedLayer } = await page.show(job, deadline);
    const cached = usesCachedLayer && (await page.capture(nonce, { type: 'png' }, deadline));
    if (!cached || !areEqual(uncached, cached)) {
      trial?.release();
      await page.setLayer(undefined, deadline);
      return false;
    }
  }
  if (!trial || !page.layer) return false;
  layerCache.keep(templatePageName(spec), page.layer, trial.bytes, trial.release);
  return true;
}

/**
 * Whether every sample has the same pixels with the cached layer as without it. For a page that is
 * captured in another way than the one for which `cacheStaticLayer` compared them.
 */
export async function isUnchangedByLayer(
  page: TemplatePage,
  { template }: TemplatePageSpec,
  layer: CachedLayer | undefined,
  deadline: JobDeadline,
): Promise<boolean> {
  await page.setLayer(layer, deadline);
  for (const html of sampleBodies(template)) {
    const uncached = await captureSample(page, { html, skipCachedLayer: true }, deadline);
    const cached = await captureSample(page, { html, skipCachedLayer: false }, deadline);
    if (!areEqual(uncached, cached)) return false;
  }
  return true;
}
