import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import type { BrowserLease } from '../../../src/browser/browser-supervisor.js';
import { captureWays } from '../../../src/browser/capture.js';
import { loadFontLibrary } from '../../../src/browser/font-library.js';
import { createJobDeadline, type JobDeadline } from '../../../src/browser/job-deadline.js';
import { openTemplatePage, type TemplatePage } from '../../../src/browser/template-page.js';
import { templatePageDocument } from '../../../src/browser/template-page-document.js';
import { AppError } from '../../../src/errors/app-error.js';
import { colourBody, coloursOf, readPixels, shownColours } from '../../support/colour-code.js';
import { bareTemplate, type Engine, jobFor, startEngine } from '../../support/engine.js';

let engine: Engine;

beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine?.stop());

const card = bareTemplate(
  `body { background: #ffffff; }
   h1 { position: absolute; left: 20px; top: 20px; width: 280px; height: 100px; margin: 0;
        font-size: 40px; line-height: 1.1; color: #222222; }`,
);

describe('the pixels', () => {
  it('show #123456 as #123456, and every other colour as it was written', async () => {
    const { pixels } = await engine.draw(
      bareTemplate('body { background: #123456; }'),
      colourBody('exact'),
    );
    expect(await shownColours(pixels)).toEqual(coloursOf('exact'));
    expect((await readPixels(pixels)).at(160, 120)).toBe('#123456');
  });

  it.each([1, 2, 3])('at scale %i are that many times as wide and high', async (scale) => {
    const { pixels } = await engine.draw(card, colourBody('scaled'), { scale });
    const { width, height } = await sharp(pixels).metadata();
    expect([width, height]).toEqual([320 * scale, 180 * scale]);
    expect(await shownColours(pixels, scale)).toEqual(coloursOf('scaled'));
  });

  it('are transparent where a transparent template paints nothing, and white where another does not', async () => {
    const half = '<i style="position:absolute;inset:0 50% 0 0;background:rgb(0 128 0 / 50%)"></i>';
    const clear = await engine.draw(bareTemplate('', { transparent: true }), half);
    const opaque = await engine.draw(bareTemplate(''), half);
    expect((await readPixels(clear.pixels)).at(300, 90)).toBe('#00000000');
    expect((await readPixels(clear.pixels)).at(10, 90)).toMatch(/^#00(7f|80|81)00(7f|80)$/);
    expect((await readPixels(opaque.pixels)).at(300, 90)).toBe('#ffffff');
  });

  it('leave the browser as JPEG where that is asked, in the quality that is asked', async () => {
    const draw = (quality: number) =>
      engine.draw(card, '<h1>JPEG at its best</h1>', { capture: { type: 'jpeg', quality } });
    const fine = await draw(95);
    const coarse = await draw(30);
    expect((await sharp(fine.pixels).metadata()).format).toBe('jpeg');
    expect(fine.form).toEqual({ type: 'jpeg', quality: 95 });
    expect(coarse.pixels.length).toBeLessThan(fine.pixels.length);
  });

  it('hold no motion: animations and transitions stand at their end, carets are not drawn', async () => {
    const moving = bareTemplate(
      `@keyframes slide { from { background: #ff0000; } to { background: #00ff00; } }
       i { position: absolute; inset: 0; background: #0000ff; animation: slide 5s infinite alternate; }`,
    );
    const { pixels } = await engine.draw(moving, '<i></i>');
    expect((await readPixels(pixels)).at(160, 90)).toBe('#0000ff');
  });
});

describe('the same job', () => {
  const body = `${colourBody('again')}<h1 data-fit data-fit-min="12">The same words, shrunk into the same box, twice and more</h1>`;

  it('gives the same bytes again, also in a page that drew others between, and in a new browser', async () => {
    const first = await engine.draw(card, body);
    await engine.draw(card, '<h1 style="font-size:90px;color:red">Another</h1>');
    const second = await engine.draw(card, body);
    expect(second.pixels.equals(first.pixels)).toBe(true);

    const launched = engine.browsers.length;
    await engine.browsers.at(-1)?.close();
    const third = await engine.draw(card, body);
    expect(engine.browsers.length).toBe(launched + 1);
    expect(third.pixels.equals(first.pixels)).toBe(true);
  });

  it('has the pixels of a plain screenshot of the same document in a page of its own', async () => {
    const plain =
      '<h1>Words that need no fitting</h1><i style="position:absolute;inset:150px 0 0 0;background:linear-gradient(90deg,#123456,#fedcba)"></i>';
    const { pixels } = await engine.draw(card, plain);

    const [name, [width, height]] = ['small', [320, 180] as const];
    const browser = engine.browsers.at(-1);
    const published = engine.origin.serveTemplatePage({
      template: card,
      size: { name, widthPx: width, heightPx: height },
      scale: 1,
    });
    const page = await browser?.newPage({ viewport: { width, height }, reducedMotion: 'reduce' });
    if (!page) throw new Error('The engine has no browser.');
    // Its address gives the page the fonts; its content is the document as a whole.
    await page.goto(published.url);
    const html = templatePageDocument(
      { template: card, size: { name, widthPx: width, heightPx: height }, scale: 1 },
      loadFontLibrary().css,
    );
    await page.setContent(html.replace('<body></body>', `<body>${plain}</body>`));
    await page.evaluate(() => document.fonts.ready.then(() => undefined));
    const screenshot = await page.screenshot();
    await page.close();
    published.release();

    const ours = await readPixels(pixels);
    const theirs = await readPixels(screenshot);
    expect(theirs.data.equals(ours.data)).toBe(true);
  });
});

describe('a page that is used again', () => {
  it('keeps nothing of the job before: content, inline styles, fitted sizes, attributes', async () => {
    const shared = bareTemplate(
      `body { background: #ffffff; }
       [data-fit] { position: absolute; left: 20px; top: 20px; width: 280px; height: 60px; font-size: 44px; line-height: 1.1; }
       [data-max-lines] { position: absolute; left: 20px; top: 100px; width: 280px; font-size: 20px; }`,
    );
    const words = (text: string) =>
      `<div data-fit data-fit-min="8" data-field="title">${text}</div><p data-max-lines="2" data-field="text">${text}</p>`;
    const fresh = await engine.draw(bareTemplate(shared.css), words('Short'));
    await engine.draw(
      shared,
      `<body style="background:#ff0000" class="dirty"><style>p{color:red!important}</style>${words('A very long text that has to be shrunk a lot to get into its small box at all, or else is cut. '.repeat(3))}`,
    );
    const after = await engine.draw(shared, words('Short'));
    expect(after.pixels.equals(fresh.pixels)).toBe(true);
    expect(after.warnings).toEqual(fresh.warnings);
    expect(after.texts).toEqual(fresh.texts);
  });

  it('stands where it stood, whatever the job before scrolled to', async () => {
    const tall = bareTemplate(
      'body { background: #ffffff; } .far { position: absolute; top: 2000px; }',
    );
    const body = `${colourBody('top')}<p class="far">far below</p>`;
    const before = await engine.draw(tall, body);
    await engine.draw(tall, '<input class="far" autofocus>');
    const scrolled = await engine
      .pages()
      .at(-1)
      ?.evaluate(() => {
        document.documentElement.scrollTop = 500;
        document.body.scrollTop = 500;
        return document.documentElement.scrollTop + document.body.scrollTop;
      });
    expect(scrolled).toBeGreaterThan(0);
    const after = await engine.draw(tall, body);
    expect(after.pixels.equals(before.pixels)).toBe(true);
  });
});

describe.each(captureWays)('the nonce of a page that is captured by %s', (way) => {
  let lease: BrowserLease;
  let page: TemplatePage;
  let deadline: JobDeadline;
  const jobOf = (nonce: string) => ({ nonce, html: `<h1>${nonce}</h1>`, assets: [] });

  beforeEach(async () => {
    deadline = createJobDeadline(30_000);
    lease = await engine.supervisor.lease();
    const context = await lease.browser.newContext({ viewport: null });
    const opened = await openTemplatePage(context, engine.origin, jobFor(card, ''), way, deadline);
    if (!opened) throw new Error(`this browser cannot capture by ${way}`);
    page = opened;
  });
  afterEach(async () => {
    await page.close();
    lease.release();
  });

  it('lets a picture out while the page holds its job', async () => {
    await page.show(jobOf('mine'), deadline);
    const pixels = await page.capture('mine', { type: 'png' }, deadline);
    expect(('data' in pixels ? pixels.data : pixels).length).toBeGreaterThan(0);
    expect(page.usable).toBe(true);
  });

  it('holds a picture back when the page holds another job by then, and ends the page', async () => {
    await page.show(jobOf('mine'), deadline);
    await page.show(jobOf('theirs'), deadline);
    const captured = page.capture('mine', { type: 'png' }, deadline);
    await expect(captured).rejects.toMatchObject({ code: 'stamp_mismatch', retryable: true });
    expect(page.usable).toBe(false);
  });

  it('holds it back when another job comes in while it is taken, unless it was taken by then', async () => {
    await page.show(jobOf('mine'), deadline);
    const alone = await page.capture('mine', { type: 'png' }, deadline);
    const captured = page.capture('mine', { type: 'png' }, deadline);
    const [outcome] = await Promise.allSettled([captured, page.show(jobOf('theirs'), deadline)]);
    if (outcome.status === 'fulfilled') expect(outcome.value).toEqual(alone);
    else expect(outcome.reason).toMatchObject({ code: 'stamp_mismatch' });
    // A screenshot is always followed by the body that came after it was asked for.
    if (way === 'screenshot') expect(outcome.status).toBe('rejected');
  });
});

describe('a mistake of the template', () => {
  it('is told as it is, and costs no page', async () => {
    await engine.draw(card, '<h1>Warm</h1>');
    const pages = engine.pages();
    const discards = engine.discards.length;
    const body = () => {
      throw new AppError('template_invalid', { detail: 'bare/template.hbs:1: no such helper' });
    };
    await expect(engine.renderer.render({ ...jobFor(card, ''), body })).rejects.toMatchObject({
      code: 'template_invalid',
    });
    expect(engine.discards.length).toBe(discards);
    expect(engine.pages()).toEqual(pages);
  });
});
