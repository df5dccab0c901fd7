import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { imageFormats } from '../../../src/formats/image-formats.js';
import { colourFields, coloursOf, readPixels, shownColours } from '../../support/colour-code.js';
import { notifySettled } from '../../support/notify-settled.js';
import { startService, type TestService } from '../../support/service.js';
import { until } from '../../support/until.js';

let service: TestService;

beforeAll(async () => {
  service = await startService({ env: { DYNAMIC_BUDGET_MS: '20000' } });
});
afterAll(() => service?.stop());

const request = (text: string, more: Record<string, unknown> = {}) => ({
  template: 'colour-code',
  data: colourFields(text),
  wait: 30,
  ...more,
});
const put = (key: string, body: unknown) =>
  service.api(`/v1/pages/${key}`, { method: 'PUT', body });
const picture = (path: string, method = 'GET', headers = {}) =>
  service.api(path, { key: null, method, headers });

describe('PUT /v1/pages/{key}', () => {
  it('draws the picture, serves it under the key, and tells its tags', async () => {
    const { status, json } = await put('blog/first', request('first', { alt: 'A "first" card' }));
    expect(status).toBe(201);
    expect(json).toMatchObject({ key: 'blog/first', status: 'ready', reused: false });
    expect(json.url).toBe(`${service.url}/p/blog/first.png`);
    const shown = await picture(json.url);
    expect(shown.status).toBe(200);
    expect(shown.headers).toMatchObject({
      'content-type': 'image/png',
      'x-cardpress-source': 'stored',
      'cache-control': 'public, max-age=60, stale-while-revalidate=86400, stale-if-error=86400',
      'access-control-allow-origin': '*',
    });
    expect(await shownColours(shown.bytes)).toEqual(coloursOf('first'));
    expect(json.meta_html).toContain(
      `<meta property="og:image" content="${json.pictures[0].versioned_url}">`,
    );
    expect(json.meta_html).toContain('A &quot;first&quot; card');
    const read = await service.api('/v1/pages/blog/first');
    const { reused, ...page } = json;
    expect(read.json).toEqual(page);
  });

  it('draws nothing for content that is the same', async () => {
    const first = await put('same', request('same'));
    const drawn = await service.drawn();
    const again = await put('same', request('same'));
    expect(again.status).toBe(200);
    expect(again.json).toMatchObject({ reused: true, pictures: first.json.pictures });
    expect(await service.drawn()).toBe(drawn);
  });

  it('gives changed content a new address, and the old one stays', async () => {
    const before = await put('change', request('before'));
    const after = await put('change', request('after'));
    const [old] = before.json.pictures;
    const [young] = after.json.pictures;
    expect(young.canonical_url).not.toBe(old.canonical_url);
    expect(young.versioned_url).not.toBe(old.versioned_url);
    expect(await shownColours((await picture(after.json.url)).bytes)).toEqual(coloursOf('after'));
    for (const [{ versioned_url }, text] of [
      [old, 'before'],
      [young, 'after'],
    ] as const) {
      const { headers, bytes } = await picture(versioned_url);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(await shownColours(bytes)).toEqual(coloursOf(text));
    }
  });

  it('carries several sizes', async () => {
    const { json } = await put('sizes', request('sizes', { sizes: ['wide', 'small'] }));
    expect(
      json.pictures.map(({ size, url }: { size: string; url: string }) => [size, url]),
    ).toEqual([
      ['wide', `${service.url}/p/sizes.png`],
      ['small', `${service.url}/p/sizes@small.png`],
    ]);
    expect(json.meta_html.match(/og:image:width" content="(\d+)"/g)).toEqual([
      'og:image:width" content="640"',
      'og:image:width" content="320"',
    ]);
    const small = await picture('/p/sizes@small.png');
    expect(small.bytes).toEqual((await picture(json.pictures[1].canonical_url)).bytes);
    expect((await picture('/p/sizes@square.png')).status).toBe(404);
  });

  it('answers at once with `wait: 0`; whoever comes first gets the picture drawn', async () => {
    const { status, json } = await put('later', request('later', { wait: 0 }));
    expect(status).toBe(202);
    expect(json).toMatchObject({ status: 'rendering', pictures: [{ shown_image_id: null }] });
    const { bytes, headers } = await picture(json.pictures[0].versioned_url);
    expect(headers['x-cardpress-source']).toMatch(/^(rendered|stored)$/);
    expect(await shownColours(bytes)).toEqual(coloursOf('later'));
    const done = await until(async () => {
      const read = await service.api('/v1/pages/later');
      return read.json.status === 'ready' && read.json;
    });
    expect(done.pictures[0].shown_image_id).toBe(done.pictures[0].image_id);
  });

  it('keeps the last good picture where a new one fails, and says so', async () => {
    const good = await put('kept', request('kept'));
    await service.stopWorker();
    const { json } = await put('kept', request('gone wrong', { wait: 0 }));
    const [{ image_id: imageId }] = json.pictures;
    await service.images.remove(imageId);
    const read = await until(async () => {
      const { json: page } = await service.api('/v1/pages/kept');
      return page.status === 'failed' && { json: page };
    }, 20_000);
    await service.startWorker();
    expect(read.json).toMatchObject({
      status: 'failed',
      pictures: [
        {
          status: 'failed',
          error: { code: 'image_not_found' },
          shown_image_id: good.json.pictures[0].image_id,
        },
      ],
    });
    expect(read.json.meta_html).toContain(good.json.pictures[0].versioned_url);
    for (const path of ['/p/kept.png', '/p/kept.jpg', json.pictures[0].versioned_url]) {
      const { status, headers, bytes } = await picture(path);
      expect([status, headers['x-cardpress-source']]).toEqual([200, 'stored']);
      expect(headers['cache-control']).toMatch(/max-age=60/);
      expect(await shownColours(bytes)).toEqual(coloursOf('kept'));
    }
  });

  it('takes no late news of content that was replaced', async () => {
    const old = await put('raced', request('old', { wait: 0 }));
    await put('raced', request('new'));
    await service.idle();
    const imageId = old.json.pictures[0].image_id;
    await notifySettled(service.redis.connect(), {
      ...{ imageId, generation: 1, status: 'completed', watchers: ['page raced'] },
    });
    expect(await shownColours((await picture('/p/raced.png')).bytes)).toEqual(coloursOf('new'));
  });

  it('draws once for many puts at once, and of several contents ends with one', async () => {
    const drawn = await service.drawn();
    const same = Array.from({ length: 20 }, (_, i) => put(`many/${i % 2}`, request('many')));
    const statuses = (await Promise.all(same)).map(({ json }) => json.status);
    expect(new Set(statuses)).toEqual(new Set(['ready']));
    expect((await service.drawn()) - drawn).toBe(1);

    const texts = ['red', 'green', 'blue', 'grey'];
    await Promise.all(texts.map((text) => put('contended', request(text))));
    const { json } = await service.api('/v1/pages/contended');
    const [{ image_id, shown_image_id }] = json.pictures;
    expect([json.status, shown_image_id]).toEqual(['ready', image_id]);
  });

  it('refuses what cannot be, and changes nothing', async () => {
    await put('firm', request('firm'));
    const before = await service.api('/v1/pages/firm');
    const bodies: [string, unknown, string][] = [
      ['firm', { ...request('x'), template: 'nothing' }, 'template_not_found'],
      ['firm', { template: 'colour-code', data: {} }, 'invalid_data'],
      ['firm', request('x', { sizes: ['small', 'tiny'] }), 'invalid_request'],
      ['firm', request('x', { size: 'small', sizes: ['wide'] }), 'invalid_request'],
      ['firm', request('x', { page_url: '/firm' }), 'invalid_request'],
      ['a%20b', request('x'), 'invalid_request'],
    ];
    for (const [key, body, code] of bodies) {
      expect((await put(key, body)).json).toMatchObject({ code });
    }
    expect((await service.api('/v1/pages/firm')).json).toEqual(before.json);
  });
});

