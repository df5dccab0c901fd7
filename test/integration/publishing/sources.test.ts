import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../../support/until.js';
import { type HookWorld, startHookWorld } from './hook-world.js';

const SECRET = 'a-secret-that-nobody-sees';
const generic = {
  kind: 'generic',
  secret: SECRET,
  signature: { scheme: 'hmac', header: 'X-Signature' },
  template: 'note',
  page: '{{slug}}',
  event: '{{event}}',
  map: { title: '{{title}}', count: '{{count}}' },
  site_url: 'https://example.com/',
};

let world: HookWorld;

beforeAll(async () => {
  world = await startHookWorld();
}, 120_000);

afterAll(() => world.stop());

const sign = (body: string, secret = SECRET) => ({
  'x-signature': createHmac('sha256', secret).update(body).digest('hex'),
});

describe('a source', () => {
  it('is made, read, listed and deleted, and its secret is never shown', async () => {
    const made = await world.source('shop', generic);
    expect(made.status).toBe(201);
    const { secret: _secret, ...rest } = generic;
    expect(made.json).toMatchObject({
      ...rest,
      name: 'shop',
      secret: '********',
      site_url: 'https://example.com',
      hook_url: `${world.service.url}/v1/hooks/shop`,
    });
    const read = await world.api('/v1/sources/shop');
    expect(read.json).toEqual(made.json);
    const list = await world.api('/v1/sources');
    expect(list.json.items).toEqual([made.json]);
    for (const answer of [made, read, list]) expect(answer.bytes.toString()).not.toContain(SECRET);

    expect((await world.api('/v1/sources/shop', { method: 'DELETE' })).status).toBe(204);
    expect((await world.api('/v1/sources/shop')).status).toBe(404);
    expect((await world.api('/v1/sources/shop', { method: 'DELETE' })).status).toBe(404);
    expect((await world.hook('shop', '{}', sign('{}'))).status).toBe(403);
  });

  it('is not for those without a key', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      expect((await world.api('/v1/sources/shop', { method, key: null })).status).toBe(401);
    }
    const test = { method: 'POST', key: null, body: { body: {} } };
    expect((await world.api('/v1/sources/shop/test', test)).status).toBe(401);
  });

  it('keeps its secret when it is changed without one, and takes a new one', async () => {
    await world.source('kept', generic);
    const body = JSON.stringify({ event: 'nothing' });
    const status = async (secret: string) =>
      (await world.hook('kept', body, sign(body, secret))).status;
    for (const secret of [undefined, '********']) {
      expect((await world.source('kept', { ...generic, secret })).status).toBe(200);
      expect(await status(SECRET)).toBe(202);
    }
    const next = 'another-secret-altogether';
    await world.source('kept', { ...generic, secret: next });
    expect(await status(SECRET)).toBe(403);
    expect(await status(next)).toBe(202);
  });

  it.each([
    ['secret', { secret: undefined }],
    ['secret', { secret: 'short' }],
    ['signature', { signature: undefined }],
    ['signature', { kind: 'ghost' }],
    ['map.titel', { map: { titel: '{{title}}' } }],
    ['map.title', { map: { title: '{{#each a}}' } }],
    ['page', { page: '{{> partial}}' }],
    ['sizes.0', { sizes: ['wide'] }],
    ['site_url', { site_url: 'ftp://example.com' }],
    ['kind', { kind: 'drupal' }],
    ['templat', { templat: 'note' }],
  ])('is refused for a wrong %s', async (path, change) => {
    const answer = await world.source('refused', { ...generic, ...change });
    expect(answer.status).toBe(422);
    expect(answer.json.errors.map((error: { path: string }) => error.path)).toContain(path);
    expect((await world.api('/v1/sources/refused')).status).toBe(404);
  });

  it('is refused for a name that is none and a template that is not there', async () => {
    expect((await world.source('No%20Name', generic)).json.errors[0].path).toBe('name');
    const answer = await world.source('refused', { ...generic, template: 'nowhere' });
    expect(answer).toMatchObject({ status: 404, json: { code: 'template_not_found' } });
  });
});

