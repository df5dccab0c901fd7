import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { createKeyService, type KeyService } from '../../../src/keys/key-service.js';
import { createKeyRecords } from '../../../src/records/key-records.js';
import { createQuotaRecords } from '../../../src/records/quota-records.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { until } from '../../support/until.js';
import { KEY, startTestApp, type TestApp } from '../../unit/http/test-app.js';

let server: RedisServer;
let redis: Redis;
let keys: KeyService;
let app: TestApp;

beforeAll(async () => {
  server = await startRedis();
  redis = server.connect({ enableOfflineQueue: false, maxRetriesPerRequest: 0 });
  await until(() => redis.status === 'ready');
  keys = createKeyService({
    records: createKeyRecords(redis),
    quotas: createQuotaRecords(redis),
    bootstrapKey: KEY,
  });
  app = await startTestApp({ keys });
});
afterAll(async () => {
  await app.close();
  await server.stop();
});

const statusWith = async (key: string) =>
  (await app.ask('GET', '/v1/images', undefined, { authorization: `Bearer ${key}` })).status;

describe('a key in Redis', () => {
  it('opens the API from its making to its revoking, and stands in the log by its id', async () => {
    const { key, apiKey } = await keys.create('CMS');
    expect(await statusWith(key)).toBe(200);
    await until(() => app.log.some((line) => line.key_id === apiKey.id));
    await keys.revoke(apiKey.id);
    expect(await statusWith(key)).toBe(401);
    expect(JSON.stringify(app.log)).not.toContain(key);
  });

  it('is 503 while Redis is away, when the key of the settings still opens', async () => {
    const { key } = await keys.create('CMS');
    await server.kill9();
    await until(() => redis.status !== 'ready');
    expect(await statusWith(key)).toBe(503);
    expect(await statusWith(KEY)).toBe(200);
    await server.restart();
    await until(() => redis.status === 'ready');
    expect(await statusWith(key)).toBe(200);
  });
});
