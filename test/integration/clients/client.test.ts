import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CardpressError } from '../../../clients/js/src/cardpress-error.js';
import { type Cardpress, createClient } from '../../../clients/js/src/create-client.js';
import { imageUrl } from '../../../clients/js/src/image-url.js';
import { metaHtml, pageMeta } from '../../../clients/js/src/page-meta.js';
import { verifyWebhook } from '../../../clients/js/src/verify-webhook.js';
import { readPageTags } from '../../../src/publishing/page-tags.js';
import { colourFields, coloursOf, readPixels, shownColours } from '../../support/colour-code.js';
import { startService, type TestService } from '../../support/service.js';
import { until } from '../../support/until.js';
import { type Receiver, startReceiver } from '../webhooks/receiver.js';
import { WEBHOOK_SECRET } from '../webhooks/told-service.js';

const SIGNING_KEY = '5b'.repeat(32);
let receiver: Receiver;
let service: TestService;
let client: Cardpress;

beforeAll(async () => {
  receiver = await startReceiver();
  service = await startService({
    env: {
      WEBHOOK_SECRET,
      URL_SIGNING_KEY: SIGNING_KEY,
      EGRESS_ALLOW: `127.0.0.1:${receiver.port}`,
      DYNAMIC_BUDGET_MS: '20000',
    },
  });
  client = createClient({ baseUrl: service.url, apiKey: service.key });
});
afterAll(async () => {
  await service?.stop();
  await receiver?.close();
});

async function open(url: string) {
  const answer = await fetch(url);
  const bytes = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, source: answer.headers.get('x-cardpress-source'), bytes };
}

async function failing(call: Promise<unknown>): Promise<CardpressError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof CardpressError) return error;
  throw new Error(`No CardpressError: ${String(error)}`);
}

describe('an address that imageUrl signs', () => {
  const request = (text: string) => ({ template: 'colour-code', data: colourFields(text) });
  const sign = (text: string) =>
    imageUrl({ ...request(text), baseUrl: service.url, size: 'wide', signingKey: SIGNING_KEY });

  it('is drawn at the first look and stored at the next', async () => {
    const url = await sign('signed');
    const first = await open(url);
    expect([first.status, first.source]).toEqual([200, 'rendered']);
    expect(await shownColours(first.bytes)).toEqual(coloursOf('signed'));
    expect((await readPixels(first.bytes)).width).toBe(640);
    const again = await open(url);
    expect([again.status, again.source]).toEqual([200, 'stored']);
    expect(again.bytes.equals(first.bytes)).toBe(true);
  });

  it('is the one that the service signs, and refused when it is changed', async () => {
    const url = await sign('same');
    expect(await client.urls.create({ ...request('same'), size: 'wide' })).toEqual({
      url,
      expires_at: null,
    });
    expect((await open(url.replace('_size=wide', '_size=small'))).status).toBe(403);
  });
});

describe('pages', () => {
  it('give the tags of meta_html, whose pictures are as they say', async () => {
    const page = await client.pages.put('blog/hello', {
      template: 'colour-code',
      data: colourFields('page'),
      sizes: ['wide', 'small'],
      alt: `Tom & Jerry's "page"`,
    });
    expect([page.status, page.reused]).toEqual(['ready', false]);
    const meta = pageMeta(page);
    const shown = meta.tags.map((tag) => ({
      name: 'property' in tag ? tag.property : tag.name,
      content: tag.content,
    }));
    expect(shown).toEqual(readPageTags(page.meta_html).tags);
    expect(metaHtml(page)).toBe(page.meta_html);
    expect(meta.openGraph.images).toHaveLength(2);
    for (const { url, width, height, type, alt } of meta.openGraph.images) {
      const picture = await open(url);
      const pixels = await readPixels(picture.bytes);
      expect([picture.status, pixels.width, pixels.height]).toEqual([200, width, height]);
      expect([type, alt]).toEqual(['image/png', `Tom & Jerry's "page"`]);
    }
    expect(pageMeta(await client.pages.get('blog/hello'))).toEqual(meta);

    // Who knows the key alone is led to the same picture.
    const known = { baseUrl: service.url, key: 'blog/hello', width: 640, height: 180 };
    for (const { size, width } of [
      { size: undefined, width: 640 },
      { size: 'small', width: 320 },
    ]) {
      const [image] = pageMeta({ ...known, size, width }).openGraph.images;
      const { bytes } = await open(image?.url ?? '');
      expect((await readPixels(bytes)).width).toBe(width);
      expect(await shownColours(bytes)).toEqual(coloursOf('page'));
    }
    await client.pages.delete('blog/hello');
    expect((await failing(client.pages.get('blog/hello'))).status).toBe(404);
  });
});