describe('/p/', () => {
  it('answers 304, HEAD, and other formats', async () => {
    await put('cached', request('cached'));
    const { headers, bytes } = await picture('/p/cached.png');
    const again = await picture('/p/cached.png', 'GET', { 'if-none-match': headers.etag ?? '' });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
    const head = await picture('/p/cached.png', 'HEAD');
    expect([head.bytes.length, head.headers['content-length']]).toEqual([0, `${bytes.length}`]);
    for (const { extensions, mediaType } of Object.values(imageFormats)) {
      for (const extension of extensions) {
        const other = await picture(`/p/cached.${extension}`);
        expect([other.status, other.headers['content-type']]).toEqual([200, mediaType]);
        expect(other.headers['cache-control']).toMatch(/max-age=60/);
        expect((await sharp(other.bytes).metadata()).mediaType).toBe(mediaType);
      }
    }
    expect((await picture('/p/cached.gif')).status).toBe(404);
  });

  it('answers 404 for what never existed, and a picture for what was removed', async () => {
    expect((await picture('/p/never.png')).status).toBe(404);
    const { json } = await put('removed', request('removed'));
    expect((await service.api('/v1/pages/removed', { method: 'DELETE' })).status).toBe(204);
    expect((await service.api('/v1/pages/removed')).status).toBe(404);
    expect((await service.api('/v1/pages/removed', { method: 'DELETE' })).status).toBe(404);
    for (const path of [json.url, json.pictures[0].versioned_url]) {
      const { status, headers } = await picture(path);
      expect([status, headers['content-type']]).toEqual([200, 'image/png']);
      expect(headers['x-cardpress-source']).toBe('fallback');
    }
  });

  it('draws again what was deleted from the storage', async () => {
    const { json } = await put('lost', request('lost'));
    const { key } = await service.images.get(json.pictures[0].image_id);
    await service.storage.store.delete(key);
    const { headers, bytes } = await picture('/p/lost.png');
    expect(headers['x-cardpress-source']).toBe('rendered');
    expect(await shownColours(bytes)).toEqual(coloursOf('lost'));
  });

  it('shows what it showed last while Redis is away, and a card for what it never saw', async () => {
    const { json } = await put('known', request('known'));
    await put('unseen', request('unseen'));
    await picture('/p/known.png');
    await picture(json.pictures[0].versioned_url);
    await service.redis.kill9();
    try {
      for (const path of ['/p/known.png', json.pictures[0].versioned_url]) {
        const known = await picture(path);
        expect(known.headers['x-cardpress-source']).toBe('stored');
        expect(await shownColours(known.bytes)).toEqual(coloursOf('known'));
      }
      const unseen = await picture('/p/unseen.png');
      expect(unseen.status).toBe(200);
      expect(unseen.headers['x-cardpress-source']).toBe('fallback');
    } finally {
      await service.redis.restart();
    }
    const sourceOf = async (path: string) => (await picture(path)).headers['x-cardpress-source'];
    await until(async () => (await sourceOf('/p/unseen.png')) === 'stored', 20_000);
    await until(async () => (await service.api('/v1/images')).status === 200, 20_000);
  });

  it('answers with a picture where storage, template or browser is away', async () => {
    await put('robust', request('robust'));
    await put('undrawn', { ...request('undrawn'), wait: 0 });
    await service.idle();
    const { redis, dataDir } = service;
    const env = { DYNAMIC_BUDGET_MS: '200' };
    const fast = await startService({ redis, dataDir, worker: false, env });
    const images = join(dataDir, 'images');
    await rename(images, `${images}.away`);
    await writeFile(images, 'no folder');
    await service.stopWorker();
    try {
      await redis
        .connect()
        .hset(
          'cp:page:undrawn',
          ...['content', JSON.stringify({ template: 'gone', data: {}, sizes: ['small'] })],
        );
      for (const path of ['/p/robust.png', '/p/robust.webp', '/p/undrawn.jpg']) {
        const { status, headers, bytes } = await fast.api(path, { key: null });
        expect([status, headers['x-cardpress-source']]).toEqual([200, 'fallback']);
        expect((await readPixels(bytes)).width).toBeGreaterThan(0);
      }
    } finally {
      await rm(images);
      await rename(`${images}.away`, images);
      await service.startWorker();
      await fast.stop();
    }
  });
});
