import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright';
import sharp from 'sharp';
import { createAssetSource } from '../../../src/assets/asset-source.js';
import type { CaptureDecision } from '../../../src/browser/capture-choice.js';
import { loadFontLibrary } from '../../../src/browser/font-library.js';
import type { PageApi } from '../../../src/browser/page/page-api.js';
import { pageProgram } from '../../../src/browser/page-program.js';
import {
  templatePageDocument,
  templatePageName,
} from '../../../src/browser/template-page-document.js';
import { loadSettings } from '../../../src/config/settings.js';
import { createPlaceholderSource } from '../../../src/encode/draw-placeholder.js';
import { createEncoder } from '../../../src/encode/encoder.js';
import { createAssetPreparer } from '../../../src/encode/prepare-asset.js';
import { createGather } from '../../../src/images/gather.js';
import type { ImageSpec } from '../../../src/images/image.js';
import type { RenderInput } from '../../../src/images/ports.js';
import { completeOutput } from '../../../src/images/prepare.js';
import { loadFolderRegistry } from '../../../src/library/folder-registry.js';
import { documentLanguage } from '../../../src/templates/document-language.js';
import { resolveFields } from '../../../src/templates/resolve-fields.js';
import type { Template } from '../../../src/templates/template.js';
import { type Engine, jobFor, startEngine } from '../../support/engine.js';
import { isFullRun } from '../../support/fault-scale.js';

/*
 * The referee of everything that makes drawing fast: a picture from a kept page, after another body
 * and over a cached layer, is the picture that a fresh page makes of the whole document.
 */

const { templatesDir } = loadSettings({});
const fonts = loadFontLibrary();
const registry = await loadFolderRegistry({ directory: templatesDir, intervalMs: 0 });
const every = registry.list().flatMap((template) =>
  Object.entries(template.manifest.sizes).map(([name, [widthPx, heightPx]]) => ({
    card: `${template.id}, ${name}`,
    template,
    size: { name, widthPx, heightPx },
  })),
);

/** `npm run test:faults` looks at all sizes, `npm test` at one of each template. */
const cards = every.filter(
  ({ template, size }) => isFullRun || size.name === template.manifest.default_size,
);

const preparer = createAssetPreparer();
const source = createAssetSource({
  fetch: () => Promise.reject(new Error('the samples have their pictures with them')),
  prepare: preparer.prepare,
});
const gather = createGather({ source, placeholders: createPlaceholderSource() });
const encoder = createEncoder();
const cached = new Map<string, boolean>();
const decisions = new Map<string, CaptureDecision>();
let engine: Engine;
/** Draws into a canvas what is the same there. */
let drawing: Engine;
let browser: Browser;

beforeAll(async () => {
  engine = await startEngine({
    timeoutMs: 120_000,
    captureWay: 'screenshot',
    minRendersBeforeTrial: 2,
    onLayerTried: (shell, isCached) => cached.set(shell, isCached),
  });
  drawing = await startEngine({
    timeoutMs: 120_000,
    minRendersBeforeTrial: 1,
    onCaptureDecided: (page, decision) => decisions.set(page, decision),
  });
  ({ browser } = await engine.supervisor.lease());
});
afterAll(async () => {
  await engine?.stop();
  await drawing?.stop();
  await source.close();
  await preparer.close();
  await registry.close();
});

type Card = Pick<(typeof cards)[number], 'template' | 'size'>;

async function jobOf(
  { template, size }: Card,
  data: Record<string, unknown>,
): Promise<RenderInput> {
  const { fields } = resolveFields(template, data, { onMissing: 'review' });
  const output = completeOutput({ format: 'png' });
  const { id: templateId, version: templateVersion } = template;
  const spec: ImageSpec = { templateId, templateVersion, fields, size, output };
  const { assets } = await gather(template, spec);
  const lang = documentLanguage(fields);
  return jobFor(template, '', {
    size,
    assets,
    ...(lang === undefined ? {} : { lang }),
    body: (addresses) => template.body(fields, addresses),
  });
}

