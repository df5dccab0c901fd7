import { randomBytes } from 'node:crypto';
import { fieldTypeOf } from '../templates/field-types/field-types.js';
import type { TemplateManifest } from '../templates/manifest.js';
import { assetPathOf } from '../templates/parse-address.js';
import { resolveFields } from '../templates/resolve-fields.js';
import type { ResolvedFields, Template } from '../templates/template.js';
import type { PageJob } from './page-script.js';
import type { StaticLayerCache } from './static-layer-cache.js';
import type { CachedLayer, Deadline, TemplatePage } from './template-page.js';
import { type TemplatePageSpec, templatePageName } from './template-page-document.js';

/**
 * More bodies make the trial slower but not safer: each job's layer is compared by its key anyway.
 */
const MAX_EDGE_CASES = 3;

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
 * would not be complete, and what a declared host sends may change.
 */
function isCacheable({ manifest, css }: Template): boolean {
  return !manifest.transparent && !manifest.network?.length && !dependsOnInlineStyle(css);
}

/** The same text with other colours, choices and booleans, as far as the template has them. */
function withVariedValues(manifest: TemplateManifest, fields: ResolvedFields): ResolvedFields {
  const entries = Object.entries(fields).map(([name, value], i) => {
    const spec = manifest.fields[name];
    return [name, spec ? fieldTypeOf(spec).otherLook(spec, value, i) : value];
  });
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/** Addresses of the template's own assets, by field. Nothing is fetched from elsewhere. */
function assetAddressesOf({ manifest }: Template, fields: ResolvedFields): Map<string, string> {
  const assets = new Map<string, string>();
  for (const [name, spec] of Object.entries(manifest.fields)) {
    const value = fieldTypeOf(spec).asset?.from === 'address' ? fields[name] : undefined;
    const path = typeof value === 'string' ? assetPathOf(value) : undefined;
    if (path !== undefined) assets.set(name, path);
  }
  return assets;
}

/** Bodies of the template's own samples, as different from each other as possible. */
function sampleBodies(template: Template): string[] {
  const edgeCases = [...template.edgeCases.values()].slice(0, MAX_EDGE_CASES);
  const [sample, ...others] = [template.sample, ...edgeCases].map(
    (data) => resolveFields(template, data, { onMissing: 'review' }).fields,
  );
  const all = sample ? [sample, withVariedValues(template.manifest, sample), ...others] : others;
  return all.map((fields) => template.body(fields, assetAddressesOf(template, fields)));
}

interface Trial extends CachedLayer {
  bytes: number;
  release(): void;
}

/** Captures the layer of the body that is shown, and has the page show that image from now on. */
async function captureTrial(
  page: TemplatePage,
  { size, scale }: TemplatePageSpec,
  layerCache: StaticLayerCache,
  job: PageJob,
  deadline: Deadline,
): Promise<Trial | undefined> {
  const key = await page.layerKey(deadline);
  if (key === null) return undefined;
  const png = await page.captureLayer(job, deadline);
  const { address, release } = layerCache.offer(png, size.widthPx * scale, size.heightPx * scale);
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
  deadline: Deadline,
): Promise<boolean> {
  if (!isCacheable(spec.template)) return false;
  let trial: Trial | undefined;
  for (const html of sampleBodies(spec.template)) {
    const nonce = randomBytes(12).toString('hex');
    const job = { nonce, html, assets: [] };
    await page.show({ ...job, plain: true }, deadline);
    // A template without a cacheable layer ends here, before anything is captured.
    if (!trial && (await page.layerKey(deadline)) === null) return false;
    const plain = await page.capture(nonce, { type: 'png' }, deadline);
    trial ??= await captureTrial(page, spec, layerCache, job, deadline);
    const { usesCachedLayer } = await page.show(job, deadline);
    const cached = usesCachedLayer && (await page.capture(nonce, { type: 'png' }, deadline));
    // Comparing bytes is enough: the same encoder makes the same bytes of the same pixels.
    if (!cached || !plain.equals(cached)) {
      trial?.release();
      await page.setLayer(undefined, deadline);
      return false;
    }
  }
  if (!trial || !page.layer) return false;
  layerCache.keep(templatePageName(spec), page.layer, trial.bytes, trial.release);
  return true;
}
