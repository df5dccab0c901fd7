import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createKeyCharges } from '../../../src/keys/key-charges.js';
import { createKeyRecords } from '../../../src/records/key-records.js';
import { createQuotaRecords } from '../../../src/records/quota-records.js';
import { type LinkWorld, startLinkWorld } from '../../support/link-server.js';
import { until } from '../../support/until.js';

/* What is drawn for the addresses of a key with a daily quota is taken from it. */

let world: LinkWorld;

beforeAll(async () => {
  world = await startLinkWorld({ dynamicBudgetMs: 20_000 });
});
afterAll(() => world?.stop());

async function newKey(quota?: number): Promise<{ id: string; key: string }> {
  const limits = quota === undefined ? {} : { daily_quota: quota };
  const { json } = await world.service.api('/v1/keys', { body: { name: 'mails', ...limits } });
  return { id: json.id, key: json.key };
}
const newLink = (key: string, title: string) =>
  world.server.api('/v1/links', {
    key,
    body: { template: 'note', fixed: { title }, fields: { title: { max_length: 30 } } },
  });
const source = async (url: string) => {
  const answer = await world.server.api(url);
  expect(answer.status).toBe(200);
  return answer.headers['x-cardpress-source'];
};

it('the pictures of a link, the one without values among them; what is there costs nothing', async () => {
  const { server, service } = world;
  const { id, key } = await newKey(3);
  const { json: link } = await newLink(key, 'Mail of the day');
  expect(link).toMatchObject({ key_id: id, quota_left: 2 });
  await until(async () => (await source(link.url)) !== 'fallback', 20_000);
  expect(await source(`${link.url}?title=Ada`)).toBe('rendered');
  // Several at once share one drawing, which is taken once.
  const together = await Promise.all([1, 2, 3].map(() => source(`${link.url}?title=Grace`)));
  expect(new Set(together)).toEqual(new Set(['rendered']));
  expect((await service.api(`/v1/links/${link.id}`)).json).toMatchObject({ quota_left: 0 });

  server.fallbacks.length = 0;
  const refused = await server.api(`${link.url}?title=Late`);
  expect([refused.status, refused.headers['x-cardpress-source']]).toEqual([200, 'fallback']);
  expect(refused.headers['cache-control']).toBe('public, max-age=60');
  expect(server.fallbacks).toEqual(['quota_exceeded']);
  // The picture without values stands in.
  expect(refused.bytes.equals((await server.api(link.url)).bytes)).toBe(true);
  expect(await source(`${link.url}?title=Ada`)).toBe('stored');
  const call = { key, body: { template: 'note', data: { title: 'Another' } } };
  expect((await service.api('/v1/images', call)).json.code).toBe('quota_exceeded');
  const { json: list } = await service.api('/v1/links?limit=1');
  expect(list.items[0]).toMatchObject({ id: link.id, key_id: id, quota_left: 0 });

  // Mails that are out go on, for a key that is no more.
  expect((await service.api(`/v1/keys/${id}`, { method: 'DELETE' })).status).toBe(204);
  expect(await source(`${link.url}?title=Late`)).toBe('rendered');
  expect((await service.api(`/v1/links/${link.id}`)).json).toMatchObject({ quota_left: null });
});

it('the pictures of signed addresses that POST /v1/urls made for it', async () => {
  const { server, service } = world;
  const { id, key } = await newKey(1);
  const sign = (title: string, who?: string) =>
    server.api('/v1/urls', {
      ...(who ? { key: who } : {}),
      body: { template: 'note', data: { title } },
    });
  const first = (await sign('First of the day', key)).json.url as string;
  const second = (await sign('Second of the day', key)).json.url as string;
  expect(first).toContain(`/i/note.png?_key=${id}&title=`);
  expect(await source(first)).toBe('rendered');
  server.fallbacks.length = 0;
  expect(await source(second)).toBe('fallback');
  expect(server.fallbacks).toEqual(['quota_exceeded']);
  expect(await source(first)).toBe('stored');
  // The key is part of what is signed.
  expect((await server.api(second.replace(`_key=${id}&`, ''))).status).toBe(403);

  // Whoever is counted for nothing signs as ever, and it is the same picture.
  const plain = (await sign('Second of the day')).json.url as string;
  expect(plain).not.toContain('_key');
  const unlimited = await newKey();
  expect((await sign('Second of the day', unlimited.key)).json.url).toBe(plain);
  expect(await source(plain)).toBe('rendered');
  expect(await source(second)).toBe('stored');

  const third = (await sign('Third of the day', key)).json.url as string;
  await service.api(`/v1/keys/${id}`, { method: 'DELETE' });
  expect(await source(third)).toBe('rendered');
});

it("an expired key's quota goes on bounding what it gave out", async () => {
  const redis = world.service.redis.connect();
  const records = createKeyRecords(redis);
  const charges = createKeyCharges({ records, quotas: createQuotaRecords(redis) });
  const hash = 'e'.repeat(64);
  await records.add({
    ...{ id: 'key_00000000000000ee', name: 'old', prefix: 'cp_live_eeee', hash, scopes: ['pages'] },
    ...{ dailyQuota: 2, createdAt: '2026-01-01T00:00:00.000Z' },
    expiresAt: '2026-02-01T00:00:00.000Z',
  });
  const quota = charges.quotaOf('key_00000000000000ee');
  await quota?.take(1);
  await quota?.take(1);
  await quota?.giveBack(1);
  expect(await charges.leftToday('key_00000000000000ee')).toBe(1);
  await expect(quota?.take(2)).rejects.toMatchObject({ code: 'quota_exceeded' });
  expect(await charges.leftToday('key_ffffffffffffffff')).toBeUndefined();
});
