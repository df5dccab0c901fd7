import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TemplateManifest } from '../../../src/templates/manifest.js';
import type { Template } from '../../../src/templates/template.js';
import { readPixels } from '../../support/colour-code.js';
import { bareTemplate, type Engine, startEngine } from '../../support/engine.js';
import { until } from '../../support/until.js';

const tried = new Map<string, boolean>();
let engine: Engine;

beforeAll(async () => {
  engine = await startEngine({
    captureWay: 'screenshot',
    minRendersBeforeTrial: 1,
    onLayerTried: (shell, isCached) => tried.set(shell.split('@')[0] ?? '', isCached),
  });
});
afterAll(() => engine?.stop());

const LAYER = '<div class="background" data-static><i></i></div>';
const CARD = '<p class="card">Words</p>';
const css = `body { background: #ffffff; }
  .background { background: linear-gradient(90deg, #102030, #405060); }
  .background i { position: absolute; inset: 60px 110px; background: #ff0000; filter: blur(12px); }
  .card { position: relative; margin: 60px; background: #00ff0033; }`;

/** Its samples are empty: `body` alone says what they show. */
function templateOf(
  style: string,
  body: Template['body'],
  manifest: Partial<TemplateManifest> = {},
): Template {
  return { ...bareTemplate(style, manifest), body };
}

async function draw(template: Template, html: string) {
  const { pixels } = await engine.draw(template, html);
  return pixels;
}

/** Whether the layer became a picture; a first job is drawn, after which it is tried. */
async function isCached(template: Template, html = `${LAYER}${CARD}`): Promise<boolean> {
  await draw(template, html);
  const shell = `${template.id}/${template.version}/small`;
  await until(() => tried.has(shell));
  return tried.get(shell) ?? false;
}

/** How many warm pages of this template show its layer as a picture now. */
async function dressed({ id, version }: Template): Promise<number> {
  const frames = engine.frames().filter((frame) => frame.url().includes(`/t/${id}/${version}/`));
  const counts = await Promise.all(frames.map((frame) => frame.locator('[data-cached]').count()));
  return counts.reduce((sum, count) => sum + count, 0);
}

describe('a layer that is marked as static', () => {
  it('is shown as a picture of itself, and not one byte differs', async () => {
    const html = `${LAYER}${CARD}`;
    const template = templateOf(css, () => html);
    const plain = await draw(template, html);
    expect(await isCached(template, html)).toBe(true);
    const cached = await draw(template, html);
    expect(await dressed(template)).toBe(1);
    expect(cached.equals(plain)).toBe(true);
  });

  it('lies below everything, whatever the template says of it', async () => {
    const above = `${css} .background { z-index: 9 !important; position: static; }`;
    const template = templateOf(above, () => `${LAYER}${CARD}`);
    const html = `${LAYER}<b style="position:absolute;inset:0;z-index:-3;background:#123456"></b>`;
    expect(await isCached(template)).toBe(true);
    expect((await readPixels(await draw(template, html))).at(5, 5)).toBe('#123456');
  });

  it('is not cached where colours or themes of the data change it', async () => {
    const themed = templateOf(
      `${css} body:has(.dark) .background { background: #000000; }`,
      ({ theme }) => `${LAYER}<p class="card ${theme}">Words</p>`,
      {
        fields: {
          theme: { type: 'choice', label: 'Theme', choices: ['light', 'dark'], default: 'light' },
        },
      } as Partial<TemplateManifest>,
    );
    expect(await isCached(themed)).toBe(false);
    const html = `${LAYER}<p class="card dark">Words</p>`;
    expect((await readPixels(await draw(themed, html))).at(2, 2)).toBe('#000000');
  });

  it('is drawn itself where a job changes it in a way that no sample shows', async () => {
    const rare = `${css} body:has(.rare) .background { background: #0000ff; } html:lang(ar) .background i { display: none; }`;
    const template = templateOf(rare, () => `${LAYER}${CARD}`);
    expect(await isCached(template)).toBe(true);
    const seen = await readPixels(await draw(template, `${LAYER}<p class="card rare">Words</p>`));
    expect(seen.at(2, 2)).toBe('#0000ff');
    expect(await dressed(template)).toBe(0);
    const { pixels } = await engine.draw(template, `${LAYER}${CARD}`, { lang: 'ar' });
    const [arabic, plain] = await Promise.all(
      [pixels, await draw(template, `${LAYER}${CARD}`)].map(readPixels),
    );
    expect(arabic?.at(160, 90)).not.toBe(plain?.at(160, 90));
    const other = LAYER.replace('<i>', '<i style="background:#00ff00">');
    const green = await readPixels(await draw(template, `${other}${CARD}`));
    expect(green.at(160, 90)).not.toBe(plain?.at(160, 90));
  });

  it.each([
    ['holds text', '<div class="background" data-static>Words</div>'],
    [
      'has an id that others may refer to',
      '<div class="background" data-static><i id="x"></i></div>',
    ],
    ['shows a picture', '<div class="background" data-static><img src="data:," alt=""></div>'],
    [
      'refers to what stands outside',
      '<div class="background" data-static style="filter:url(#x)"></div>',
    ],
    ['does not come first', `<i></i>${LAYER}`],
  ])('is drawn itself where it %s', async (_, layer) => {
    const html = `${layer}${CARD}`;
    const template = templateOf(css, () => html);
    expect(await isCached(template, html)).toBe(false);
    await draw(template, html);
    expect(await dressed(template)).toBe(0);
  });

  it('is drawn itself over a transparent background, and where hosts have a say in it', async () => {
    const body = () => `${LAYER}${CARD}`;
    expect(await isCached(templateOf(css, body, { transparent: true }))).toBe(false);
    expect(await isCached(templateOf(css, body, { network: ['cdn.example.com'] }))).toBe(false);
  });

  it('is cached for each version, size and scale apart', async () => {
    const body = () => `${LAYER}${CARD}`;
    const first = templateOf(css, body);
    const second = { ...templateOf(css.replace('#102030', '#ffff00'), body), id: first.id };
    expect(await isCached(first)).toBe(true);
    expect(await isCached(second)).toBe(true);
    expect((await readPixels(await draw(first, body()))).at(0, 90)).toMatch(/^#1[01]2[01]3[01]$/);
    expect((await readPixels(await draw(second, body()))).at(0, 90)).toMatch(/^#f[ef]f[ef]0[01]$/);
    const large = () => engine.draw(first, body(), { scale: 2 }).then(({ pixels }) => pixels);
    const [plain, cached] = [await large(), await large()];
    expect(await dressed(first)).toBeGreaterThan(0);
    expect(cached.equals(plain)).toBe(true);
  });
});
