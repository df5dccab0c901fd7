import { randomBytes } from 'node:crypto';
import type { FieldSpec, TemplateManifest } from '../templates/manifest.js';
import { assetPathOf } from '../templates/parse-address.js';
import { resolveFields } from '../templates/resolve-fields.js';
import type { FieldValue, ResolvedFields, Template } from '../templates/template.js';
import type { PageJob } from './page-script.js';
import type { StaticLayerCache } from './static-layer-cache.js';
import type { CachedLayer, Deadline, TemplatePage } from './template-page.js';
import { type TemplatePageSpec, templatePageName } from './template-page-document.js';

/** More bodies add time to the trial and no certainty: each job's layer is compared by its key. */
const MAX_EDGE_CASES = 3;
const OTHER_COLOURS = ['#0b7285', '#f2b705', '#1a1a2e'];

/** What the layer's style is read too early for: text is fitted, by inline style, after that. */
function looksAtStyle(css: string): boolean {
  const [, ...conditions] = css.toLowerCase().split(':has(');
  return conditions.some((text) => /\[\s*style/.test(text.split(/[{}]/, 1)[0] ?? ''));
}

/**
 * A template whose layer may be a picture at all. Over a transparent background the picture would not
 * be whole, and what a host sends may change.
 */
export function isCacheable({ manifest, css }: Template): boolean {
  return !manifest.transparent && !manifest.network?.length && !looksAtStyle(css);
}

function otherValue(spec: FieldSpec, value: FieldValue, index: number): FieldValue {
  if (spec.type === 'color') return OTHER_COLOURS[index % OTHER_COLOURS.length] ?? value;
  if (spec.type === 'boolean') return !value;
  if (spec.type !== 'choice') return value;
  const choices = spec.choices ?? [];
  return choices[(choices.indexOf(String(value)) + 1) % choices.length] ?? value;
}

/** The same text in every other colour, theme and manner that the template has. */
function inOtherLooks(manifest: TemplateManifest, fields: ResolvedFields): ResolvedFields {
  const entries = Object.entries(fields).map(([name, value], i) => {
    const spec = manifest.fields[name];
    return [name, spec ? otherValue(spec, value, i) : value];
  });
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/** The template's own pictures stand where they are; none is fetched from elsewhere. */
function assetsOf(fields: ResolvedFields): Map<string, string> {
  const pictures = new Map<string, string>();
  for (const [name, value] of Object.entries(fields)) {
    const path = typeof value === 'string' ? assetPathOf(value) : undefined;
    if (path !== undefined) pictures.set(name, path);
  }
  return pictures;
}

/** Bodies of the template's own samples, as unlike each other as they go. */
function sampleBodies(template: Template): string[] {
  const edgeCases = [...template.edgeCases.values()].slice(0, MAX_EDGE_CASES);
  const [sample, ...others] = [template.sample, ...edgeCases].map(
    (data) => resolveFields(template, data, { onMissing: 'review' }).fields,
  );
  const all = sample ? [sample, inOtherLooks(template.manifest, sample), ...others] : others;
  return all.map((fields) => template.body(fields, assetsOf(fields)));
}

interface Trial extends CachedLayer {
  bytes: number;
  release(): void;
}

/** Takes the picture of the layer of the body that is shown, and has the page show it from now on. */
async function takeLayer(
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
 * Tries the static layer of a shell: it is shown as a picture from now on if, on every sample, what
 * decides its looks is the same and not one byte of the whole picture differs. The page is left
 * without a layer otherwise.
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
    const job = { nonce, html, pictures: [] };
    await page.show({ ...job, plain: true }, deadline);
    // A template without such a layer is left before anything is captured.
    if (!trial && (await page.layerKey(deadline)) === null) return false;
    const plain = await page.capture(nonce, { type: 'png' }, deadline);
    trial ??= await takeLayer(page, spec, layerCache, job, deadline);
    const { dressed } = await page.show(job, deadline);
    const cached = dressed && (await page.capture(nonce, { type: 'png' }, deadline));
    // The same encoder makes the same bytes of the same pixels.
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
