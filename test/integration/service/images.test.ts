import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { extensionOf, imageFormatNames, imageFormats } from '../../../src/formats/image-formats.js';
import { type AssetServer, startAssetServer } from '../../support/asset-server.js';
import { colourFields, coloursOf, readPixels, shownColours } from '../../support/colour-code.js';
import { meanDifference } from '../../support/mean-difference.js';
import { startService, type TestService } from '../../support/service.js';
import { until } from '../../support/until.js';

let service: TestService;
let pictures: AssetServer;

beforeAll(async () => {
  const red = sharp({ create: { width: 80, height: 80, channels: 3, background: '#ff0000' } });
  pictures = await startAssetServer(await red.png().toBuffer());
  service = await startService({ env: { EGRESS_ALLOW: pictures.allow } });
});
afterAll(async () => {
  await service?.stop();
  await pictures?.close();
});

/** A request whose picture says `text`. */
const request = (more: Record<string, unknown>, text = 'any') => ({
  template: 'colour-code',
  data: colourFields(text),
  wait: 30,
  ...more,
});
const create = (body: unknown) => service.api('/v1/images', { body });

describe('POST /v1/images', () => {
  it('draws what was asked, stores it, and tells its address', async () => {
    const { status, json, headers } = await create(request({ metadata: { order: '7' } }, 'first'));
    expect(status).toBe(201);
    expect(json).toMatchObject({
      status: 'completed',
      template: 'colour-code',
      size: 'small',
      width: 320,
      height: 180,
      format: 'png',
      reused: false,
      metadata: { order: '7' },
    });
    expect(headers.location).toBe(`/v1/images/${json.id}`);
    expect(json.url).toBe(
      `${service.url}/images/colour-code/${json.id.slice(0, 2)}/${json.id}.png`,
    );
    expect(json.timings_ms.total).toBeGreaterThan(0);
    const picture = await service.api(json.url, { key: null });
    expect(picture.bytes).toHaveLength(json.bytes);
    expect(await shownColours(picture.bytes)).toEqual(coloursOf('first'));
  });

  it('answers a second request from the store, without drawing, however the data is written', async () => {
    const first = await create(request({}, 'twice'));
    const drawn = await service.drawn();
    const fields = colourFields('twice');
    const reordered = Object.fromEntries(Object.entries(fields).reverse());
    const shouted = Object.fromEntries(
      Object.entries(reordered).map(([name, colour]) => [name, `  ${colour.toUpperCase()} `]),
    );
    for (const data of [fields, reordered, shouted]) {
      const { status, json } = await create({ template: 'colour-code', data });
      expect(status).toBe(201);
      expect(json).toMatchObject({ id: first.json.id, url: first.json.url, reused: true });
    }
    expect(await service.drawn()).toBe(drawn);
  });

  it('gives another id to another size, output or datum', async () => {
    const bodies = [
      request({}, 'ids'),
      request({ size: 'wide' }, 'ids'),
      request({ output: { format: 'webp' } }, 'ids'),
      request({ output: { scale: 2 } }, 'ids'),
      request({}, 'ids!'),
    ];
    const answers = await Promise.all(bodies.map((body) => create({ ...body, wait: 0 })));
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(bodies.length);
    expect(answers.map(({ json }) => [json.width, json.height, json.format])).toEqual([
      [320, 180, 'png'],
      [640, 180, 'png'],
      [320, 180, 'webp'],
      [640, 360, 'png'],
      [320, 180, 'png'],
    ]);
    await service.idle();
  });

  it('draws once for a hundred requests at the same time, and answers them all', async () => {
    const drawn = await service.drawn();
    const body = request({}, 'a hundred');
    const answers = await Promise.all(Array.from({ length: 100 }, () => create(body)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
    expect(answers.filter(({ json }) => !json.reused)).toHaveLength(1);
    expect(await service.drawn()).toBe(drawn + 1);
    const picture = await service.api(answers[0]?.json.url);
    expect(await shownColours(picture.bytes)).toEqual(coloursOf('a hundred'));
  });

  it('keeps a hundred different pictures apart', async () => {
    const texts = Array.from({ length: 100 }, (_, i) => `apart ${i}`);
    const answers = await Promise.all(texts.map((text) => create(request({}, text))));
    for (const [i, { status, json }] of answers.entries()) {
      expect(status).toBe(201);
      const { bytes } = await service.api(json.url);
      expect(await shownColours(bytes)).toEqual(coloursOf(`apart ${i}`));
    }
  });

  it('draws anew with refresh, under the same address', async () => {
    const first = await create(request({}, 'refresh'));
    const drawn = await service.drawn();
    const again = await create(request({ refresh: true }, 'refresh'));
    expect(again.json).toMatchObject({ id: first.json.id, url: first.json.url, reused: false });
    expect(await service.drawn()).toBe(drawn + 1);
    expect((await service.api(first.json.url)).status).toBe(200);
    const { json: trace } = await service.api(`/v1/images/${first.json.id}/trace`);
    expect(trace.generation.number).toBe(2);
  });

  it('answers at once with wait 0, and the image completes by itself', async () => {
    const { status, json } = await create(request({ wait: 0 }, 'later'));
    expect(status).toBe(202);
    expect(json.status).toMatch(/^(queued|active)$/);
    expect(json.bytes).toBe(0);
    const done = await until(async () => {
      const { json: image } = await service.api(`/v1/images/${json.id}`);
      return image.status === 'completed' && image;
    }, 30_000);
    expect(done.url).toBe(json.url);
    const { bytes } = await service.api(done.url);
    expect(await shownColours(bytes)).toEqual(coloursOf('later'));
  });

  it('draws several sizes at once', async () => {
    const { status, json } = await create({ ...request({}, 'sizes'), sizes: ['small', 'wide'] });
    expect(status).toBe(201);
    expect(json.images.map((i: { size: string; width: number }) => [i.size, i.width])).toEqual([
      ['small', 320],
      ['wide', 640],
    ]);
  });

  it.each(imageFormatNames)('stores real %s', async (format) => {
    const { json } = await create(request({ output: { format, scale: 2 } }, format));
    const { bytes, headers } = await service.api(json.url);
    const meta = await sharp(bytes).metadata();
    const { mediaType } = imageFormats[format];
    expect([meta.mediaType, meta.width, meta.height]).toEqual([mediaType, 640, 360]);
    expect(headers['content-type']).toBe(mediaType);
    // The address says what it is, and the pixels are those of the PNG.
    expect(new URL(json.url).pathname.split('.').at(-1)).toBe(extensionOf(format));
    const lossless = await create(request({ output: { scale: 2 } }, format));
    const { bytes: drawn } = await service.api(lossless.json.url);
    expect(await meanDifference(bytes, drawn)).toBeLessThan(3);
  });

  it('fetches the picture of a field and shows it', async () => {
    const { json } = await create(
      request({ data: { ...colourFields('photo'), photo: pictures.url() } }),
    );
    expect(json.warnings).toEqual([]);
    const { bytes } = await service.api(json.url);
    expect((await readPixels(bytes)).at(280, 80)).toBe('#ff0000');
  });
});

describe('a stored picture', () => {
  it('may be kept for ever, and is told apart by its ETag', async () => {
    const { json } = await create(request({}, 'cached'));
    const { headers } = await service.api(json.url, { key: null });
    expect(headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'image/png',
      'x-cardpress-source': 'stored',
      'access-control-allow-origin': '*',
    });
    const again = await service.api(json.url, {
      key: null,
      headers: { 'if-none-match': String(headers.etag) },
    });
    expect(again.status).toBe(304);
    const head = await service.api(json.url, { key: null, method: 'HEAD' });
    expect(head.headers['content-length']).toBe(String(json.bytes));
  });

  it('is 404 for a short while before it is there', async () => {
    const { status, headers } = await service.api(`/images/colour-code/aa/${'a'.repeat(32)}.png`);
    expect(status).toBe(404);
    expect(headers['cache-control']).toBe('public, max-age=5');
  });
});

describe('DELETE /v1/images/{id}', () => {
  it('takes picture and record, and the next request draws it again', async () => {
    const { json } = await create(request({}, 'deleted'));
    const path = `/v1/images/${json.id}`;
    expect((await service.api(path, { method: 'DELETE' })).status).toBe(204);
    expect((await service.api(path)).status).toBe(404);
    expect((await service.api(json.url)).status).toBe(404);
    expect((await service.api(path, { method: 'DELETE' })).status).toBe(404);
    const drawn = await service.drawn();
    const again = await create(request({}, 'deleted'));
    expect(again.json).toMatchObject({ id: json.id, reused: false, status: 'completed' });
    expect(await service.drawn()).toBe(drawn + 1);
  });

  it('leaves nothing of an image that is being drawn', async () => {
    pictures.hold();
    const { json } = await create(
      request({ wait: 0, data: { ...colourFields('gone'), photo: pictures.url('/gone.png') } }),
    );
    await until(() => pictures.held > 0, 30_000);
    expect((await service.api(`/v1/images/${json.id}`)).json.status).toBe('active');
    expect((await service.api(`/v1/images/${json.id}`, { method: 'DELETE' })).status).toBe(204);
    pictures.release();
    // The worker ends the job: then nothing is in the queue, and nothing may be in the storage.
    await service.idle();
    expect((await service.api(`/v1/images/${json.id}`)).status).toBe(404);
    expect((await service.api(json.url)).status).toBe(404);
    const client = service.redis.connect();
    expect(await client.keys(`*${json.id}*`)).toEqual([]);
  });
});

describe('GET /v1/images', () => {
  it('goes through all images of a template, page by page, newest first', async () => {
    const texts = ['list 1', 'list 2', 'list 3', 'list 4', 'list 5'];
    const made: string[] = [];
    for (const text of texts) {
      const answer = await create({ template: 'note', data: { title: text }, wait: 30 });
      expect(answer.status).toBe(201);
      made.unshift(answer.json.id);
    }
    const seen: string[] = [];
    let path = '/v1/images?template=note&status=completed&limit=2';
    for (;;) {
      const { status, json } = await service.api(path);
      expect(status).toBe(200);
      seen.push(...json.items.map((i: { id: string }) => i.id));
      if (json.next_cursor === null) break;
      path = `/v1/images?template=note&status=completed&limit=2&cursor=${encodeURIComponent(json.next_cursor)}`;
    }
    expect(seen).toEqual(made);
  });
});

describe('GET /v1/images/{id}/trace', () => {
  it('tells of template, data, generation, address and delivery', async () => {
    const { json } = await create({
      template: 'note',
      data: { title: '  Traced  ', logo: pictures.url('/missing.png') },
      wait: 30,
    });
    const trace = await until(async () => {
      const { json: found } = await service.api(`/v1/images/${json.id}/trace`);
      // The last event is written a moment after whoever waited was woken.
      return found.generation?.events.length === 2 && found;
    });
    expect(trace).toMatchObject({
      id: json.id,
      template: { id: 'note', size: { name: 'og', width: 600, height: 315 } },
      data: { fields: { title: 'Traced' } },
      generation: { number: 1, status: 'completed' },
      url: { canonical: json.url },
      delivery: { stored: true, content_type: 'image/png', bytes: json.bytes },
    });
    expect(trace.generation.events.map((e: { event: string }) => e.event)).toEqual([
      'started',
      'completed',
    ]);
    expect(trace.data.warnings.map((w: { code: string }) => w.code)).toContain('picture_failed');
  });
});

describe('POST /v1/generate', () => {
  it('gives the address of a finished picture', async () => {
    const body = { design_id: 'colour-code', layers: colourFields('generated') };
    const { status, json } = await service.api('/v1/generate', { body });
    expect(status).toBe(200);
    const { bytes } = await service.api(json.image_url);
    expect(await shownColours(bytes)).toEqual(coloursOf('generated'));
    // The same request in the long form is the same image.
    expect((await create(request({}, 'generated'))).json).toMatchObject({
      id: json.id,
      reused: true,
    });
  });
});

describe('POST /v1/templates/{id}/preview', () => {
  const preview = (body: unknown, id = 'colour-code') =>
    service.api(`/v1/templates/${id}/preview`, { body });

  it('answers with the picture itself, and keeps nothing', async () => {
    const client = service.redis.connect();
    const keysBefore = (await client.keys('cp:*')).sort();
    const { status, bytes, headers } = await preview({ data: colourFields('previewed') });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('image/png');
    expect(await shownColours(bytes)).toEqual(coloursOf('previewed'));
    expect((await client.keys('cp:*')).sort()).toEqual(keysBefore);
    // Asking for the same as an image has to draw it.
    expect((await create(request({}, 'previewed'))).json.reused).toBe(false);
  });

  it('shows the sample where no data is given, in the size and format that are asked', async () => {
    const { bytes } = await preview({ size: 'square', output: { format: 'webp' } }, 'note');
    const { format, width } = await sharp(bytes).metadata();
    expect([format, width]).toEqual(['webp', 400]);
  });

  it('tells in a header what was mended', async () => {
    const { headers } = await preview(
      { data: { title: 'x', logo: pictures.url('/missing2') } },
      'note',
    );
    const warnings = JSON.parse(String(headers['x-cardpress-warnings'])) as { code: string }[];
    expect(warnings.map((w) => w.code)).toContain('picture_failed');
  });
});

describe('what Redis forgot', () => {
  it('is found in the storage again, without drawing', async () => {
    const first = await create(request({}, 'forgotten'));
    const client = service.redis.connect();
    await client.flushall();
    expect((await service.api(`/v1/images/${first.json.id}`)).status).toBe(404);
    const drawn = await service.drawn();
    const again = await create(request({}, 'forgotten'));
    expect(again.json).toMatchObject({
      id: first.json.id,
      url: first.json.url,
      bytes: first.json.bytes,
      width: 320,
      height: 180,
      reused: true,
      status: 'completed',
    });
    expect(await service.drawn()).toBe(drawn);
    const { json } = await service.api(`/v1/images/${first.json.id}/trace`);
    expect(json.data.fields).toMatchObject(colourFields('forgotten'));
  });
});

describe('operations', () => {
  it('is ready while Redis, storage and a browser work', async () => {
    const { status, json } = await service.api('/readyz', { key: null });
    expect(status).toBe(200);
    expect(Object.keys(json.checks).sort()).toEqual(['browser', 'redis', 'storage']);
  });

  it('counts what it does', async () => {
    await create(request({}, 'counted'));
    // The picture may be answered a moment before it is counted.
    await until(async () => {
      const text = (await service.api('/metrics', { key: null })).bytes.toString();
      return (
        /cardpress_images_settled_total\{template="colour-code",status="completed",code=""\} \d+/.test(
          text,
        ) && text.includes('cardpress_queue_jobs{queue="renders",state="waiting"} 0')
      );
    });
  });
});
