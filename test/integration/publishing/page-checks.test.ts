import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { crawlers } from '../../../src/publishing/crawlers.js';
import { colourFields } from '../../support/colour-code.js';
import { webpFrames } from '../../support/hostile-assets.js';
import { notifySettled } from '../../support/notify-settled.js';
import { startService, type TestService } from '../../support/service.js';
import { until } from '../../support/until.js';

let service: TestService;
let site: string;
const asked: { url: string; agent: string; cookie: string | undefined }[] = [];
let answers: Record<string, RequestListener> = {};

const server = createServer((req, res) => {
  const { url = '', headers } = req;
  asked.push({ url, agent: headers['user-agent'] ?? '', cookie: headers.cookie });
  const answer = answers[url];
  if (answer) answer(req, res);
  else res.writeHead(404).end();
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  site = `http://127.0.0.1:${port}`;
  service = await startService({ env: { EGRESS_ALLOW: `127.0.0.1:${port}` } });
});
afterAll(async () => {
  await service?.stop();
  server.closeAllConnections();
  server.close();
});

const html =
  (head: string): RequestListener =>
  (_req, res) =>
    res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<head>${head}</head>`);
const meta = (name: string, content: string) => `<meta property="${name}" content="${content}">`;
const bytes =
  (body: Buffer, headers: Record<string, string> = {}): RequestListener =>
  (_req, res) =>
    res
      .writeHead(200, { 'content-type': 'image/png', 'content-length': body.length, ...headers })
      .end(body);
const png = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#123456' } })
    .png()
    .toBuffer();

async function check(path: string) {
  const { status, json } = await service.api('/v1/pages/check', { body: { url: site + path } });
  expect(status).toBe(200);
  return json;
}

interface Shown {
  code: string;
  severity: string;
  message: string;
}
const codes = (faults: Shown[]) => faults.map(({ code }) => code);
/** Of the first picture: crawler → codes of its errors. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the answer holds
const errorsOf = (report: any): Record<string, string[]> =>
  Object.fromEntries(
    report.pictures[0].verdicts.map((verdict: { crawler: string; faults: Shown[] }) => [
      verdict.crawler,
      codes(verdict.faults.filter(({ severity }) => severity === 'error')),
    ]),
  );
const everyone = (...found: string[]) =>
  Object.fromEntries(crawlers.map(({ name }) => [name, found]));

describe('a page that is to be verified', () => {
  const put = (key: string, data: unknown, more: Record<string, unknown> = {}) =>
    service.api(`/v1/pages/${key}`, {
      method: 'PUT',
      body: { template: 'note', data, verify: true, wait: 30, ...more },
    });

  it('tells how each crawler fared with the stored picture', async () => {
    const { json } = await put('verified', { title: 'Fine' });
    expect(json.verification).toMatchObject({ status: 'passed' });
    expect(json.verification.verdicts).toHaveLength(crawlers.length);
    const url = json.pictures[0].versioned_url;
    for (const [i, verdict] of json.verification.verdicts.entries()) {
      expect(verdict).toMatchObject({
        ...{ crawler: crawlers[i]?.name, url, ok: true, status: 200, content_type: 'image/png' },
        ...{ width: 600, height: 315, redirects: 0, size: 'og' },
      });
      // The address of the tests is http; nothing else is to be said of it.
      expect(codes(verdict.faults)).toEqual(['http']);
    }
    const read = await service.api('/v1/pages/verified');
    expect(read.json.verification).toEqual(json.verification);
  });

  it('fails where a format is not shown by all, or the picture is too small for some', async () => {
    for (const format of ['webp', 'avif']) {
      const { json } = await put(format, { title: format }, { output: { format } });
      expect(json.verification.status).toBe('failed');
    }
    const small = await put('small', colourFields('small'), { template: 'colour-code' });
    const failed = small.json.verification.verdicts.filter(({ ok }: { ok: boolean }) => !ok);
    expect(failed.map(({ crawler }: { crawler: string }) => crawler)).toEqual(['facebook']);
  });

  it('tells its webhook once for each put, with the page and how it was found', async () => {
    const messages: unknown[] = [];
    answers = {
      '/hook': (req, res) => {
        const chunks: Buffer[] = [];
        req.on('data', (chunk: Buffer) => chunks.push(chunk));
        req.on('end', () => {
          messages.push(JSON.parse(Buffer.concat(chunks).toString()));
          res.end();
        });
      },
    };
    const more = { webhook_url: `${site}/hook` };
    const { json } = await put('told', { title: 'Told' }, more);
    // The settled stream brings the same news once more.
    const imageId = json.pictures[0].image_id;
    await notifySettled(service.redis.connect(), {
      ...{ imageId, generation: 1, status: 'completed', watchers: ['page told'] },
    });
    await until(() => messages.length > 0);
    expect(messages[0]).toMatchObject({
      type: 'image.completed',
      data: { id: imageId, page: { key: 'told', verification: { status: 'passed' } } },
    });
    await put('told', { title: 'Told again' }, more);
    await until(() => messages.length > 1);
    expect(messages).toHaveLength(2);
    const { json: list } = await service.api('/v1/deliveries');
    expect(list.items).toHaveLength(2);
  });

  it('is looked at anew with new content, and says nothing of old', async () => {
    const first = await put('anew', { title: 'One' });
    const second = await put('anew', { title: 'Two' });
    expect(second.json.verification.verdicts[0].url).not.toBe(
      first.json.verification.verdicts[0].url,
    );
    const third = await put('anew', { title: 'Three' }, { verify: false });
    expect(third.json.verification).toBeNull();
  });
});

describe('POST /v1/pages/check', () => {
  it('finds nothing wrong with a page of our own tags, as every crawler', async () => {
    const { json } = await service.api('/v1/pages/own', {
      method: 'PUT',
      body: { template: 'note', data: { title: 'Own' }, wait: 30 },
    });
    answers = { '/own': html(json.meta_html) };
    const report = await check('/own');
    expect(report).toMatchObject({ ok: true, faults: [], status: 200 });
    expect(report.pictures[0]).toMatchObject({ alt: 'Own', width: 600, height: 315, faults: [] });
    expect(errorsOf(report)).toEqual(everyone());
  });

  it('asks as each crawler does, without cookies', async () => {
    answers = { '/a': html(meta('og:image', '/a.png')), '/a.png': bytes(await png(1200, 630)) };
    asked.length = 0;
    const report = await check('/a');
    const agents = asked.filter(({ url }) => url === '/a.png').map(({ agent }) => agent);
    expect(agents.sort()).toEqual(crawlers.map(({ userAgent }) => userAgent).sort());
    expect(asked.every(({ cookie }) => cookie === undefined)).toBe(true);
    // What is relative is an error, but it is looked at all the same.
    expect(report.ok).toBe(false);
    expect(codes(report.pictures[0].faults)).toEqual([
      'relative_url',
      'missing_size',
      'missing_alt',
    ]);
    expect(codes(report.faults)).toEqual(['missing_card']);
    expect(report.pictures[0].absolute_url).toBe(`${site}/a.png`);
  });

  it.each<[string, () => Promise<RequestListener>, Record<string, string[]>]>([
    ['HTML instead of a picture', async () => html('<p>'), everyone('html')],
    ['404', async () => (_req, res) => res.writeHead(404).end(), everyone('status')],
    [
      'a wrong type',
      async () => bytes(await png(1200, 630), { 'content-type': 'image/jpeg' }),
      everyone('wrong_type'),
    ],
    ['what is no picture', async () => bytes(Buffer.from('hello')), everyone('not_a_picture')],
    [
      'too small for some',
      async () => bytes(await png(250, 250)),
      { ...everyone(), x: ['too_small'], whatsapp: ['too_small'] },
    ],
    ['a strip', async () => bytes(await png(1201, 300)), { ...everyone(), whatsapp: ['too_wide'] }],
    [
      'too large for some',
      async () => bytes(Buffer.concat([await png(1200, 630), Buffer.alloc(6_000_000)])),
      { ...everyone('too_large'), facebook: [] },
    ],
    [
      'a cookie that is wanted',
      async () => (_req, res) =>
        res.writeHead(302, { location: '/x.png', 'set-cookie': 'a=1' }).end(),
      everyone('needs_cookie'),
    ],
  ])('tells of %s', async (_name, answer, expected) => {
    answers = { '/x': html(meta('og:image', `${site}/x.png`)), '/x.png': await answer() };
    const report = await check('/x');
    expect(report.ok).toBe(false);
    expect(errorsOf(report)).toEqual(expected);
  });

  it('warns of redirects, cookies, and dimensions that are not those announced', async () => {
    const head = [
      meta('og:image', `${site}/old.png`),
      meta('og:image:width', '1200'),
      meta('og:image:height', '600'),
    ].join('');
    answers = {
      '/w': html(head),
      '/old.png': (_req, res) => res.writeHead(301, { location: '/new.png' }).end(),
      '/new.png': bytes(await png(1200, 630), { 'set-cookie': 'a=1' }),
    };
    const report = await check('/w');
    const [verdict] = report.pictures[0].verdicts;
    expect(verdict).toMatchObject({ ok: true, redirects: 1, status: 200 });
    expect(codes(verdict.faults).sort()).toEqual([
      'http',
      'redirected',
      'sets_cookie',
      'wrong_dimensions',
    ]);
  });

  it('warns where a picture becomes a thumbnail, or is heavier than is safe', async () => {
    const warned = async (body: Buffer) => {
      answers = { '/s': html(meta('og:image', `${site}/s.png`)), '/s.png': bytes(body) };
      const { verdicts } = (await check('/s')).pictures[0];
      return Object.fromEntries(
        verdicts.map(({ crawler, faults }: { crawler: string; faults: Shown[] }) => [
          crawler,
          faults.filter(({ code }) => code !== 'http').map((f) => `${f.severity} ${f.code}`),
        ]),
      );
    };
    const nothing = everyone();
    expect(await warned(await png(400, 314))).toEqual({
      ...nothing,
      facebook: ['warning too_small'],
      linkedin: ['warning too_small'],
    });
    expect(await warned(await png(600, 315))).toEqual(nothing);
    const heavy = Buffer.concat([await png(1200, 630), Buffer.alloc(300_000)]);
    expect(await warned(heavy)).toEqual({ ...nothing, whatsapp: ['warning too_large'] });
  });

  it('reads a file that is slow to read once, and for its head no longer than a second of work', async () => {
    // Each of 60,000 frames makes its reader begin anew at the first.
    const body = webpFrames(60_000);
    const head = `<meta name="twitter:card" content="summary_large_image">${meta('og:image', '/frames.webp')}`;
    answers = {
      '/frames': html(head),
      '/frames.webp': bytes(body, { 'content-type': 'image/webp' }),
    };
    const deaths = async () => {
      const text = await (await fetch(`${service.url}/metrics`)).text();
      const [, count = '0'] =
        /^cardpress_decoder_deaths_total\{[^}]*by="page_checks"[^}]*\} (\d+)/m.exec(text) ?? [];
      return Number(count);
    };
    const before = await deaths();
    const report = await check('/frames');
    for (const { faults } of report.pictures[0].verdicts) {
      expect(codes(faults)).toContain('not_a_picture');
    }
    expect((await deaths()) - before).toBe(1);
  });

  it('tells of pages that name no picture, answer otherwise, or must not be asked', async () => {
    answers = { '/none': html('<title>x</title>'), '/json': bytes(Buffer.from('{}')) };
    expect(codes((await check('/none')).faults)).toEqual(['no_image', 'missing_card']);
    expect(codes((await check('/json')).faults)).toEqual(['wrong_type']);
    expect(codes((await check('/missing')).faults)).toEqual(['status']);
    const inner = await service.api('/v1/pages/check', { body: { url: 'http://127.0.0.1:1/' } });
    expect(codes(inner.json.faults)).toEqual(['not_allowed']);
    for (const url of ['ftp://example.com/', 'nothing']) {
      const { status, json } = await service.api('/v1/pages/check', { body: { url } });
      expect([status, json.errors[0].path]).toEqual([422, 'url']);
    }
  });
});
