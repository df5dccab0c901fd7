import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright';
import { loadSettings } from '../../../src/config/settings.js';
import { type LivePreview, startPreview } from '../../../src/dev/start-preview.js';
import { createLogger } from '../../../src/observability/logger.js';
import { createMetrics } from '../../../src/observability/metrics.js';
import { chromiumPath } from '../../support/chromium-path.js';
import {
  manifestJson,
  templateFiles,
  temporaryDirectory,
  writeFiles,
} from '../../support/templates/template-files.js';

const WAIT = { timeout: 20_000 };

const files = (name: string) =>
  templateFiles({
    'template.json': JSON.stringify(
      manifestJson({
        name,
        sizes: { small: [160, 90], high: [90, 160] },
        default_size: 'small',
        fields: {
          title: { type: 'text', label: 'Title', max_length: 12 },
          theme: { type: 'choice', label: 'Theme', choices: ['light', 'dark'], default: 'light' },
        },
      }),
    ),
    'template.hbs': '<p class="{{theme}}" data-field="title">{{title}}</p>\n',
    'style.css': 'p { margin: 30px 20px; color: #123456 }',
    'ugly/long.json': '{ "title": "A title of more than twelve" }',
  });

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let preview: LivePreview;
let browser: Browser;
let page: Page;
/** What the browser complained about: errors of the script, refused by the policy, missing files. */
const complaints: string[] = [];

beforeAll(async () => {
  directory = await temporaryDirectory();
  await writeFiles(join(directory.path, 'first'), files('First'));
  await writeFiles(join(directory.path, 'second'), files('<b>Second</b>'));
  const settings = loadSettings({
    CHROMIUM_PATH: await chromiumPath(),
    TEMPLATES_DIR: directory.path,
    RENDER_CONCURRENCY: '1',
  });
  preview = await startPreview(settings, 0, {
    logger: createLogger('silent'),
    metrics: createMetrics(),
  });
  browser = await chromium.launch({
    executablePath: await chromiumPath(),
    chromiumSandbox: process.getuid?.() !== 0,
  });
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
  await page.goto(`http://127.0.0.1:${preview.port}/`);
});
afterAll(async () => {
  await browser?.close();
  await preview?.stop();
  await directory?.remove();
});

/** Of the first template with its sample data, before anything is changed. */
let sample: string | null;

const pictureAddress = () => page.locator('#picture').getAttribute('src', WAIT);

/** The next picture, once it is another than this one. */
async function pictureAfter(before: string | null): Promise<string | null> {
  await page.waitForFunction(
    (old) => {
      const address = document.querySelector('#picture')?.getAttribute('src');
      return address && address !== old;
    },
    before,
    WAIT,
  );
  return pictureAddress();
}

/** Resolves once this picture is shown; what was asked for before may be shown meanwhile. */
async function showsPicture(address: string | null): Promise<void> {
  await page.waitForFunction(
    (wanted) => document.querySelector('#picture')?.getAttribute('src') === wanted,
    address,
    WAIT,
  );
}

describe('the page of the live preview', () => {
  it('shows the first template, its picture in the standard size, and that all is well', async () => {
    const address = await pictureAfter(null);
    sample = address;
    expect(address).toMatch(/^\/pictures\/[0-9a-f]{32}\.png$/);
    expect(await page.locator('h1').textContent()).toBe('First');
    expect(await page.locator('#templates a').allTextContents()).toEqual([
      'First',
      '<b>Second</b>',
    ]);
    expect(await page.locator('#caption').textContent()).toMatch(/^160 × 90 px · PNG \d+ KB · /);
    const size = await page.locator('#picture').boundingBox();
    expect([size?.width, size?.height]).toEqual([160, 90]);
  });

  it('draws another size, scale and theme, and writes the theme into the data', async () => {
    const small = await pictureAddress();
    await page.getByRole('button', { name: 'high 90×160' }).click();
    const high = await pictureAfter(small);
    await page.getByRole('button', { name: '2×' }).click();
    const large = await pictureAfter(high);
    expect(await page.locator('#caption').textContent()).toMatch(/^180 × 320 px/);
    expect((await page.locator('#picture').boundingBox())?.width).toBe(90);
    await page.getByRole('button', { name: 'dark' }).click();
    expect(await page.locator('#data').inputValue()).toContain('"theme": "dark"');
    expect(await page.getByRole('button', { name: 'dark' }).getAttribute('aria-pressed')).toBe(
      'true',
    );
    await page.getByRole('button', { name: 'Reset' }).click();
    await page.getByRole('button', { name: '1×' }).click();
    await page.getByRole('button', { name: 'small 160×90' }).click();
    expect(large).not.toBe(high);
    await showsPicture(small);
  });

  it('shows the verdict on ugly data, with field, severity and message', async () => {
    await page.locator('#case').selectOption('ugly/long');
    const row = page.locator('.remark.warning');
    await row.first().waitFor(WAIT);
    expect(await row.locator('b').textContent()).toBe('title');
    expect(await row.locator('p').textContent()).toContain('it was cut to 12');
  });

  it('draws what is typed, and keeps the picture while it is not valid JSON', async () => {
    const before = await pictureAddress();
    await page.locator('#data').fill('{ "title": "Typed" }');
    const typed = await pictureAfter(before);
    await page.locator('#data').fill('{ "title": ');
    await page.waitForFunction(
      () => document.querySelector('#data-fault')?.textContent?.startsWith('Not valid JSON'),
      undefined,
      WAIT,
    );
    expect(await pictureAddress()).toBe(typed);
    await page.getByRole('button', { name: 'Reset' }).click();
    await page.locator('#case').selectOption('sample');
    await showsPicture(sample);
  });

  it('shows a saved file without being asked', async () => {
    const before = await pictureAddress();
    await writeFiles(join(directory.path, 'first'), { 'style.css': 'body { background: #00f }' });
    expect(await pictureAfter(before)).not.toBe(before);
  });

  it('shows the problem by line while the template is broken, and the last good picture', async () => {
    const before = await pictureAddress();
    await writeFiles(join(directory.path, 'first'), { 'template.hbs': '<p>\n{{titel}}</p>' });
    const place = page.locator('#problems .place', { hasText: 'template.hbs:2:3' });
    await place.waitFor(WAIT);
    expect(await page.locator('#problems').textContent()).toContain('Did you mean "title"?');
    expect(await page.locator('#problems pre').textContent()).toBe('{{titel}}</p>');
    expect(await page.locator('#templates .count').textContent()).toBe('1');
    expect(await page.locator('#picture').isVisible()).toBe(true);
    expect(before).not.toBeNull();

    await writeFiles(join(directory.path, 'first'), { 'template.hbs': '<p>{{title}}</p>' });
    await page.locator('#problems').waitFor({ state: 'hidden', ...WAIT });
  });

  it('goes to another template, whose name is text and not markup, and comes back to it after a reload', async () => {
    const before = await pictureAddress();
    await page.locator('#templates a').nth(1).click();
    await page.locator('h1', { hasText: '<b>Second</b>' }).waitFor(WAIT);
    expect(await page.locator('h1 b').count()).toBe(0);
    // It looks as the first one did before its files were changed.
    await showsPicture(sample);
    expect(before).not.toBe(sample);
    await page.reload();
    await showsPicture(sample);
    expect(await page.locator('h1').textContent()).toBe('<b>Second</b>');
  });

  it('gave the browser nothing to complain about', () => {
    expect(complaints.filter((text) => !text.includes('/api/events'))).toEqual([]);
  });
});
