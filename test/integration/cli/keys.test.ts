import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createKeyService } from '../../../src/keys/key-service.js';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../../src/records/embedded-redis.js';
import { createKeyRecords } from '../../../src/records/key-records.js';
import { createQuotaRecords } from '../../../src/records/quota-records.js';
import { connectForRequests, untilReady } from '../../../src/records/redis-connections.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { temporaryDirectory } from '../../support/templates/template-files.js';
import { callCli } from './call-cli.js';

const binary = process.env.CARDPRESS_REDIS_SERVER ?? 'redis-server';

describe('cardpress keys on REDIS_URL', () => {
  let server: RedisServer;
  let env: Record<string, string>;

  beforeAll(async () => {
    server = await startRedis();
    env = { REDIS_URL: `unix://${server.socketPath}` };
  });
  afterAll(() => server.stop());

  const keys = (...args: string[]) => callCli(['keys', ...args], { env });

  it('makes a key that the API takes, lists it without it, and revokes it', async () => {
    const created = await keys('create', 'build server');
    expect(created).toMatchObject({ code: 0, stderr: expect.stringContaining('"build server"') });
    const key = created.stdout.trim();
    const service = createKeyService({
      records: createKeyRecords(server.connect()),
      quotas: createQuotaRecords(server.connect()),
      bootstrapKey: 'a bootstrap key of the test',
    });
    const keyId = (await service.verify(key))?.keyId ?? '';
    expect(keyId).toMatch(/^key_/);

    const listed = await keys('list');
    expect(listed.stdout).toMatch(new RegExp(`^${keyId} +build server +${key.slice(0, 12)}…`, 'm'));
    expect(listed.stdout).not.toContain(key);

    expect(await keys('revoke', keyId)).toMatchObject({ code: 0 });
    expect(await service.verify(key)).toBeUndefined();
    expect(await keys('revoke', keyId)).toMatchObject({
      code: 1,
      stderr: `cardpress: There is no key "${keyId}". "cardpress keys list" shows their ids.\n`,
    });
  });

  it('speaks JSON', async () => {
    const created = JSON.parse((await keys('create', 'ci', '--json')).stdout) as { id: string };
    expect(created).toMatchObject({ name: 'ci', key: expect.stringMatching(/^cp_live_/) });
    const { stdout } = await keys('list', '--json');
    expect(stdout).not.toContain('hash');
    expect(JSON.parse(stdout)).toEqual([
      expect.objectContaining({ id: created.id, name: 'ci', last_used_at: null }),
    ]);
  });

  it('makes one with scopes, limits and an end, and lists them', async () => {
    const made = await keys(
      ...['create', 'shop', '--scope', 'images', '--scope=batches', '--per-minute', '90'],
      ...['--daily-quota', '500', '--expires', '2999-01-31T12:00:00Z', '--json'],
    );
    expect(JSON.parse(made.stdout)).toMatchObject({
      scopes: ['images', 'batches'],
      rate_limit: { per_minute: 90 },
      daily_quota: 500,
      expires_at: '2999-01-31T12:00:00.000Z',
    });
    const { stdout } = await keys('list');
    expect(stdout).toMatch(/ shop +cp_live_\S+ +images,batches +90\/min, 500 pictures\/day /);
    expect(stdout).toContain('2999-01-31 12:00');
  });

  it.each([
    [
      ['create', 'x', '--per-second', 'many'],
      2,
      '--per-second: expected a whole number from 1 on.',
    ],
    [['create', 'x', '--per-second=1', '--per-minute=9'], 2, 'exclude each other'],
    [['list', '--scope', 'images'], 2, 'go with "keys create"'],
    [['revoke', 'key_1', '--daily-quota', '5'], 2, 'go with "keys create"'],
    [['create', 'x', '--scope', 'image'], 1, 'Did you mean "images"?'],
    [['create', 'x', '--expires', 'tomorrow'], 1, 'must be a time in the future'],
  ])('refuses %j', async (args, code, message) => {
    expect(await keys(...args)).toMatchObject({ code, stderr: expect.stringContaining(message) });
  });

  it('says so when Redis is not there', async () => {
    await server.kill9();
    const { code, stderr } = await keys('list');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'cardpress: Redis did not answer. Check REDIS_URL and that redis-server is running.\n',
    });
  });
});

describe('cardpress keys on the embedded Redis', () => {
  let dataDir: string;
  let remove: () => Promise<void>;
  const running: EmbeddedRedis[] = [];

  beforeAll(async () => {
    ({ path: dataDir, remove } = await temporaryDirectory());
  });
  afterEach(async () => {
    for (const redis of running.splice(0)) await redis.stop();
  });
  afterAll(() => remove());

  const start = async (guest = false) => {
    const redis = await startEmbeddedRedis({
      binary,
      directory: join(dataDir, 'redis'),
      isTemporary: guest,
    });
    running.push(redis);
    return redis;
  };
  const keys = (...args: string[]) =>
    callCli(['keys', ...args], { env: { DATA_DIR: dataDir, CARDPRESS_REDIS_SERVER: binary } });

  async function isUp(url: string): Promise<boolean> {
    const redis = connectForRequests(url);
    try {
      await untilReady(redis, 500);
      return true;
    } catch {
      return false;
    } finally {
      redis.disconnect();
    }
  }

  it('starts one where none runs, ends it again, and finds its data the next time', async () => {
    expect(await keys('create', 'alone')).toMatchObject({ code: 0 });
    const { url, stop } = await startEmbeddedRedis({ binary, directory: join(dataDir, 'redis') });
    await stop();
    expect(await isUp(url)).toBe(false);
    expect((await keys('list')).stdout).toContain('alone');
    expect(await isUp(url)).toBe(false);
  });

  it('leaves the one of a running service alone', async () => {
    const service = await start();
    expect(await keys('create', 'beside')).toMatchObject({ code: 0 });
    expect(await isUp(service.url)).toBe(true);
  });

  it('leaves its own running where a service uses it by now', async () => {
    const guest = await startEmbeddedRedis({
      binary,
      directory: join(dataDir, 'redis'),
      isTemporary: true,
    });
    const service = await start();
    await guest.stop();
    expect(await isUp(service.url)).toBe(true);
  });
});
