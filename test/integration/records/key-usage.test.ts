import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import type { ApiKey, RateLimit } from '../../../src/keys/api-key.js';
import { createKeyRecords } from '../../../src/records/key-records.js';
import { createQuotaRecords } from '../../../src/records/quota-records.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

const NOON = Date.UTC(2026, 10, 21, 12);
const DAY_MS = 86_400_000;
const HASH = 'a'.repeat(64);

let server: RedisServer;
let redis: Redis;
let other: Redis;
let nowMs: number;

beforeAll(async () => {
  server = await startRedis({ appendOnly: false });
  redis = server.connect();
  other = server.connect();
});
afterAll(() => server.stop());
beforeEach(async () => {
  await redis.flushall();
  nowMs = NOON;
});

const clock = () => nowMs;
const records = () => createKeyRecords(redis, { clock });
const quotas = (connection = redis) => createQuotaRecords(connection, { clock });

async function addKey(limits: Pick<ApiKey, 'rateLimit' | 'dailyQuota'>, hash = HASH) {
  await records().add({
    id: `key_${hash.slice(0, 16)}`,
    name: 'tests',
    prefix: 'cp_live_test',
    hash,
    scopes: ['*'],
    createdAt: '2026-11-21T12:00:00.000Z',
    ...limits,
  });
}
async function use() {
  const used = await records().use(HASH);
  if (!used?.rate) throw new Error('the key has a rate limit');
  return used.rate;
}
const spent = async () => (await records().use(HASH))?.spentToday;

