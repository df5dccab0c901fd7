import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { objectKeys } from '../../../src/images/object-key.js';
import { connectForWork } from '../../../src/records/redis-connections.js';
import { createVersionRecords } from '../../../src/records/version-records.js';
import { readPixels } from '../../support/colour-code.js';
import { startService, type TestService } from '../../support/service.js';
import { cardFiles, publishFiles } from '../../support/stored-template.js';
import { until } from '../../support/until.js';

/*
 * Two services on one Redis and one storage: what is published in the one is drawn by the other.
 * Only the second one draws.
 */
let api: TestService;
let drawing: TestService;

beforeAll(async () => {
  api = await startService({ worker: false });
  drawing = await startService({ redis: api.redis, dataDir: api.dataDir });
}, 60_000);
afterAll(async () => {
  await drawing?.stop();
  await api?.stop();
});

const red = '#c01010';
const green = '#107010';

async function colourAt(service: TestService, url: string): Promise<string> {
  const { status, bytes } = await service.api(url, { key: null });
  if (status !== 200) throw new Error(`${url}: ${status}`);
  return colourOf(bytes);
}
async function colourOf(bytes: Buffer): Promise<string> {
  const { data } = await readPixels(bytes);
  return `#${data.subarray(0, 3).toString('hex')}`;
}
const draw = (template: string, title: string, more = {}) =>
  api.api('/v1/images', { body: { template, data: { title }, wait: 30, ...more } });
const versionIn = async (service: TestService, id: string) =>
  (await service.api(`/v1/templates/${id}`)).json.version as string | undefined;

async function rollBack(id: string, version: string, message?: string): Promise<void> {
  const body = { version, ...(message ? { message } : {}) };
  const { status, json } = await api.api(`/v1/templates/${id}/rollback`, { body });
  if (status !== 200) throw new Error(JSON.stringify(json));
}
const completed = (id: string) =>
  until(async () => {
    const { json } = await api.api(`/v1/images/${id}`);
    return json.status === 'completed' && json;
  }, 30_000);