describe('the description', () => {
  it('has every route, the hooks without a key and with a body of their own', async () => {
    const { paths } = (await world.api('/openapi.json')).json as {
      paths: Record<string, Record<string, { requestBody?: unknown; security: unknown[] }>>;
    };
    const own = Object.keys(paths).filter((path) => /^\/v1\/(hooks|sources)/.test(path));
    expect(own.sort()).toEqual([
      '/v1/hooks/{source}',
      '/v1/sources',
      '/v1/sources/{name}',
      '/v1/sources/{name}/test',
    ]);
    const hook = paths['/v1/hooks/{source}']?.post;
    expect(hook?.security).toEqual([]);
    expect(hook?.requestBody).toBeDefined();
    expect(paths['/v1/sources/{name}']?.put?.security).toHaveLength(1);
  });
});

describe('a generic source', () => {
  it('publishes and takes back what its expressions say', async () => {
    await world.source('shop', generic);
    const send = (event: string) => {
      const body = JSON.stringify({ event, slug: 'lamp', title: 'A lamp', count: 7 });
      return world.hook('shop', body, sign(body));
    };
    expect((await send('product.created')).json).toEqual({
      action: 'publish',
      event: 'product.created',
      page: 'lamp',
    });
    await until(async () => (await world.page('lamp'))?.images[0].current, 60_000);
    expect((await world.page('lamp'))?.content).toMatchObject({
      data: { title: 'A lamp', count: 7 },
      pageUrl: 'https://example.com/lamp',
    });
    expect((await send('product.viewed')).json.action).toBe('ignore');
    expect((await send('product.deleted')).json.action).toBe('unpublish');
    expect((await world.api('/v1/pages/lamp')).json.code).toBe('page_not_found');
  }, 120_000);
});

describe('a dry run', () => {
  it('shows the event, the page and its data, and keeps and draws nothing', async () => {
    await world.source('shop', generic);
    const before = await world.kept();
    const body = { event: 'created', slug: 'desk', title: 'A desk', count: 3 };
    const answer = await world.api('/v1/sources/shop/test', { body: { body } });
    expect(answer).toMatchObject({
      status: 200,
      json: {
        action: 'publish',
        event: 'created',
        page: 'desk',
        page_url: 'https://example.com/desk',
        template: 'note',
        data: { title: 'A desk', count: 3 },
        errors: [],
      },
    });
    expect(await world.kept()).toEqual(before);
  });

  it('tells everything that a real request would be refused for', async () => {
    const body = { event: 'created', slug: 'no key', count: 'many' };
    const { json } = await world.api('/v1/sources/shop/test', { body: { body } });
    const paths = json.errors.map((error: { path: string }) => error.path);
    expect(paths).toEqual(expect.arrayContaining(['page', 'data.title']));
  });

  it('reads the headers that tell what happened', async () => {
    await world.source('contents', {
      kind: 'contentful',
      secret: 'c'.repeat(64),
      template: 'note',
      page: '{{fields.slug.en-US}}',
      map: { title: '{{fields.title.[en-US]}}' },
    });
    const run = async (topic: string) => {
      const sample = {
        body: {
          sys: { type: 'Entry', id: 'e1' },
          fields: { slug: { 'en-US': 'hi' }, title: { 'en-US': 'Hi' } },
        },
        headers: { 'X-Contentful-Topic': `ContentManagement.Entry.${topic}` },
      };
      return (await world.api('/v1/sources/contents/test', { body: sample })).json;
    };
    expect(await run('publish')).toMatchObject({
      action: 'publish',
      page: 'hi',
      data: { title: 'Hi' },
      errors: [],
    });
    expect(await run('auto_save')).toMatchObject({
      action: 'ignore',
      reason: expect.stringContaining('draft'),
    });
  });
});
