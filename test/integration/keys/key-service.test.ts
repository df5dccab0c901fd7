import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { createKeyService } from '../../../src/keys/key-service.js';
import { createKeyRecords } from '../../../src/records/key-records.js';
import { createQuotaRecords } from '../../../src/records/quota-records.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

const BOOTSTRAP = 'a-key-from-the-settings';

let server: RedisServer;
let redis: Redis;
let clock: Date;

function service() {
  return createKeyService({
    records: createKeyRecords(redis),
    quotas: createQuotaRecords(redis),
    bootstrapKey: BOOTSTRAP,
    now: () => clock,
  });
}

async function everythingInRedis(): Promise<string> {
  const names = await redis.keys('*');
  const values = await Promise.all(names.map((name) => redis.hgetall(name)));
  return JSON.stringify([names, values]);
}

beforeAll(async () => {
  server = await startRedis();
  redis = server.connect();
});
afterAll(() => server.stop());
beforeEach(async () => {
  await redis.flushall();
  clock = new Date('2026-11-21T10:00:00.000Z');
});

describe('a key', () => {
  it('is shown once, verifies, and is kept as a hash alone', async () => {
    const { key, apiKey } = await service().create('  CMS  ');
    expect(key).toMatch(/^cp_live_[A-Za-z0-9_-]{43}$/);
    expect(apiKey).toMatchObject({
      name: 'CMS',
      prefix: key.slice(0, 12),
      scopes: ['*'],
      createdAt: '2026-11-21T10:00:00.000Z',
    });
    expect(await service().verify(key)).toEqual({
      ...{ keyId: apiKey.id, name: 'CMS', scopes: ['*'] },
    });
    const kept = await everythingInRedis();
    expect(kept).toContain('CMS');
    expect(kept).not.toContain(key);
    expect(kept).not.toContain(key.slice(13));
  });

  it('keeps the scopes that it was given', async () => {
    const { key } = await service().create('CMS', { scopes: ['images', 'pages', 'images'] });
    expect((await service().verify(key))?.scopes).toEqual(['images', 'pages']);
  });

  it('lives beside others, which are listed oldest first and revoked one by one', async () => {
    const first = await service().create('first');
    clock = new Date(clock.getTime() + 1);
    const second = await service().create('second');
    expect((await service().list()).map(({ name }) => name)).toEqual(['first', 'second']);

    expect(await service().revoke(first.apiKey.id)).toBe(true);
    expect(await service().verify(first.key)).toBeUndefined();
    expect((await service().verify(second.key))?.keyId).toBe(second.apiKey.id);
    expect((await service().list()).map(({ name }) => name)).toEqual(['second']);
    expect(await service().revoke(first.apiKey.id)).toBe(false);
  });

  it.each([
    ['another', `cp_live_${'A'.repeat(43)}`],
    ['a part of one', 'cp_live_'],
    ['the empty one', ''],
    ['an endless one', 'x'.repeat(100_000)],
  ])('is not taken for %s', async (_name, presented) => {
    await service().create('CMS');
    expect(await service().verify(presented)).toBeUndefined();
  });

  it.each(['', '   ', 'x'.repeat(101)])(
    'needs a name of 1 to 100 characters, not %j',
    async (name) => {
      await expect(service().create(name)).rejects.toMatchObject({
        code: 'invalid_request',
        errors: [{ path: 'name', message: expect.stringContaining('1 to 100 characters') }],
      });
    },
  );
});

describe('what a key is made with', () => {
  it('is kept, and comes out as it is counted', async () => {
    const { key, apiKey } = await service().create('shop', {
      scopes: ['images'],
      rateLimit: { requests: 5, windowSeconds: 1 },
      dailyQuota: 100,
      expiresAt: '2026-12-01T01:00:00+01:00',
    });
    expect(apiKey).toMatchObject({ dailyQuota: 100, expiresAt: '2026-12-01T00:00:00.000Z' });
    expect(await service().list()).toEqual([apiKey]);
    const verified = await service().verify(key);
    expect(verified).toMatchObject({
      scopes: ['images'],
      rate: { isAllowed: true, left: 4, limit: { requests: 5, windowSeconds: 1 } },
    });
    expect(verified?.quota?.left()).toBe(100);
    await verified?.quota?.take(30);
    expect(verified?.quota?.left()).toBe(70);
    expect((await service().verify(key))?.quota?.left()).toBe(70);
    await expect(verified?.quota?.take(71)).rejects.toMatchObject({
      code: 'quota_exceeded',
      detail: expect.stringContaining('100 new pictures a day, of which 70 are left'),
      retryAfterSeconds: verified?.quota?.resetSeconds(),
    });
  });

  it('ends it at its time', async () => {
    const { key } = await service().create('guest', { expiresAt: '2026-11-21T10:00:01Z' });
    clock = new Date('2026-11-21T10:00:00.999Z');
    expect(await service().verify(key)).toBeDefined();
    clock = new Date('2026-11-21T10:00:01.000Z');
    expect(await service().verify(key)).toBeUndefined();
  });

  it.each([
    [{ scopes: ['image'] }, 'scopes', 'Did you mean "images"?'],
    [{ scopes: [] }, 'scopes', 'images, batches, pages, templates, templates:write, admin, *'],
    [{ rateLimit: { requests: 0, windowSeconds: 1 as const } }, 'rate_limit.per_second', '100000'],
    [{ rateLimit: { requests: 1.5, windowSeconds: 60 as const } }, 'rate_limit.per_minute', '1'],
    [{ dailyQuota: 10_000_001 }, 'daily_quota', 'between 1 and 10000000'],
    [{ expiresAt: '2026-11-21T10:00:00Z' }, 'expires_at', 'in the future'],
    [{ expiresAt: '2027-01-01' }, 'expires_at', 'such as 2030-01-31T12:00:00Z'],
    [{ expiresAt: '+20000-01-01T00:00:00Z' }, 'expires_at', 'in the future'],
  ])('is checked: %j', async (options, path, message) => {
    await expect(service().create('tests', options)).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [{ path, message: expect.stringContaining(message) }],
    });
    expect(await service().list()).toEqual([]);
  });
});