describe('the bucket of a rate limit', () => {
  it.each<[RateLimit, number]>([
    [{ requests: 3, windowSeconds: 1 }, 334],
    [{ requests: 3, windowSeconds: 60 }, 20_000],
    [{ requests: 7, windowSeconds: 60 }, 8_572],
  ])('of %j lets all pass at once, then one every %d ms', async (rateLimit, everyMs) => {
    await addKey({ rateLimit });
    for (let left = rateLimit.requests - 1; left >= 0; left -= 1) {
      expect(await use()).toEqual({ isAllowed: true, left, nextMs: everyMs });
    }
    expect(await use()).toEqual({ isAllowed: false, left: 0, nextMs: everyMs });
    nowMs += everyMs - 1;
    expect(await use()).toEqual({ isAllowed: false, left: 0, nextMs: 1 });
    nowMs += 1;
    expect(await use()).toMatchObject({ isAllowed: true, left: 0 });
    expect((await use()).isAllowed).toBe(false);
  });

  it('is full after its window, and never fuller', async () => {
    await addKey({ rateLimit: { requests: 2, windowSeconds: 60 } });
    for (let i = 0; i < 3; i += 1) await use();
    nowMs += 60_000;
    expect(await use()).toMatchObject({ isAllowed: true, left: 1 });
    nowMs += 30 * DAY_MS;
    expect(await use()).toMatchObject({ isAllowed: true, left: 1 });
  });

  it('neither gives nor takes when the clock is set back', async () => {
    await addKey({ rateLimit: { requests: 2, windowSeconds: 60 } });
    expect(await use()).toMatchObject({ left: 1 });
    nowMs -= 3_600_000;
    expect(await use()).toMatchObject({ isAllowed: true, left: 0 });
    expect(await use()).toMatchObject({ isAllowed: false });
    nowMs += 30_000;
    expect(await use()).toMatchObject({ isAllowed: true, left: 0 });
  });

  it('goes by the clock of Redis where no other is given, and is forgotten when it is of no use', async () => {
    await addKey({ rateLimit: { requests: 2, windowSeconds: 60 } });
    const [seconds] = await redis.time();
    const used = await createKeyRecords(redis).use(HASH);
    expect(Math.abs(Number(used?.nowMs) - Number(seconds) * 1000)).toBeLessThan(60_000);
    expect(await redis.pttl(`cp:key:usage:${HASH}`)).toBeGreaterThan(DAY_MS);
  });

  it('lets no more pass in any time than it holds and what runs in', async () => {
    const limits = fc.record({
      requests: fc.integer({ min: 1, max: 100_000 }),
      windowSeconds: fc.constantFrom(1 as const, 60 as const),
    });
    const steps = fc.array(fc.integer({ min: 0, max: 90_000 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(limits, steps, async (rateLimit, pauses) => {
        await redis.flushall();
        nowMs = NOON;
        await addKey({ rateLimit });
        const { requests } = rateLimit;
        const tokenLevel = rateLimit.windowSeconds * 1000;
        // Whole numbers: a token is worth the window's milliseconds.
        let level = requests * tokenLevel;
        for (const pauseMs of pauses) {
          nowMs += pauseMs;
          level = Math.min(requests * tokenLevel, level + pauseMs * requests);
          const isAllowed = level >= tokenLevel;
          if (isAllowed) level -= tokenLevel;
          expect(await use()).toMatchObject({ isAllowed, left: Math.floor(level / tokenLevel) });
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is one for all processes', async () => {
    await addKey({ rateLimit: { requests: 20, windowSeconds: 60 } });
    const all = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        createKeyRecords(i % 2 ? redis : other, { clock }).use(HASH),
      ),
    );
    expect(all.filter((used) => used?.rate?.isAllowed)).toHaveLength(20);
  });

  it('is not there for a key without a limit, which writes nothing', async () => {
    await addKey({});
    expect(await records().use(HASH)).toMatchObject({ spentToday: 0 });
    expect((await records().use(HASH))?.rate).toBeUndefined();
    expect(await redis.exists(`cp:key:usage:${HASH}`)).toBe(0);
    expect(await records().use('b'.repeat(64))).toBeUndefined();
  });
});

describe('a daily quota', () => {
  beforeEach(() => addKey({ dailyQuota: 10 }));
  const take = (pictures: number, hold?: { id: string; notDrawn: number }) =>
    quotas().take(HASH, { limit: 10, images: pictures, hold });

  it('is taken in full or not at all', async () => {
    expect(await take(7)).toEqual({ isTaken: true, spentToday: 7, nowMs });
    expect(await take(4)).toEqual({ isTaken: false, spentToday: 7, nowMs });
    expect(await take(3)).toEqual({ isTaken: true, spentToday: 10, nowMs });
    expect(await take(1)).toMatchObject({ isTaken: false });
    expect(await spent()).toBe(10);
  });

  it('is taken once by many who ask at the same time', async () => {
    const all = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        quotas(i % 2 ? redis : other).take(HASH, { limit: 10, images: 1 }),
      ),
    );
    expect(all.filter(({ isTaken }) => isTaken)).toHaveLength(10);
  });

  it('begins anew at midnight UTC', async () => {
    nowMs = Date.UTC(2026, 10, 21, 23, 59, 59, 999);
    await take(10);
    expect(await take(1)).toMatchObject({ isTaken: false });
    nowMs += 1;
    expect(await spent()).toBe(0);
    expect(await take(1)).toMatchObject({ isTaken: true, spentToday: 1 });
  });

  it('takes back what was not needed, on the same day only', async () => {
    await take(6);
    await quotas().giveBack(HASH, 2, nowMs);
    expect(await spent()).toBe(4);
    await quotas().giveBack(HASH, 9, nowMs);
    expect(await spent()).toBe(0);
    const yesterdayMs = nowMs;
    nowMs += DAY_MS;
    await take(5);
    await quotas().giveBack(HASH, 5, yesterdayMs);
    expect(await spent()).toBe(5);
  });

  it('goes with its key', async () => {
    await take(6);
    await records().remove(`key_${HASH.slice(0, 16)}`);
    await quotas().giveBack(HASH, 1, nowMs);
    expect(await redis.keys('cp:key:*')).toEqual([]);
  });

  describe('held by a list', () => {
    it('gets back what the list did not draw, once', async () => {
      await take(8, { id: 'bat-x:1', notDrawn: 0 });
      const { held } = quotas();
      await held.giveBack('bat-x:1', 1);
      expect(await spent()).toBe(7);
      await held.settle('bat-x:1', 5);
      expect(await spent()).toBe(2);
      await held.settle('bat-x:1', 5);
      await held.giveBack('bat-x:1', 1);
      expect(await spent()).toBe(2);
    });

    it('counts from where the list stood, and never gets back more than it gave', async () => {
      await take(1);
      await take(4, { id: 'bat-x:2', notDrawn: 30 });
      await quotas().held.settle('bat-x:2', 33);
      expect(await spent()).toBe(2);
      await take(4, { id: 'bat-x:3', notDrawn: 0 });
      await quotas().held.giveBack('bat-x:3', 3);
      await quotas().held.settle('bat-x:3', 4);
      expect(await spent()).toBe(2);
    });

    it('lasts as long as the day, and touches no later one', async () => {
      await take(8, { id: 'bat-x:1', notDrawn: 0 });
      const ttlMs = await redis.pttl('cp:key:hold:bat-x:1');
      expect(ttlMs).toBeGreaterThan(0);
      expect(ttlMs).toBeLessThanOrEqual(DAY_MS / 2);
      nowMs += DAY_MS;
      await take(3);
      await quotas().held.settle('bat-x:1', 8);
      expect(await spent()).toBe(3);
    });

    it('is nothing for lists of others', async () => {
      await take(5);
      await quotas().held.settle('bat-unknown:1', 5);
      await quotas().held.giveBack('bat-unknown:1', 5);
      expect(await spent()).toBe(5);
    });
  });
});
