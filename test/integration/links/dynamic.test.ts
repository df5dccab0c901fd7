import { afterAll, beforeAll, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { extensionOf, imageFormatNames, imageFormats } from '../../../src/formats/image-formats.js';
import { canonicalAddress, readAddress } from '../../../src/links/canonical-address.js';
import { staticCard } from '../../../src/links/static-card.js';
import { deriveUrlKey, signAddress } from '../../../src/links/url-signature.js';
import { readPixels } from '../../support/colour-code.js';
import {
  type LinkServer,
  type LinkWorld,
  startLinkServer,
  startLinkWorld,
} from '../../support/link-server.js';
import type { TestService } from '../../support/service.js';
import { until } from '../../support/until.js';

let world: LinkWorld;
let service: TestService;
let server: LinkServer;

beforeAll(async () => {
  world = await startLinkWorld({ dynamicBudgetMs: 20_000 });
  ({ service, server } = world);
});
afterAll(() => world?.stop());

async function sign(body: object, at = server): Promise<string> {
  const answer = await at.api('/v1/urls', { body });
  expect(answer.status).toBe(200);
  return answer.json.url as string;
}
const noteUrl = (title: string, more: object = {}) =>
  sign({ template: 'note', data: { title }, ...more });

it.each(imageFormatNames)(
  'draws a %s, and takes its extension for nothing else',
  async (format) => {
    const { mediaType, extensions } = imageFormats[format];
    const url = await noteUrl(`As ${format}`, { output: { format } });
    expect(new URL(url).pathname).toBe(`/i/note.${extensions[0]}`);
    const { status, headers, bytes } = await server.api(url);
    expect([status, headers['content-type']]).toEqual([200, mediaType]);
    expect((await sharp(bytes).metadata()).mediaType).toBe(mediaType);
    // Signed is the format too.
    const other = imageFormatNames.find((name) => name !== format) ?? 'png';
    const changed = url.replace(`note.${extensions[0]}`, `note.${extensionOf(other)}`);
    expect((await server.api(changed)).status).toBe(403);
  },
);

it('draws a picture when its address is first asked for, and then has it', async () => {
  const url = await noteUrl('Grüße & "more" – 100%', {
    size: 'square',
    output: { format: 'webp' },
  });
  expect(url).toMatch(/\/i\/note\.webp\?_size=square&title=Gr%C3%BC%C3%9Fe%20%26%20.*&sig=.{43}$/);
  const first = await server.api(url);
  expect([first.status, first.headers['x-cardpress-source']]).toEqual([200, 'rendered']);
  expect(first.headers).toMatchObject({
    'content-type': 'image/webp',
    'content-length': String(first.bytes.length),
    'cache-control': 'public, max-age=31536000, immutable',
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    'x-content-type-options': 'nosniff',
  });
  const { width, height } = await readPixels(first.bytes);
  expect([width, height]).toEqual([400, 400]);

  const again = await server.api(url);
  expect(again.headers['x-cardpress-source']).toBe('stored');
  expect(again.bytes.equals(first.bytes)).toBe(true);
  const { etag = '' } = again.headers;
  const head = await server.api(url, { method: 'HEAD' });
  expect([head.status, head.bytes.length, head.headers.etag]).toEqual([200, 0, etag]);
  expect(head.headers['content-length']).toBe(String(first.bytes.length));
  const held = await server.api(url, { headers: { 'if-none-match': `"other", W/${etag}` } });
  expect([held.status, held.bytes.length]).toEqual([304, 0]);
});

it('is the picture that the API makes of the same data', async () => {
  const data = { title: 'One of both', count: 12, published: '2026-11-21' };
  const made = await service.api('/v1/images', { body: { template: 'note', data } });
  const answer = await server.api(await sign({ template: 'note', data }));
  expect(answer.headers['x-cardpress-source']).toBe('stored');
  const stored = await service.api(made.json.url);
  expect(answer.bytes.equals(stored.bytes)).toBe(true);
});

it('draws once for a thousand who ask at once', async () => {
  const url = await noteUrl('A thousand at once');
  const drawn = await service.drawn();
  const waves = await Promise.all(Array.from({ length: 1_000 }, () => server.api(url)));
  expect(new Set(waves.map((answer) => answer.status))).toEqual(new Set([200]));
  expect(waves.map((answer) => answer.headers['x-cardpress-source'])).not.toContain('fallback');
  expect(await service.drawn()).toBe(drawn + 1);
});

it('refuses an address of which any byte was changed', async () => {
  const url = await noteUrl('A signed one', { expires_in: 3_600 });
  const start = server.url.length + '/i/'.length;
  expect((await server.api(url)).status).toBe(200);
  const wrong: string[] = [];
  for (let at = start; at < url.length; at += 1) {
    // A "%" mostly makes a broken escape, which stops the router before any route.
    for (const letter of [url[at] === 'x' ? 'y' : 'x', '%'].filter((one) => one !== url[at])) {
      const changed = url.slice(0, at) + letter + url.slice(at + 1);
      const { status, json } = await server.api(changed);
      if (status !== 403 || !json.request_id) wrong.push(`${status} ${changed}`);
    }
  }
  for (const changed of [`${url}&more=1`, url.slice(0, -1), `${url}=`, `${url}&title=Other`]) {
    const { status } = await server.api(changed);
    if (status !== 403) wrong.push(`${status} ${changed}`);
  }
  expect(wrong).toEqual([]);
  const refused = await server.api(url.replace('title=A', 'title=B'));
  expect(refused.json).toMatchObject({ code: 'bad_signature' });
  expect((await server.api('/i/note.gif')).status).toBe(404);
  expect((await server.api('/i/note.png')).status).toBe(403);
});

it('shows what still fits of an address that is older than its template, and not for ever', async () => {
  const key = deriveUrlKey(service.settings.signingSecret ?? '');
  const signed = (params: Record<string, string>) => {
    const address = { path: '/i/note.png', params: new Map(Object.entries(params)) };
    return `${canonicalAddress(address)}&sig=${signAddress(key, address)}`;
  };
  const short = 'public, max-age=60, stale-while-revalidate=86400, stale-if-error=86400';
  const old = await server.api(signed({ title: 'Kept', subtitle: 'Renamed', _size: 'gone' }));
  expect([old.status, old.headers['cache-control']]).toEqual([200, short]);
  const now = await server.api(signed({ title: 'Kept' }));
  expect(now.headers['cache-control']).toContain('immutable');
  expect(old.bytes.equals(now.bytes)).toBe(true);
  // Without its title it is no note: the generic card is drawn, until the data is better.
  const other = await server.api(signed({ count: '3' }));
  expect([other.status, other.headers['cache-control']]).toEqual([200, short]);
});

it('knows every spelling of one address', async () => {
  const url = await sign({
    template: 'note',
    data: { title: "It's (so) ~fine~", accent: '#c81e5a' },
  });
  const { etag } = (await server.api(url)).headers;
  const [base = '', query = ''] = url.split('?');
  const pairs = query.split('&');
  const spellings = [
    `${base}?${[...pairs].reverse().join('&')}`,
    url.replaceAll('%20', '+'),
    url.replaceAll('%27', "'").replaceAll('%28', '(').replaceAll('%29', ')'),
    url.replaceAll('~', '%7e'),
    url.replaceAll('title', '%74itle'),
    `${base}?&${pairs.join('&&')}&`,
  ];
  for (const spelling of spellings) {
    expect(spelling).not.toBe(url);
    const answer = await server.api(spelling);
    expect([spelling, answer.status, answer.headers.etag]).toEqual([spelling, 200, etag]);
  }
  expect(readAddress('/i/note.png?title=a&title=a')).toBeUndefined();
});

it('ends when it was told to: then a card stands in, and no cache keeps the picture longer', async () => {
  const url = await noteUrl('Not for long', { expires_in: 2 });
  const early = await server.api(url);
  const [, age = ''] = /^public, max-age=(\d+)$/.exec(early.headers['cache-control'] ?? '') ?? [];
  expect(Number(age)).toBeLessThanOrEqual(2);
  await until(
    async () => (await server.api(url)).headers['x-cardpress-source'] === 'fallback',
    10_000,
  );
  expect((await server.api(url)).status).toBe(200);
  expect(server.fallbacks).toContain('expired');
});

it('signs with the newest key and accepts each of them', async () => {
  const [older, newer] = ['11'.repeat(32), '22'.repeat(32)];
  const before = await startLinkServer(service, { urlSigningKeys: [older] });
  const during = await startLinkServer(service, { urlSigningKeys: [newer, older] });
  const after = await startLinkServer(service, { urlSigningKeys: [newer] });
  try {
    const body = { template: 'note', data: { title: 'One of both' } };
    const path = (url: string) => url.slice(new URL(url).origin.length);
    const old = path(await sign(body, before));
    const fresh = path(await sign(body, during));
    const statuses = async (address: string) =>
      Promise.all([before, during, after].map(async (at) => (await at.api(address)).status));
    expect(await statuses(old)).toEqual([200, 200, 403]);
    expect(await statuses(fresh)).toEqual([403, 200, 200]);
  } finally {
    await Promise.all([before.stop(), during.stop(), after.stop()]);
  }
});

it('says before signing what would go wrong after', async () => {
  const post = (body: object) => server.api('/v1/urls', { body });
  const unknown = await post({ template: 'note', data: { titel: 'x', title: 'x' } });
  expect(unknown.json).toMatchObject({ code: 'invalid_data', errors: [{ path: 'data.titel' }] });
  const long = await post({ template: 'note', data: { title: 'x', body: 'ß'.repeat(2_000) } });
  expect([long.status, long.json.errors[0].path]).toEqual([422, 'data']);
  expect((await post({ template: 'nope', data: {} })).status).toBe(404);
  const forever = await post({ template: 'note', data: { title: 'x' }, expires_in: 0 });
  expect(forever.json.errors[0].path).toBe('expires_in');
  expect((await server.api('/v1/urls', { body: {}, key: 'wrong' })).status).toBe(401);
});

it('waits no longer than its budget, shows the generic card, and has the picture later', async () => {
  // Of this format no other test has had the generic card ordered.
  const webp = { output: { format: 'webp' } };
  const hasty = await startLinkServer(service, { dynamicBudgetMs: 100 });
  try {
    await service.stopWorker();
    const url = (await noteUrl('Later', webp)).replace(server.url, hasty.url);
    const early = await hasty.api(url);
    expect([early.status, early.headers['x-cardpress-source']]).toEqual([200, 'fallback']);
    expect(early.headers['cache-control']).toBe('public, max-age=60');
    expect(early.bytes.equals(staticCard.webp.body)).toBe(true);
    expect(hasty.fallbacks).toEqual(['late']);
    await service.startWorker();
    await until(
      async () => (await hasty.api(url)).headers['x-cardpress-source'] !== 'fallback',
      30_000,
    );
    await service.idle();
    await service.stopWorker();
    // By now the generic card, which was ordered on the way, is stored.
    const next = await hasty.api(
      (await noteUrl('Later still', webp)).replace(server.url, hasty.url),
    );
    expect(next.headers['x-cardpress-source']).toBe('fallback');
    expect(next.bytes.equals(staticCard.webp.body)).toBe(false);
    const { width } = await readPixels(next.bytes);
    expect(width).toBe(1200);
  } finally {
    await service.startWorker();
    await hasty.stop();
  }
});
