import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canonicalAddress } from '../../../src/links/canonical-address.js';
import { deriveUrlKey, signAddress } from '../../../src/links/url-signature.js';
import { type ApiAnswer, type ApiCall, ask } from '../../support/api-client.js';
import { startService, type TestService } from '../../support/service.js';

/*
 * What caches, browsers and crawlers are told, on every route that serves pictures: one table of
 * routes, and each rule held against each of them.
 */

const YEAR = 'public, max-age=31536000, immutable';
const PAGE = 'public, max-age=60, stale-while-revalidate=86400, stale-if-error=86400';
const MINUTE = 'public, max-age=60';

interface Route {
  name: string;
  cacheControl: string;
  source: 'stored' | 'fallback';
  /** Only files have a time of their own. */
  hasDate?: boolean;
  make(): Promise<string>;
}

let service: TestService;
const addresses = new Map<string, string>();

const data = { title: 'For every cache' };
const post = async (path: string, body: object, method = 'POST') => {
  const { status, json } = await service.api(path, { method, body });
  if (status >= 400) throw new Error(`${method} ${path}: ${JSON.stringify(json)}`);
  return json;
};

function expiredAddress(): string {
  const params = new Map([
    ['title', 'Over'],
    ['_expires', '1000000000'],
  ]);
  const address = { path: '/i/note.png', params };
  const key = deriveUrlKey(service.settings.signingSecret ?? '');
  return `${service.url}${canonicalAddress(address)}&sig=${signAddress(key, address)}`;
}

const routes: Route[] = [
  {
    name: '/images',
    cacheControl: YEAR,
    source: 'stored',
    hasDate: true,
    make: async () => (await post('/v1/images', { template: 'note', data, wait: 30 })).url,
  },
  {
    name: '/i',
    cacheControl: YEAR,
    source: 'stored',
    make: async () => (await post('/v1/urls', { template: 'note', data })).url,
  },
  {
    name: '/l',
    cacheControl: YEAR,
    source: 'stored',
    make: async () => {
      const fields = { title: { max_length: 80 } };
      const fixed = { title: 'Without a name' };
      const link = await post('/v1/links', { template: 'note', fixed, fields, max_images: 10 });
      return `${link.url}?title=For+every+cache`;
    },
  },
  {
    name: '/p',
    cacheControl: PAGE,
    source: 'stored',
    make: async () => {
      await post('/v1/pages/news', { template: 'note', data, wait: 30 }, 'PUT');
      return `${service.url}/p/news.png`;
    },
  },
  {
    name: '/i with a card that stands in',
    cacheControl: MINUTE,
    source: 'fallback',
    make: async () => expiredAddress(),
  },
];

beforeAll(async () => {
  service = await startService({ env: { DYNAMIC_BUDGET_MS: '20000' } });
  for (const { name, make } of routes) {
    const address = await make();
    addresses.set(name, address);
    // From here on it is stored.
    expect((await ask(address, '', { key: null })).status).toBe(200);
  }
});
afterAll(() => service?.stop());

