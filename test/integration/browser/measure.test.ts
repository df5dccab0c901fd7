import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrowserLease } from '../../../src/browser/browser-supervisor.js';
import { createJobDeadline } from '../../../src/browser/job-deadline.js';
import { openTemplatePage, type TemplatePage } from '../../../src/browser/template-page.js';
import { parseEgressRule } from '../../../src/config/egress-rule.js';
import { AppError } from '../../../src/errors/app-error.js';
import type { MeasureBody, MeasureJob } from '../../../src/images/check-ports.js';
import { type AssetServer, startAssetServer } from '../../support/asset-server.js';
import { colourBody } from '../../support/colour-code.js';
import { bareTemplate, type Engine, jobFor, startEngine } from '../../support/engine.js';
import { PIXEL } from '../../support/templates/template-files.js';
import { until } from '../../support/until.js';

let engine: Engine;

beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine?.stop());

const card = bareTemplate(
  `[data-fit] { position: absolute; left: 20px; top: 20px; width: 280px; height: 60px; font-size: 44px; line-height: 1.1; }
   [data-max-lines] { position: absolute; left: 20px; top: 100px; width: 280px; font-size: 20px; }
   b { position: absolute; left: 20px; top: 20px; } b:lang(de) { left: 0; }`,
);
const words = (text: string) =>
  `<div data-fit data-fit-min="8" data-field="title">${text}</div><p data-max-lines="2" data-field="text">${text}</p>`;
const LONG = 'A very long text that has to be shrunk a lot to get into its small box. '.repeat(3);

const bodyOf = (html: string, more: Partial<MeasureBody> = {}): MeasureBody => ({
  assets: new Map(),
  body: () => html,
  ...more,
});

function measureJob(bodies: MeasureBody[], more: Partial<MeasureJob> = {}): MeasureJob {
  const { nonce, template, size, scale } = jobFor(card, '');
  return { nonce, template, size, scale, bodies, ...more };
}

describe('several bodies in one visit', () => {
  it('have the warnings that each has when it is pressed alone, whatever stood there before', async () => {
    const bodies = [words('Short'), words(LONG), words('Short'), words('\u0378 left'), words(LONG)];
    const measured = await engine.renderer.measure(measureJob(bodies.map((html) => bodyOf(html))));
    const pressed = [];
    for (const html of bodies) pressed.push((await engine.draw(card, html)).warnings);
    expect(measured).toEqual(pressed);
    expect(measured[1]?.map(({ code }) => code)).toContain('text_shortened');
    expect(measured[0]).toEqual([]);
  });

  it('are each in their own language', async () => {
    const text = bodyOf('<b data-field="title">Words</b>');
    const [plain, german, again] = await engine.renderer.measure(
      measureJob([text, { ...text, lang: 'de' }, text]),
    );
    expect(german).toContainEqual(expect.objectContaining({ code: 'text_near_edge' }));
    expect(plain).toEqual([]);
    expect(again).toEqual([]);
  });

  it('see their own pictures under addresses that exist while they are shown', async () => {
    const picture = {
      hash: 'a'.repeat(64),
      contentType: 'image/svg+xml' as const,
      body: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'),
      widthPx: 8,
      heightPx: 8,
    };
    const shows = (addresses: ReadonlyMap<string, string>) =>
      `<img data-field="logo" src="${addresses.get('logo') ?? '/p/nothing.img'}">`;
    const job = measureJob([
      { assets: new Map([['logo', picture]]), body: shows },
      { assets: new Map(), body: shows },
    ]);
    const [given, missing] = await engine.renderer.measure(job);
    expect(given).toEqual([]);
    expect(missing).toMatchObject([{ code: 'picture_not_shown', field: 'logo' }]);
  });

  it('leave nothing to the picture that is pressed after them', async () => {
    const body = `${colourBody('after')}${words('Short')}`;
    const before = await engine.draw(card, body);
    const dirty = bodyOf(`<body style="background:red"><style>p{color:red}</style>${words(LONG)}`);
    await engine.renderer.measure(measureJob([dirty, { ...dirty, lang: 'ar' }]));
    const after = await engine.draw(card, body);
    expect(after.pixels.equals(before.pixels)).toBe(true);
  });

  it('fail together where one cannot be made, and cost no page', async () => {
    const discards = engine.discards.length;
    const bad = bodyOf('', {
      body() {
        throw new AppError('template_invalid', { detail: 'no such helper' });
      },
    });
    await expect(engine.renderer.measure(measureJob([bodyOf(''), bad]))).rejects.toMatchObject({
      code: 'template_invalid',
    });
    expect(engine.discards.length).toBe(discards);
  });

  it('end with the page that dies under them; the next visit has a new one', async () => {
    await engine.renderer.measure(measureJob([bodyOf('')]));
    const pages = engine.pages();
    const visit = engine.renderer.measure(measureJob([bodyOf(words(LONG))], { scale: 1 }));
    await Promise.all(pages.map((page) => page.close()));
    await visit.catch((error: unknown) => expect(error).toMatchObject({ code: 'render_crashed' }));
    expect(await engine.renderer.measure(measureJob([bodyOf(words('Short'))]))).toEqual([[]]);
  });

  it('are not begun for a job that was cancelled', async () => {
    const job = measureJob([bodyOf('')], { signal: AbortSignal.abort() });
    await expect(engine.renderer.measure(job)).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('the nonce of each body', () => {
  let server: AssetServer;
  let guarded: Engine;
  let lease: BrowserLease;
  let page: TemplatePage;
  const deadline = createJobDeadline(30_000);

  beforeAll(async () => {
    server = await startAssetServer(PIXEL);
    guarded = await startEngine({
      declared: [server.allow],
      egressAllow: [parseEgressRule(server.allow)],
    });
    lease = await guarded.supervisor.lease();
    const context = await lease.browser.newContext({ viewport: null });
    const template = bareTemplate('', { network: [server.allow] });
    const spec = jobFor(template, '');
    const opened = await openTemplatePage(context, guarded.origin, spec, 'screenshot', deadline);
    if (!opened) throw new Error('no page was opened');
    page = opened;
  });
  afterAll(async () => {
    await page?.close();
    lease?.release();
    await guarded?.stop();
    await server?.close();
  });

  it('is looked at when it has been judged: what another job replaced is no result', async () => {
    // A picture that is on its way lets others in while the body stands.
    const jobs = ['a', 'b', 'c'].map((name) => ({
      nonce: `mine-${name}`,
      html: `<img src="${server.url(`/${name}.png`)}">`,
      assets: [],
    }));
    expect(await page.measure(jobs, deadline)).toHaveLength(3);

    server.hold();
    const held = jobs.map((job) => ({ ...job, html: job.html.replace('.png', '-held.png') }));
    const measured = page.measure(held, deadline);
    measured.catch(() => undefined);
    await until(() => server.held === 1);
    await page.show({ nonce: 'theirs', html: '<h1>theirs</h1>', assets: [] }, deadline);
    server.release();
    await expect(measured).rejects.toMatchObject({ code: 'stamp_mismatch', retryable: true });
    expect(page.usable).toBe(false);
  });
});
