import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { colourFields, coloursOf, shownColours } from '../../support/colour-code.js';
import { startService, type TestService } from '../../support/service.js';

/*
 * Crawlers that others wrote read a site whose pages hold `meta_html`. They are CommonJS and share
 * packages, which the loader of the tests takes only one after the other.
 */
const { default: openGraphScraper } = await import('open-graph-scraper');
const { default: metascraper } = await import('metascraper');
const { default: metascraperImage } = await import('metascraper-image');
const { default: metascraperTitle } = await import('metascraper-title');

let service: TestService;
let origin: string;
/** Path → the page. */
const pages = new Map<string, string>();
const site = createServer((req, res) => {
  const page = pages.get(req.url ?? '');
  res.writeHead(page ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' }).end(page);
});

beforeAll(async () => {
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  service = await startService();
});
afterAll(async () => {
  site.closeAllConnections();
  site.close();
  await service?.stop();
});

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** A page of a blog as its author would build it: our tags in its head, other pictures around. */
async function publish(key: string, title: string, more: object = {}) {
  const { status, json } = await service.api(`/v1/pages/${key}`, {
    method: 'PUT',
    body: {
      template: 'colour-code',
      data: colourFields(key),
      alt: title,
      page_url: `${origin}/${key}`,
      wait: 30,
      ...more,
    },
  });
  expect([status, json.status]).toEqual([201, 'ready']);
  const head = `<meta charset="utf-8"><title>${escaped(title)}</title>\n${json.meta_html}`;
  const body = '<img src="/logo.png"><article><img src="/photo.jpg" width="900"></article>';
  pages.set(`/${key}`, `<!doctype html><html><head>${head}</head><body>${body}</body></html>`);
  return { json, url: `${origin}/${key}` };
}

async function scrape(url: string) {
  const { result } = await openGraphScraper({ url });
  return result;
}
/** It turns quotes into those of print. */
const straight = (text = '') => text.replace(/[“”]/g, '"').replace(/[‘’]/g, "'");
async function metascrape(url: string) {
  const html = await (await fetch(url)).text();
  return metascraper([metascraperImage(), metascraperTitle()])({ url, html });
}

const titles: [string, string][] = [
  ['quotes', `She said "no" & 'maybe' -- it's 5 > 3`],
  ['markup', '</title><script>alert(1)</script><b> & &amp; &lt;i&gt;'],
  ['emoji', '🎉 Grüße von 👩‍👩‍👧 – naïve'],
  ['arabic', 'مرحبًا بالعالم "١٢٣"'],
];

describe('a page with our tags, as other crawlers see it', () => {
  it.each(titles)('names its picture, with a title of %s', async (key, title) => {
    const { json, url } = await publish(key, title);
    const [{ versioned_url: expected, canonical_url: canonical }] = json.pictures;
    expect(expected).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/p\//);

    const found = await scrape(url);
    expect(found.ogImage).toEqual([
      { url: expected, width: '320', height: '180', type: 'image/png', alt: title },
    ]);
    expect(found.twitterCard).toBe('summary_large_image');
    expect(found.twitterImage).toEqual([{ url: expected, alt: title }]);
    expect(found.ogTitle).toBe(title);

    const meta = await metascrape(url);
    expect({ ...meta, title: straight(meta.title) }).toEqual({ image: expected, title });

    const shown = await service.api(expected, { key: null });
    expect([shown.status, shown.headers['content-type']]).toEqual([200, 'image/png']);
    expect(await shownColours(shown.bytes)).toEqual(coloursOf(key));
    const stored = await service.api(canonical, { key: null });
    expect(shown.bytes.equals(stored.bytes)).toBe(true);
  });

  it('names all its sizes, the first of them first', async () => {
    const { json, url } = await publish('sizes', 'Two sizes', {
      sizes: ['small', 'wide'],
      output: { format: 'jpeg' },
    });
    const found = await scrape(url);
    // It puts the largest first.
    const shown = { height: '180', type: 'image/jpeg', alt: 'Two sizes' };
    expect(found.ogImage).toEqual([
      { ...shown, url: json.pictures[1].versioned_url, width: '640' },
      { ...shown, url: json.pictures[0].versioned_url, width: '320' },
    ]);
    expect(json.pictures.map(({ width }: { width: number }) => width)).toEqual([320, 640]);
    expect((await metascrape(url)).image).toBe(json.pictures[0].versioned_url);
    for (const { url: address } of found.ogImage ?? []) {
      const { status, headers } = await service.api(address, { key: null });
      expect([status, headers['content-type']]).toEqual([200, 'image/jpeg']);
    }
  });

  it('names the new picture once its content has changed', async () => {
    const before = await publish('changed', 'Before');
    const { json } = await service.api('/v1/pages/changed', {
      method: 'PUT',
      body: { template: 'colour-code', data: colourFields('after'), alt: 'After', wait: 30 },
    });
    pages.set('/changed', `<head>${json.meta_html}</head>`);
    const found = await scrape(before.url);
    expect(found.ogImage?.[0]?.url).toBe(json.pictures[0].versioned_url);
    expect(found.ogImage?.[0]?.url).not.toBe(before.json.pictures[0].versioned_url);
    const { bytes } = await service.api(String(found.ogImage?.[0]?.url), { key: null });
    expect(await shownColours(bytes)).toEqual(coloursOf('after'));
  });
});