describe.each(routes)('$name', ({ name, cacheControl, source, hasDate }) => {
  const visit = (headers: Record<string, string> = {}, call: ApiCall = {}) =>
    ask(addresses.get(name) ?? '', '', { key: null, headers, ...call });
  const size = ({ bytes }: ApiAnswer) => bytes.length;

  it('says all that a cache has to know, and nothing that keeps one from caching', async () => {
    const answer = await visit();
    expect(answer.headers).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(size(answer)),
      'cache-control': cacheControl,
      etag: expect.stringMatching(/^"[0-9a-f]{32,64}"$/),
      'accept-ranges': 'bytes',
      'x-cardpress-source': source,
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.any(String),
    });
    expect(answer.headers['last-modified'] !== undefined).toBe(hasDate === true);
    for (const absent of ['vary', 'set-cookie', 'expires', 'pragma', 'content-encoding', 'age']) {
      expect([absent, answer.headers[absent]]).toEqual([absent, undefined]);
    }
  });

  it('is open to pages of other sites, and to their scripts', async () => {
    const { headers } = await visit({ origin: 'https://news.example.com' });
    expect(headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-expose-headers': expect.stringContaining('X-Cardpress-Source'),
      'cross-origin-resource-policy': 'cross-origin',
      'timing-allow-origin': '*',
    });
    const asked = { origin: 'https://a.example', 'access-control-request-method': 'GET' };
    const preflight = await visit(asked, { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': expect.stringContaining('If-None-Match'),
    });
    const plain = await visit({}, { method: 'OPTIONS' });
    expect([plain.status, plain.headers.allow]).toEqual([204, 'GET, HEAD, OPTIONS']);
  });

  it('answers HEAD with the headers of GET', async () => {
    const [get, head] = [await visit(), await visit({}, { method: 'HEAD' })];
    const lasting = (answer: ApiAnswer) => {
      const { date: _date, 'x-request-id': _id, ...rest } = answer.headers;
      return rest;
    };
    expect([head.status, size(head)]).toEqual([200, 0]);
    expect(lasting(head)).toEqual(lasting(get));
    const part = await visit({ range: 'bytes=0-3' }, { method: 'HEAD' });
    expect([part.status, part.headers['content-length']]).toEqual([200, String(size(get))]);
  });

  it('answers 304 to whoever holds the picture, and the picture to others', async () => {
    const { headers } = await visit();
    const etag = headers.etag ?? '';
    for (const match of [etag, `W/${etag}`, `"other" , W/${etag}`, '*']) {
      const held = await visit({ 'if-none-match': match });
      expect([match, held.status, size(held)]).toEqual([match, 304, 0]);
      expect(held.headers).toMatchObject({
        etag,
        'cache-control': cacheControl,
        'access-control-allow-origin': '*',
      });
      expect(held.headers['content-length']).toBeUndefined();
    }
    const head = await visit({ 'if-none-match': etag }, { method: 'HEAD' });
    expect(head.status).toBe(304);
    const later = new Date(Date.now() + 86_400_000).toUTCString();
    for (const other of ['"other"', etag.replaceAll('"', ''), '']) {
      const answer = await visit({ 'if-none-match': other, 'if-modified-since': later });
      expect([other, answer.status]).toEqual([other, 200]);
    }
    // Without a date of its own the picture cannot be judged by one.
    const since = await visit({ 'if-modified-since': later });
    expect(since.status).toBe(hasDate ? 304 : 200);
  });

  it('answers one range with its bytes, and anything else with the picture', async () => {
    const whole = await visit();
    const total = size(whole);
    const ranges: [string, number, number][] = [
      ['bytes=0-9', 0, 9],
      ['bytes=10-', 10, total - 1],
      ['bytes=-4', total - 4, total - 1],
      [`bytes=5-${total + 100}`, 5, total - 1],
    ];
    for (const [range, start, end] of ranges) {
      const part = await visit({ range });
      expect([range, part.status]).toEqual([range, 206]);
      expect(part.headers).toMatchObject({
        'content-range': `bytes ${start}-${end}/${total}`,
        'content-length': String(end - start + 1),
        etag: whole.headers.etag,
        'cache-control': cacheControl,
      });
      expect(part.bytes.equals(whole.bytes.subarray(start, end + 1))).toBe(true);
    }
    for (const range of ['bytes=0-1,5-6', `bytes=${total}-`, 'bytes=9-3', 'lines=1-2', 'x']) {
      const answer = await visit({ range });
      expect([range, answer.status, size(answer)]).toEqual([range, 200, total]);
      expect(answer.headers['content-range']).toBeUndefined();
    }
  });

  it('answers a range only to whoever holds the rest of this picture', async () => {
    const etag = (await visit()).headers.etag ?? '';
    const status = async (ifRange: string) =>
      (await visit({ range: 'bytes=0-3', 'if-range': ifRange })).status;
    expect(await status(etag)).toBe(206);
    // A weak tag says nothing of bytes (RFC 9110, 13.1.5).
    expect(await status(`W/${etag}`)).toBe(200);
    expect(await status('"other"')).toBe(200);
    const held = await visit({ range: 'bytes=0-3', 'if-none-match': etag });
    expect(held.status).toBe(304);
  });

  it('can only be read', async () => {
    const answer = await visit({}, { method: 'POST' });
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });
});

it('serves from memory only what is still there', async () => {
  const made = await post('/v1/images', {
    template: 'note',
    data: { title: 'Soon gone' },
    wait: 30,
  });
  for (let i = 0; i < 2; i += 1) expect((await ask(made.url, '', { key: null })).status).toBe(200);
  await service.api(`/v1/images/${made.id}`, { method: 'DELETE' });
  const gone = await ask(made.url, '', { key: null });
  expect([gone.status, gone.headers['cache-control']]).toEqual([404, 'public, max-age=5']);
});