describe('images', () => {
  it('are made, read, listed and deleted', async () => {
    const made = await client.images.create({
      template: 'colour-code',
      data: colourFields('made'),
      wait: 30,
    });
    expect(made.status).toBe('completed');
    expect(await shownColours((await open(made.url)).bytes)).toEqual(coloursOf('made'));
    expect(await client.images.get(made.id)).toMatchObject({ id: made.id, url: made.url });
    const { items } = await client.images.list({ template: 'colour-code', limit: 1 });
    expect(items).toHaveLength(1);
    expect(await client.images.delete(made.id)).toBeUndefined();
    expect(await failing(client.images.get(made.id))).toMatchObject({
      code: 'image_not_found',
      status: 404,
    });
  });

  it('come in several sizes, and in the short form', async () => {
    const data = colourFields('sizes');
    const { images } = await client.images.create({
      ...{ template: 'colour-code', data, wait: 30 },
      sizes: ['small', 'wide'],
    });
    expect(images.map(({ width }) => width)).toEqual([320, 640]);
    const short = await client.generate({ design_id: 'colour-code', layers: data });
    expect(short).toMatchObject({ image_url: images[0]?.url, reused: true });
  });

  it('are told of by a webhook that can be verified', async () => {
    const { id } = await client.images.create({
      ...{ template: 'colour-code', data: colourFields('told'), wait: 0 },
      webhook_url: receiver.url,
    });
    const { headers, body } = await until(() => receiver.received[0], 30_000);
    const message = await verifyWebhook(['another secret', WEBHOOK_SECRET], headers, body);
    expect(message).toMatchObject({ type: 'image.completed', data: { id, status: 'completed' } });
    const changed = body.toString().replace(id, 'x'.repeat(32));
    await expect(verifyWebhook(WEBHOOK_SECRET, headers, changed)).rejects.toThrow('signature');
  });
});

describe('the rest of the API', () => {
  it('takes batches as rows and as a CSV', async () => {
    const rows = ['a', 'b'].map((ref) => ({ ref, data: colourFields(ref) }));
    const byRows = await client.batches.create({ template: 'colour-code', items: rows });
    const csv = ['c1,c2,c3,c4,c5,c6,c7,c8', coloursOf('c').join(',')].join('\n');
    const form = new FormData();
    form.set('template', 'colour-code');
    form.set('file', new Blob([csv], { type: 'text/csv' }), 'rows.csv');
    const byCsv = await client.batches.create(form);
    for (const [{ id }, total] of [
      [byRows, 2],
      [byCsv, 1],
    ] as const) {
      const over = await until(async () => {
        const batch = await client.batches.get(id);
        return batch.finished_at !== null && batch;
      }, 30_000);
      expect(over).toMatchObject({ status: 'completed', total });
    }
    const { items } = await client.batches.items(byRows.id, { limit: 1 });
    expect(items).toMatchObject([{ ref: 'a', status: 'completed' }]);
  });

  it('knows templates and links', async () => {
    const { items } = await client.templates.list();
    expect(items.map(({ id }) => id)).toContain('note');
    expect((await client.templates.get('note')).default_size).toBe(
      items.find(({ id }) => id === 'note')?.default_size,
    );
    const link = await client.links.create({
      template: 'note',
      fixed: { title: 'Hello' },
      fields: { title: { max_length: 40 } },
    });
    expect(link.merge_tags.mailchimp).toContain('title=*|URL:');
    expect(await client.links.get(link.id)).toMatchObject({ id: link.id, images: 0 });
  });
});

describe('errors', () => {
  it('say what is wrong, by field, and which request it was', async () => {
    const wrong = { template: 'colour-code', data: { c1: 'no colour' } };
    const error = await failing(client.images.create(wrong));
    expect(error).toMatchObject({ code: 'invalid_data', status: 422 });
    expect(error.errors.map(({ path }) => path)).toContain('data.c1');
    expect(service.log.some((line) => JSON.stringify(line).includes(String(error.requestId)))).toBe(
      true,
    );
  });

  it('name what does not exist, and a wrong key', async () => {
    const missing = await failing(client.templates.get('nowhere'));
    expect(missing).toMatchObject({ code: 'template_not_found', status: 404 });
    const stranger = createClient({ baseUrl: service.url, apiKey: 'wrong' });
    expect(await failing(stranger.templates.list())).toMatchObject({
      code: 'unauthorized',
      status: 401,
    });
  });
});