describe('last_used_at', () => {
  const lastUsed = async () => (await service().list())[0]?.lastUsedAt;

  it('is written at the first use and then once a minute', async () => {
    const { key } = await service().create('CMS');
    expect(await lastUsed()).toBeUndefined();

    await service().verify(key);
    expect(await until(lastUsed)).toBe('2026-11-21T10:00:00.000Z');

    clock = new Date('2026-11-21T10:00:59.999Z');
    await service().verify(key);
    await redis.ping(); // Commands of one connection run in order: a write would be done by now.
    expect(await lastUsed()).toBe('2026-11-21T10:00:00.000Z');

    clock = new Date('2026-11-21T10:01:00.000Z');
    await service().verify(key);
    expect(
      await until(async () => (await lastUsed())?.startsWith('2026-11-21T10:01') === true),
    ).toBe(true);
  });

  it('costs a key in steady use no write at all', async () => {
    const records = createKeyRecords(redis);
    const { key, apiKey } = await service().create('CMS');
    await records.touch(apiKey.hash, clock.toISOString(), clock.toISOString());
    let writes = 0;
    const counting = createKeyService({
      records: {
        ...records,
        touch: async () => {
          writes += 1;
        },
      },
      quotas: createQuotaRecords(redis),
      bootstrapKey: BOOTSTRAP,
      now: () => clock,
    });
    clock = new Date(clock.getTime() + 59_999);
    await counting.verify(key);
    expect(writes).toBe(0);
    clock = new Date(clock.getTime() + 1);
    await counting.verify(key);
    expect(writes).toBe(1);
  });

  it('is written by one of two processes that see the same old time', async () => {
    const records = createKeyRecords(redis);
    const { apiKey } = await service().create('CMS');
    await records.touch(apiKey.hash, '2026-11-21T10:00:30.000Z', '2026-11-21T09:59:30.000Z');
    await records.touch(apiKey.hash, '2026-11-21T10:00:31.000Z', '2026-11-21T09:59:31.000Z');
    expect(await lastUsed()).toBe('2026-11-21T10:00:30.000Z');
  });

  it('does not bring back a key that was revoked meanwhile', async () => {
    const records = createKeyRecords(redis);
    const { apiKey } = await service().create('CMS');
    await service().revoke(apiKey.id);
    await records.touch(apiKey.hash, clock.toISOString(), '2026-11-21T09:59:00.000Z');
    expect(await redis.keys('cp:key:*')).toEqual([]);
  });
});

describe('the key of the settings', () => {
  it('is valid without being kept', async () => {
    expect(await service().verify(BOOTSTRAP)).toEqual({
      ...{ keyId: 'bootstrap', name: 'API_KEY of the settings', scopes: ['*'] },
    });
    expect(await service().verify(`${BOOTSTRAP}x`)).toBeUndefined();
    expect(await service().list()).toEqual([]);
    await expect(service().revoke('bootstrap')).rejects.toMatchObject({
      code: 'conflict',
      detail: expect.stringContaining('API_KEY'),
    });
  });
});

describe('without Redis', () => {
  it('the key of the settings still works, others are redis_unavailable', async () => {
    const { key } = await service().create('CMS');
    const closed = server.connect({ enableOfflineQueue: false, maxRetriesPerRequest: 0 });
    await until(() => closed.status === 'ready');
    closed.disconnect();
    const keys = createKeyService({
      records: createKeyRecords(closed),
      quotas: createQuotaRecords(closed),
      bootstrapKey: BOOTSTRAP,
    });
    expect(await keys.verify(BOOTSTRAP)).toBeDefined();
    for (const work of [() => keys.verify(key), () => keys.list(), () => keys.create('x')]) {
      await expect(work()).rejects.toMatchObject({ code: 'redis_unavailable', status: 503 });
    }
  });

  it('keys outlive a crash of Redis', async () => {
    const { key } = await service().create('CMS');
    await server.kill9();
    await server.restart();
    expect(await service().verify(key)).toBeDefined();
  });
});
