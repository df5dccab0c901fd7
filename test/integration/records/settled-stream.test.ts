import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { ImageRecords, SettledEvent } from '../../../src/images/ports.js';
import { redisKeys } from '../../../src/lib/redis-keys.js';
import { createImageRecords } from '../../../src/records/image-records.js';
import { createSettledStream } from '../../../src/records/settled-stream.js';
import { draftOf, imageIdOf } from '../../support/image-record.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

let server: RedisServer;
let redis: Redis;
let records: ImageRecords;
const streams: ReturnType<typeof createSettledStream>[] = [];

beforeAll(async () => {
  server = await startRedis();
  redis = server.connect();
  records = createImageRecords(redis, server.connect());
});
afterAll(() => server?.stop());
beforeEach(() => redis.flushall());
afterEach(async () => {
  await Promise.all(streams.splice(0).map((stream) => stream.stop()));
});

function listen(handle: (event: SettledEvent) => Promise<void>): unknown[] {
  return listenToMany(async (events) => void (await Promise.all(events.map(handle))));
}

function listenToMany(handle: (events: SettledEvent[]) => Promise<void>): unknown[] {
  const errors: unknown[] = [];
  const stream = createSettledStream(server.connect(), redis);
  streams.push(stream);
  stream.start(handle, (error) => errors.push(error));
  return errors;
}

const done = { widthPx: 1, heightPx: 1, bytes: 1, warnings: [], timings: draftOf(1).timings };
const claim = (n: number, watcher?: string) =>
  records.claim(draftOf(n), { refresh: false, ...(watcher ? { watcher } : {}) });

it('tells once of each settled image with all who wanted to know, and of no other', async () => {
  const told: SettledEvent[] = [];
  listen(async (event) => void told.push(event));
  await claim(1, 'a');
  await claim(1, 'b');
  await claim(1, 'b');
  await claim(2);
  for (const n of [1, 2]) await records.complete(imageIdOf(n), 1, done);
  await claim(3, 'c');
  await records.fail(imageIdOf(3), 1, { code: 'internal', message: 'x' });
  await claim(4, 'd');
  await records.delete(imageIdOf(4));
  await until(() => told.length === 3);
  const seen = told.map((e) => [e.imageId, e.status, [...e.watchers].sort()]);
  expect(seen).toEqual([
    [imageIdOf(1), 'completed', ['a', 'b']],
    [imageIdOf(3), 'failed', ['c']],
    [imageIdOf(4), 'deleted', ['d']],
  ]);
  await until(async () => (await redis.xlen(redisKeys.images.settledStream)) === 0);
  // Whoever asks for what is stored has the answer already.
  expect((await claim(1, 'late')).kind).toBe('stored');
  expect(await redis.keys('cp:img:*:watch')).toEqual([]);
});

it('comes again where it was not handled, until it is', async () => {
  let tries = 0;
  const errors = listen(async () => {
    tries += 1;
    throw new Error('not now');
  });
  await claim(1, 'a');
  await records.complete(imageIdOf(1), 1, done);
  await until(() => errors.length === 1);
  await streams.splice(0)[0]?.stop();
  expect([tries, await redis.xlen(redisKeys.images.settledStream)]).toEqual([1, 1]);
  // As if the one that held it had fallen silent: another takes it over.
  const [entry] = (await redis.xpending(
    redisKeys.images.settledStream,
    'cardpress',
    '-',
    '+',
    1,
  )) as [string][];
  const consumer = String((entry as unknown as string[])[1]);
  await redis.xclaim(
    ...[redisKeys.images.settledStream, 'cardpress', consumer, 0, String(entry?.[0])],
    ...(['IDLE', 60_000] as const),
  );
  const told: SettledEvent[] = [];
  listen(async (event) => void told.push(event));
  await until(() => told.length === 1);
  await until(async () => (await redis.xlen(redisKeys.images.settledStream)) === 0);
});

it('goes on after Redis was killed and started again', async () => {
  const told: string[] = [];
  listen(async ({ imageId }) => void told.push(imageId));
  await claim(1, 'a');
  await records.complete(imageIdOf(1), 1, done);
  await until(() => told.length === 1);
  await server.kill9();
  await server.restart();
  await until(async () => (await claim(2, 'b').catch(() => undefined)) !== undefined, 20_000);
  await records.complete(imageIdOf(2), 1, done);
  await until(() => told.includes(imageIdOf(2)), 20_000);
});

it('tells together what was settled meanwhile, and one that fails stops no other', async () => {
  for (const n of [1, 2, 3, 4]) {
    await claim(n, `watcher ${n}`);
    await records.complete(imageIdOf(n), 1, done);
  }
  const calls: string[][] = [];
  const errors = listenToMany(async (events) => {
    calls.push(events.map(({ imageId }) => imageId));
    if (events.some(({ imageId }) => imageId === imageIdOf(2))) throw new Error('not this one');
  });
  await until(
    async () => (await redis.xlen(redisKeys.images.settledStream)) === 1 && errors.length === 1,
  );
  const each = [1, 2, 3, 4].map(imageIdOf);
  expect(calls).toEqual([each, ...each.map((id) => [id])]);
  const [left] = await redis.xrange(redisKeys.images.settledStream, '-', '+');
  expect(left?.[1]).toContain(imageIdOf(2));
});
