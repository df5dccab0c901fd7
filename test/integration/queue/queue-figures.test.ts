import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { createQueueFigures } from '../../../src/queue/queue-figures.js';
import { createRenderQueue } from '../../../src/queue/render-queue.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

let server: RedisServer;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = server.connect();
  await redis.ping();
});
afterAll(() => server?.stop());

const HOUR_MS = 3_600_000;

it('tells what waits in each queue, and for how long the first of any class has waited', async () => {
  const queue = createRenderQueue(redis);
  const figures = createQueueFigures(redis);
  const of = async (name: string) => (await figures.read()).find((one) => one.queue === name);
  const add = (imageId: string, priority: 'waiting' | 'publish' | 'link' | 'bulk') =>
    queue.add({ imageId, generation: 1, priority });
  /** As if it had been queued then. */
  const age = (name: string, imageId: string, ageMs: number) =>
    redis.hset(`bull:${name}:${imageId}.1`, 'timestamp', Date.now() - ageMs);

  expect((await figures.read()).map(({ queue }) => queue).sort()).toEqual([
    'deliveries',
    'renders',
    'renders-alone',
    'renders-bulk',
    'renders-links',
  ]);
  expect(await of('renders')).toEqual({
    queue: 'renders',
    jobs: { waiting: 0, delayed: 0, active: 0, failed: 0 },
    oldestWaitingSeconds: 0,
  });

  await add('first', 'publish');
  await add('second', 'waiting');
  await add('third', 'publish');
  await age('renders', 'first', HOUR_MS);
  await age('renders', 'second', HOUR_MS / 2);
  const publish = await of('renders');
  expect(publish?.jobs.waiting).toBe(3);
  // The one that goes last, because others have more hurry, has waited the longest.
  expect(publish?.oldestWaitingSeconds).toBeGreaterThanOrEqual(3_600);
  expect(publish?.oldestWaitingSeconds).toBeLessThan(7_200);
  expect((await of('renders-bulk'))?.oldestWaitingSeconds).toBe(0);

  await add('row 1', 'bulk');
  await add('row 2', 'bulk');
  await age('renders-bulk', 'row 1', 2 * HOUR_MS);
  expect((await of('renders-bulk'))?.oldestWaitingSeconds).toBeGreaterThanOrEqual(7_200);

  await queue.add({ imageId: 'late', generation: 1, priority: 'link', turn: 12 });
  await add('early', 'link');
  await age('renders-links', 'late', 3 * HOUR_MS);
  expect((await of('renders-links'))?.jobs.waiting).toBe(2);
  expect((await of('renders-links'))?.oldestWaitingSeconds).toBeGreaterThanOrEqual(10_800);

  await figures.close();
  await queue.close();
});

it('fails at once while Redis is away', async () => {
  const away = server.connect({ lazyConnect: true });
  await expect(createQueueFigures(away).read()).rejects.toMatchObject({
    code: 'redis_unavailable',
  });
});
