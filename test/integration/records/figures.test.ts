import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { readDeliveryFigures } from '../../../src/records/delivery-figures.js';
import { createDeliveryRecords } from '../../../src/records/delivery-records.js';
import { readRedisFigures } from '../../../src/records/redis-figures.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

let server: RedisServer;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = server.connect();
  await redis.ping();
});
afterAll(() => server?.stop());

const HOUR_MS = 3_600_000;
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

describe('the figures of deliveries', () => {
  it('tell how many there are of each status, how old the oldest is, and how late', async () => {
    const none = { pending: 0, delivered: 0, failed: 0, disabled: 0 };
    expect(await readDeliveryFigures(redis)).toEqual({
      byStatus: none,
      oldestPendingSeconds: 0,
      overdueSeconds: 0,
    });

    const records = createDeliveryRecords(redis);
    const endpoint = 'http://receiver.example/hook';
    const rest = { url: endpoint, endpoint, receiver: 'receiver.example', payload: '{}' };
    const type = 'image.completed' as const;
    await records.add({ ...rest, id: 'msg_old', type, createdAt: ago(2 * HOUR_MS) });
    await records.add({ ...rest, id: 'msg_new', type, createdAt: ago(HOUR_MS) });
    const attempt = { at: ago(0), durationMs: 5, status: 200, answer: '' };
    const tried = { round: 1, endpoint, attempt, disableIfFailingSince: ago(5 * 24 * HOUR_MS) };
    const waiting = await readDeliveryFigures(redis);
    expect(waiting.byStatus).toEqual({ ...none, pending: 2 });
    expect(waiting.oldestPendingSeconds).toBeGreaterThanOrEqual(7_200);
    expect(waiting.overdueSeconds).toBeGreaterThanOrEqual(7_200);

    // Its next attempt is to come: it is old, and not late.
    const nextAttemptAt = ago(-HOUR_MS);
    await records.recordAttempt({
      ...tried,
      id: 'msg_old',
      outcome: { kind: 'failed', nextAttemptAt },
    });
    await records.recordAttempt({ ...tried, id: 'msg_new', outcome: { kind: 'delivered' } });
    const put = await readDeliveryFigures(redis);
    expect(put.byStatus).toEqual({ ...none, pending: 1, delivered: 1 });
    expect(put.oldestPendingSeconds).toBeGreaterThanOrEqual(7_200);
    expect(put.overdueSeconds).toBe(0);
  });
});

describe('the figures of Redis', () => {
  it('tell its memory and limit, its connections, and whether it can write its files', async () => {
    await redis.config('SET', 'maxmemory', '100mb');
    const figures = await readRedisFigures(redis);
    expect(figures).toMatchObject({ maxBytes: 100 * 1024 * 1024, canPersist: true });
    expect(figures.usedBytes).toBeGreaterThan(100_000);
    expect(figures.clients).toBeGreaterThanOrEqual(1);
  });

  it('say so while its last write has failed', async () => {
    const canPersist = async () => (await readRedisFigures(redis)).canPersist;
    // A snapshot cannot take the place of a folder that holds something.
    const inTheWay = join(server.dir, 'dump.rdb');
    await mkdir(join(inTheWay, 'folder'), { recursive: true });
    await redis.bgsave();
    await until(async () => !(await canPersist()), 60_000);
    await rm(inTheWay, { recursive: true });
    await redis.bgsave();
    await until(canPersist, 60_000);
  }, 150_000);
});
