import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type LinkWorld, startLinkWorld } from '../../support/link-server.js';
import { until } from '../../support/until.js';

/*
 * DELETE /v1/images holds for every address that leads to the image, in every process, until a call
 * with a key asks for the same content. Steps in their worst order: images/removal-races.test.ts.
 */

let world: LinkWorld;

beforeAll(async () => {
  world = await startLinkWorld({ dynamicBudgetMs: 20_000 });
});
afterAll(() => world?.stop());

/** Pictures that were served a moment ago are in the memory of the process for ten seconds. */
const MEMORY_MS = 15_000;

async function sourceOf(ask: () => ReturnType<LinkWorld['server']['api']>): Promise<string> {
  const answer = await ask();
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toMatch(/^image\//);
  return String(answer.headers['x-cardpress-source']);
}

it('a signed address, a link and a page lose their picture, and have it again after a call with a key', async () => {
  const { service, server } = world;
  const data = (name: string) => ({ title: `Hello, ${name}` });
  const idOf = async (name: string) =>
    (await service.api('/v1/images', { body: { template: 'note', data: data(name) } })).json
      .id as string;

  const signed = await server.api('/v1/urls', {
    body: { template: 'note', data: data('address') },
  });
  const link = await server.api('/v1/links', {
    body: { template: 'note', fixed: { title: 'Hello' }, fields: { title: { max_length: 30 } } },
  });
  const page = { body: { template: 'note', data: data('page') }, method: 'PUT' };
  const put = () => service.api('/v1/pages/post-1', page);
  await put();
  const asks = {
    address: () => server.api(signed.json.url),
    link: () => server.api(`${link.json.url}?title=Hello,+link`),
    page: () => service.api('/p/post-1.png', { key: null }),
  };
  const before = new Map<string, Buffer>();
  for (const [name, ask] of Object.entries(asks)) {
    const answer = await ask();
    expect(answer.headers['x-cardpress-source']).toMatch(/^(rendered|stored)$/);
    before.set(name, answer.bytes);
    const deleted = await service.api(`/v1/images/${await idOf(name)}`, { method: 'DELETE' });
    expect(deleted.status).toBe(204);
  }
  for (const [name, ask] of Object.entries(asks)) {
    await until(async () => (await sourceOf(ask)) === 'fallback', MEMORY_MS);
    const answer = await ask();
    expect([name, answer.headers['x-cardpress-source']]).toEqual([name, 'fallback']);
    expect(answer.headers['cache-control']).toBe('public, max-age=60');
    expect(answer.bytes.equals(before.get(name) as Buffer)).toBe(false);
  }
  expect(server.fallbacks).toContain('deleted');
  expect(
    await service.metric('cardpress_fallback_answers_total', { reason: 'deleted' }),
  ).toBeGreaterThan(0);
  const listed = await service.api('/v1/images?limit=100');
  expect(JSON.stringify(listed.json)).not.toContain('Hello, ');

  const batch = await service.api('/v1/batches', {
    body: { template: 'note', items: [{ data: data('link') }] },
  });
  expect(batch.status).toBe(202);
  await put();
  await idOf('address');
  for (const [name, ask] of Object.entries(asks)) {
    await until(async () => (await sourceOf(ask)) !== 'fallback', MEMORY_MS);
    const answer = await ask();
    expect([name, answer.headers['x-cardpress-source']]).toEqual([name, 'stored']);
    expect(answer.bytes.equals(before.get(name) as Buffer)).toBe(true);
  }
}, 90_000);

it('the picture of a link without values can be deleted too, and costs its readers no error', async () => {
  const { service, server } = world;
  const link = await server.api('/v1/links', {
    body: { template: 'note', fixed: { title: 'For all' }, fields: { title: { max_length: 9 } } },
  });
  const body = { template: 'note', data: { title: 'For all' } };
  const { json } = await service.api('/v1/images', { body });
  await service.api(`/v1/images/${json.id}`, { method: 'DELETE' });
  expect(await sourceOf(() => server.api(link.json.url))).toBe('fallback');
  expect(await sourceOf(() => server.api(`${link.json.url}?title=Zo%C3%AB`))).toBe('rendered');
  // Nor does a link that is made with a key leave it deleted.
  await server.api('/v1/links', {
    body: { template: 'note', fixed: { title: 'For all' }, fields: { title: { max_length: 9 } } },
  });
  await until(async () => (await sourceOf(() => server.api(link.json.url))) !== 'fallback', 20_000);
});

it('a tombstone says nothing of what was deleted, and is not served', async () => {
  const { service, server } = world;
  const body = { template: 'note', data: { title: 'Secret of Zoë' }, metadata: { of: 'Zoë' } };
  const { json } = await service.api('/v1/images', { body });
  await service.api(`/v1/images/${json.id}`, { method: 'DELETE' });
  const key = `cardpress-deleted/${json.id.slice(0, 2)}/${json.id}.tombstone`;
  const object = await service.storage.store.get(key);
  expect(object?.object.info.attributes).toEqual({
    'cardpress-id': json.id,
    'cardpress-picture': `note/${json.id.slice(0, 2)}/${json.id}.png`,
    'cardpress-deleted': expect.stringMatching(/^20\d\d-.*Z$/),
  });
  expect(object?.body.toString()).toBe('This image was deleted.\n');
  expect((await service.api(`/images/${key}`, { key: null })).status).toBe(404);
  expect(server.fallbacks).not.toContain('internal');
});