describe('a published version', () => {
  let first: string;
  let second: string;

  it('is known to another process within a second, and drawn by it', async () => {
    first = await publishFiles(api.api, 'spring', cardFiles(red));
    const publishedAt = performance.now();
    await until(async () => (await versionIn(drawing, 'spring')) === first, 1_000);
    expect(performance.now() - publishedAt).toBeLessThan(1_000);
    // At once in the process that was asked.
    expect(await versionIn(api, 'spring')).toBe(first);
    const { status, json } = await draw('spring', 'Hello');
    expect([status, json.template_version]).toEqual([201, first]);
    expect(await colourAt(drawing, json.url.replace(api.url, drawing.url))).toBe(red);
    expect((await api.api('/v1/templates')).json.items).toContainEqual(
      expect.objectContaining({ id: 'spring', version: first }),
    );
  });

  it('draws what was asked for before another one is current, also in a process that begins then', async () => {
    second = await publishFiles(api.api, 'spring', cardFiles(green));
    const { json: anew } = await draw('spring', 'Anew');
    expect([anew.template_version, await colourAt(api, anew.url)]).toEqual([second, green]);
    await rollBack('spring', first);
    await drawing.stopWorker();
    const { json: asked } = await draw('spring', 'Queued', { wait: 0 });
    await rollBack('spring', second);
    const late = await startService({ redis: api.redis, dataDir: api.dataDir });
    const image = await completed(asked.id).finally(() => late.stop());
    expect([image.template_version, await colourAt(api, image.url)]).toEqual([first, red]);
    await drawing.startWorker();
  }, 90_000);

  it('is pinned wherever a template is named', async () => {
    const pin = `spring@${first}`;
    const { status, json } = await draw(pin, 'Pinned');
    expect([status, json.template, json.template_version]).toEqual([201, 'spring', first]);
    expect(await colourAt(api, json.url)).toBe(red);
    expect((await api.api(`/v1/templates/${pin}`)).json.version).toBe(first);
    const preview = await api.api(`/v1/templates/${pin}/preview`, { body: {} });
    expect(await colourOf(preview.bytes)).toBe(red);

    const { json: signed } = await api.api('/v1/urls', {
      body: { template: pin, data: { title: 'Signed' } },
    });
    expect(await colourAt(api, signed.url)).toBe(red);
    const { json: link } = await api.api('/v1/links', {
      body: { template: pin, fixed: { title: 'Link' }, fields: { title: { max_length: 20 } } },
    });
    expect(await colourAt(api, `${link.url.split('?')[0]}?title=Ada`)).toBe(red);
    const page = await api.api('/v1/pages/pinned', {
      method: 'PUT',
      body: { template: pin, data: { title: 'Page' }, wait: 30 },
    });
    expect(page.status).toBeLessThan(300);
    const { json: batch } = await api.api('/v1/batches', {
      body: { template: pin, items: [{ data: { title: 'Row' } }] },
    });
    const [row] = await until(async () => {
      const { json: items } = await api.api(`/v1/batches/${batch.id}/items?status=completed`);
      return items.items.length > 0 && items.items;
    }, 30_000);
    expect(await colourAt(api, row.image_url ?? row.url)).toBe(red);

    const unknown = await draw('spring@0123456789abcdef', 'No');
    expect([unknown.status, unknown.json.code]).toEqual([404, 'template_not_found']);
    const { json: note } = await api.api('/v1/templates/note');
    const folder = await draw(`note@${note.version}`, 'A folder');
    expect([folder.status, folder.json.template_version]).toEqual([201, note.version]);
  }, 60_000);

  it('is found by the name that an engine before this one gave it', async () => {
    const redis = connectForWork(api.redisUrl);
    const records = createVersionRecords(redis, redis);
    const old = 'a'.repeat(16);
    try {
      const files = await records.filesOf('spring', first);
      if (!files) throw new Error('The version is not known.');
      await records.noteVersion('spring', old, files);
    } finally {
      redis.disconnect();
    }
    const { json } = await draw(`spring@${old}`, 'Old');
    // New images have the name of today; a job of then is drawn from the same files.
    expect([json.template_version, await colourAt(api, json.url)]).toEqual([first, red]);
  }, 30_000);

  it('is rolled back, and stays in the history', async () => {
    await rollBack('spring', first, 'Red after all');
    await until(async () => (await versionIn(drawing, 'spring')) === first, 1_000);
    const { json } = await draw('spring', 'Back');
    expect(await colourAt(api, json.url)).toBe(red);
    const { json: history } = await api.api('/v1/templates/spring/versions');
    expect(history.items.map((one: object) => ({ ...one, at: '' }))).toMatchObject([
      { action: 'rolled_back', version: first, message: 'Red after all', by: 'bootstrap' },
      { action: 'rolled_back', version: second },
      { action: 'rolled_back', version: first },
      { action: 'published', version: second },
      { action: 'published', version: first },
    ]);
    const unknown = await api.api('/v1/templates/spring/rollback', {
      body: { version: '0123456789abcdef' },
    });
    expect([unknown.status, unknown.json.code]).toEqual([404, 'template_version_not_found']);
  });

  it('is no longer offered once the template is deleted, and still draws what needs it', async () => {
    const { json: kept } = await draw('spring', 'Kept');
    await drawing.stopWorker();
    const { json: queued } = await draw('spring', 'Waiting', { wait: 0 });
    expect((await api.api('/v1/templates/spring', { method: 'DELETE' })).status).toBe(204);
    await until(async () => (await versionIn(drawing, 'spring')) === undefined, 1_000);
    const refused = await draw('spring', 'New');
    expect([refused.status, refused.json.code]).toEqual([404, 'template_not_found']);
    await drawing.startWorker();
    const image = await completed(queued.id);
    expect(await colourAt(api, image.url)).toBe(red);
    expect(await colourAt(api, kept.url)).toBe(red);
    const again = await api.api('/v1/templates/spring', { method: 'DELETE' });
    expect([again.status, again.json.code]).toEqual([404, 'template_not_found']);
  }, 60_000);

  it('lies where nobody can read it without a key', async () => {
    const keys: string[] = [];
    for await (const { key } of api.storage.store.list(objectKeys.privates)) keys.push(key);
    // Of drafts that are deleted, nothing is left.
    expect(keys.length).toBe(2);
    for (const key of keys) {
      expect(key).toMatch(
        /^cardpress-private\/templates\/spring\/[0-9a-f]{64}\/[0-9a-f]{64}\.zip$/,
      );
      expect((await api.api(`/images/${key}`, { key: null })).status).toBe(404);
    }
  });
});

describe('a service that did not hear of a change', () => {
  it('finds it by the generation, within a second', async () => {
    const first = await publishFiles(api.api, 'deaf', cardFiles(red));
    await until(async () => (await versionIn(drawing, 'deaf')) === first, 1_000);
    await drawing.subscriber.unsubscribe();
    const second = await publishFiles(api.api, 'deaf', cardFiles(green));
    await until(async () => (await versionIn(drawing, 'deaf')) === second, 1_500);
  }, 30_000);
});
