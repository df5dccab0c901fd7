import { type Browser, chromium } from 'playwright';
import { loadFontLibrary } from '../src/browser/font-library.js';
import { shellDocument } from '../src/browser/shell-document.js';
import { composeDrawing, loadRegistry } from '../src/compose/drawing.js';
import { loadSettings } from '../src/config/settings.js';
import type { ImageFormat, ImageSpec } from '../src/images/image.js';
import { completeOutput } from '../src/images/prepare.js';
import { createLogger } from '../src/observability/logger.js';
import { createMetrics } from '../src/observability/metrics.js';
import { resolveFields } from '../src/templates/resolve-fields.js';
import type { Template } from '../src/templates/template.js';

/** One way to make the same picture. `press(i)` makes the i-th one and returns its bytes. */
export interface Contender {
  name: string;
  press(index: number, format: ImageFormat): Promise<Buffer>;
  close(): Promise<void>;
}

export interface Stage {
  template: Template;
  /** Jobs in flight at once, the same for every contender. */
  concurrency: number;
}

const JPEG_QUALITY = 85;

/** Every picture differs from the one before, as real ones do. */
function specFor(template: Template, index: number, format: ImageFormat): ImageSpec {
  const data = { ...template.sample, title: `Card number ${index} of this run` };
  const { fields } = resolveFields(template, data);
  const [widthPx, heightPx] = template.manifest.sizes.og ?? [1200, 630];
  return {
    templateId: template.id,
    templateVersion: template.version,
    fields,
    size: { name: 'og', widthPx, heightPx },
    output: completeOutput({ format }),
  };
}

/** A whole document with everything inline: what a browser library is usually handed. */
function standaloneHtml(template: Template, index: number): string {
  const spec = specFor(template, index, 'png');
  const fonts = loadFontLibrary();
  const inline = (css: string) =>
    css.replaceAll(/url\(\/fonts\/([^)]+)\)/g, (whole, path: string) => {
      const file = fonts.file(path);
      return file ? `url(data:font/woff2;base64,${file.toString('base64')})` : whole;
    });
  // The Latin faces alone, or the document would be several megabytes.
  const latin = fonts.css
    .split('/* ')
    .filter((rule) => /^[a-z-]+-latin-[a-z]+-/.test(rule))
    .map((rule) => `/* ${rule}`)
    .join('');
  const pictures = new Map<string, string>();
  for (const [name, field] of Object.entries(template.manifest.fields)) {
    const value = spec.fields[name];
    if (field.type !== 'image' || typeof value !== 'string') continue;
    const asset = template.assets.get(value.replace('asset:', ''));
    if (asset) {
      pictures.set(name, `data:${asset.contentType};base64,${asset.body.toString('base64')}`);
    }
  }
  return shellDocument({ template, size: spec.size, scale: 1 }, inline(latin)).replace(
    '<body></body>',
    () => `<body>${template.body(spec.fields, pictures)}</body>`,
  );
}

const screenshotOptions = (format: ImageFormat) =>
  format === 'jpeg' ? { type: 'jpeg' as const, quality: JPEG_QUALITY } : { type: 'png' as const };

async function launch(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH;
  return chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    chromiumSandbox: process.getuid?.() !== 0,
  });
}

/** What most people write: a page for each picture. */
export async function naivePlaywright({ template }: Stage): Promise<Contender> {
  const browser = await launch();
  return {
    name: 'page per picture',
    async press(index, format) {
      const context = await browser.newContext({ viewport: { width: 1200, height: 630 } });
      try {
        const page = await context.newPage();
        await page.setContent(standaloneHtml(template, index), { waitUntil: 'load' });
        return await page.screenshot(screenshotOptions(format));
      } finally {
        await context.close();
      }
    },
    close: () => browser.close(),
  };
}

/** Pages are kept, documents are set anew. */
export async function keptPages({ template, concurrency }: Stage): Promise<Contender> {
  const browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1200, height: 630 } });
  const free = await Promise.all(Array.from({ length: concurrency }, () => context.newPage()));
  return {
    name: 'kept page, new document',
    async press(index, format) {
      const page = free.pop();
      if (!page) throw new Error('more jobs than pages');
      try {
        await page.setContent(standaloneHtml(template, index), { waitUntil: 'load' });
        return await page.screenshot(screenshotOptions(format));
      } finally {
        free.push(page);
      }
    },
    close: () => browser.close(),
  };
}

/** Our engine: fit, verdict, stamp checks and encoding included. */
export async function engine({ template, concurrency }: Stage): Promise<Contender> {
  const settings = loadSettings({ ...process.env, RENDER_CONCURRENCY: String(concurrency) });
  const registry = await loadRegistry(settings);
  const drawing = await composeDrawing(settings, registry, {
    logger: createLogger('error'),
    metrics: createMetrics(),
  });
  return {
    name: 'Cardpress engine',
    async press(index, format) {
      const drawn = await drawing.draw(specFor(registry.get(template.id), index, format));
      return drawn.encoded.body;
    },
    async close() {
      await drawing.close();
      await registry.close();
    },
  };
}