/** The way of those who have no warm pages. The fit runs once: what it does is part of the design. */
async function freshPixels(job: RenderInput): Promise<Buffer> {
  const { template, size, lang = '', nonce } = job;
  const published = engine.origin.serveTemplatePage(job);
  const lent = [...job.assets].map(([field, p]) => ({ field, ...engine.origin.serveAsset(p) }));
  const context = await browser.newContext({
    viewport: { width: size.widthPx, height: size.heightPx },
    reducedMotion: 'reduce',
    locale: 'en-US',
    timezoneId: 'UTC',
  });
  try {
    const page = await context.newPage();
    await page.goto(published.url);
    const html = job.body(new Map(lent.map(({ field, address }) => [field, address])));
    const shell = templatePageDocument(job, fonts.css);
    await page.setContent(
      shell.replace('<body></body>', () => `<body>${html}</body>`),
      { waitUntil: 'load' },
    );
    await page.evaluate(`(${pageProgram('installPage')})()`);
    await page.evaluate(
      (given) => (globalThis as unknown as { cardpress: PageApi }).cardpress.show(given),
      { nonce, lang, html, assets: [] },
    );
    return await page.screenshot({ omitBackground: template.manifest.transparent ?? false });
  } finally {
    await context.close();
    published.release();
    for (const { release } of lent) release();
  }
}

async function difference(a: Buffer, b: Buffer): Promise<{ largest: number; share: number }> {
  const [x, y] = await Promise.all([a, b].map((png) => sharp(png).ensureAlpha().raw().toBuffer()));
  if (!x || !y || x.length !== y.length) return { largest: 255, share: 1 };
  if (x.equals(y)) return { largest: 0, share: 0 };
  let [largest, different] = [0, 0];
  x.forEach((value, i) => {
    const other = y[i] ?? 0;
    if (value === other) return;
    different += 1;
    largest = Math.max(largest, Math.abs(value - other));
  });
  return { largest, share: different / x.length };
}

/** Of what Chromium makes by default of the same pixels, taking ten times as long: 107% at most. */
const MAX_BYTES_SHARE = 1.08;
const SAME = { largest: 0, share: 0 };
const pixelsOf = async (job: RenderInput) => (await engine.renderer.render(job)).pixels;
const otherData = ({ edgeCases, sample }: Template) => [...edgeCases.values()][0] ?? sample;

describe('the same pixels as from a fresh page', () => {
  it.each(cards)('$card: in a warm page, and over a cached layer', async ({ template, size }) => {
    const card = { template, size };
    const other = await jobOf(card, otherData(template));
    const job = await jobOf(card, template.sample);
    const first = await pixelsOf(other);
    const warm = await pixelsOf(job);
    const again = await pixelsOf(job);
    const fresh = await freshPixels(job);
    expect(await difference(warm, fresh)).toEqual(SAME);
    // The same encoder makes the same bytes of the same pixels.
    expect(again.equals(warm)).toBe(true);
    expect((await pixelsOf(other)).equals(first)).toBe(true);

    const stored = await encoder.encode(warm, { type: 'png' }, completeOutput({ format: 'png' }));
    expect(await difference(stored.body, fresh)).toEqual(SAME);
    expect(stored.body.length / fresh.length).toBeLessThan(MAX_BYTES_SHARE);
  });

  it('and the layers that are marked as static were cached', () => {
    const names = [...cached]
      .filter(([, isCached]) => isCached)
      .map(([name]) => name.split('/')[0]);
    const marked = registry
      .list()
      .filter((t) =>
        t.body(resolveFields(t, t.sample).fields, new Map()).includes(' data-static '),
      );
    expect(marked.length).toBeGreaterThan(0);
    expect([...new Set(names)].sort()).toEqual(marked.map(({ id }) => id).sort());
  });
});

/** Their layers are composited one by one, which rounds otherwise. */
const BY_SCREENSHOT = ['event', 'podcast', 'stats'];

describe('drawn into a canvas', () => {
  const drawn = cards.filter(
    ({ template }) => isFullRun || ['article', 'generic', 'event'].includes(template.id),
  );

  it.each(drawn)('$card: the same file as by screenshot', async ({ template, size }) => {
    const job = await jobOf({ template, size }, template.sample);
    const asJpeg = { ...job, capture: { type: 'jpeg' as const, quality: 85 } };
    const shot = async () => (await drawing.renderer.render(asJpeg)).pixels;
    const byScreenshot = await shot();
    const after = await shot();
    const name = templatePageName(job);
    expect(decisions.get(name)?.reason).toMatch(/^(same|differs)$/);
    if (!BY_SCREENSHOT.includes(template.id)) expect(decisions.get(name)?.way).toBe('element');
    expect(after.equals(byScreenshot)).toBe(true);
  });
});
