import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { BatchRow, ItemResult } from '../../../src/batches/batch.js';
import type { BatchRecords } from '../../../src/batches/ports.js';
import { createBatchRecords, ROWS_PER_CHUNK } from '../../../src/records/batch-records.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

let server: RedisServer;
let redis: Redis;
let records: BatchRecords;

beforeAll(async () => {
  server = await startRedis();
  redis = server.connect();
  records = createBatchRecords(redis, { retentionDays: 3 });
});
afterAll(() => server?.stop());
beforeEach(() => redis.flushall());

const ID = `bat-${'a'.repeat(26)}`;
const DAY_S = 24 * 3600;
const spec = { template: 'note', itemWebhooks: false };
const completed: ItemResult = {
  status: 'completed',
  imageId: 'x',
  key: 'note/x.png',
  warnings: [],
};
const failed: ItemResult = {
  status: 'failed',
  warnings: [],
  error: { code: 'internal', message: 'It broke.' },
};

async function begin(rows: BatchRow[], id = ID, key?: string) {
  for (let at = 0; at < rows.length; at += ROWS_PER_CHUNK) {
    await records.addRows(id, at / ROWS_PER_CHUNK, rows.slice(at, at + ROWS_PER_CHUNK));
  }
  return records.create({
    ...{ id, spec, total: rows.length, notes: [], createdAt: new Date().toISOString() },
    ...(key
      ? { idempotency: { key, sharedKey: `shared ${key}`, fingerprint: `${rows.length} rows` } }
      : {}),
  });
}
const rowsOf = (count: number): BatchRow[] =>
  Array.from({ length: count }, (_, i) => ({ ref: `${i}` }));
const ttl = (part: string) => redis.ttl(`cp:batch:${ID}${part}`);

describe('rows', () => {
  it('come back in their order, from any place, over the edges of chunks', async () => {
    await begin(rowsOf(ROWS_PER_CHUNK * 2 + 10));
    const from = ROWS_PER_CHUNK - 2;
    const found = await records.rows(ID, from, ROWS_PER_CHUNK * 2 + 1);
    expect(found.map(({ ref }) => Number(ref))).toEqual(
      Array.from({ length: ROWS_PER_CHUNK + 3 }, (_, i) => from + i),
    );
    expect(await records.rows(ID, 505, 600)).toHaveLength(5);
  });

  it('of a batch that never came to be expire', async () => {
    await records.addRows(ID, 0, rowsOf(5));
    expect(await ttl(':rows')).toBeGreaterThan(0);
    await begin(rowsOf(5));
    expect(await ttl(':rows')).toBe(-1);
  });
});

/** Whether it counted. */
async function end(row: number, result: ItemResult): Promise<boolean | undefined> {
  return (await records.end(ID, [{ row, result }])).counted[0];
}

describe('the end of a row', () => {
  it('comes with that of others, and tells how many are still on their way', async () => {
    await begin(rowsOf(4));
    for (const row of [0, 1, 2, 3]) {
      await records.markInFlight(ID, { row, imageId: 'x', warnings: [], joined: row === 2 });
    }
    await end(0, completed);
    const rows = [completed, failed, completed].map((result, row) => ({ row, result }));
    expect(await records.end(ID, rows)).toEqual({ counted: [false, true, true], inFlight: 1 });
    expect((await records.get(ID))?.ended).toEqual({
      completed: 1,
      reused: 1,
      failed: 1,
      review: 0,
    });
    expect((await records.flights(ID)).map(({ row }) => row)).toEqual([3]);
  });

  it('counts once, whatever comes after it', async () => {
    await begin(rowsOf(3));
    const ends = await Promise.all([completed, failed, completed].map((r) => end(0, r)));
    expect(ends.filter(Boolean)).toHaveLength(1);
    const { ended } = (await records.get(ID)) ?? {};
    expect(Object.values(ended ?? {}).reduce((sum, n) => sum + n, 0)).toBe(1);
  });

  it('moves from review, and from nowhere else', async () => {
    await begin(rowsOf(1));
    await end(0, { ...completed, status: 'review' });
    expect(await end(0, { ...completed, status: 'review' })).toBe(false);
    expect(await end(0, completed)).toBe(true);
    expect(await end(0, failed)).toBe(false);
    expect((await records.get(ID))?.ended).toEqual({
      completed: 1,
      reused: 0,
      failed: 0,
      review: 0,
    });
  });

  it('is a reuse where the row joined the picture of somebody else', async () => {
    await begin(rowsOf(2));
    const flight = { imageId: 'x', warnings: [{ code: 'truncated' as const, message: 'Own.' }] };
    await records.markInFlight(ID, { row: 0, ...flight, joined: true });
    await records.markInFlight(ID, { row: 1, ...flight, joined: false });
    expect(await records.flightsOf(ID, [2, 0])).toEqual([undefined, { row: 0, ...flight }]);
    for (const row of [0, 1]) await end(row, completed);
    expect((await records.results(ID, [0, 1])).map((r) => r?.status)).toEqual([
      'reused',
      'completed',
    ]);
    expect(await records.flights(ID)).toEqual([]);
    // Too late: it has ended.
    await records.markInFlight(ID, { row: 0, ...flight, joined: false });
    expect(await records.flights(ID)).toEqual([]);
  });

  it('is a reuse also where that picture came before the row was written as joined', async () => {
    await begin(rowsOf(3));
    const flight = { imageId: 'x', warnings: [] };
    for (const [row, result] of [completed, failed].entries()) {
      await records.markInFlight(ID, { row, ...flight, joined: false });
      await end(row, result);
      await records.markInFlight(ID, { row, ...flight, joined: true });
    }
    expect((await records.results(ID, [0, 1])).map((r) => r?.status)).toEqual(['reused', 'failed']);
    expect((await records.get(ID))?.ended).toMatchObject({ completed: 0, reused: 1, failed: 1 });
    expect(await records.flights(ID)).toEqual([]);
  });
});

describe('the end of a batch', () => {
  it('comes when every row has ended, and not before', async () => {
    await begin(rowsOf(2));
    await records.markFed(ID, { rows: [0, 1], from: 'order' });
    await end(0, completed);
    await records.markInFlight(ID, { row: 1, imageId: 'y', joined: false, warnings: [] });
    expect(await records.finish(ID)).toBeUndefined();
    await end(1, failed);
    expect(await records.finish(ID)).toMatchObject({ status: 'partial', run: 1 });
  });

  it('begins its days, and a retry ends them', async () => {
    await begin(rowsOf(2));
    await records.markFed(ID, { rows: [0, 1], from: 'order' });
    for (const row of [0, 1]) await end(row, failed);
    expect(await records.finish(ID)).toMatchObject({ status: 'failed' });
    expect(await records.open()).toEqual([ID]);
    await records.close(ID);
    expect(await records.open()).toEqual([]);
    for (const part of ['', ':rows', ':items']) {
      expect(await ttl(part)).toBeGreaterThan(2 * DAY_S);
      expect(await ttl(part)).toBeLessThanOrEqual(3 * DAY_S);
    }
    expect(await records.retry(ID)).toMatchObject({ status: 'running', run: 2 });
    expect([await ttl(''), await ttl(':rows')]).toEqual([-1, -1]);
    expect(await records.next(ID, 10)).toEqual({ rows: [0, 1], from: 'redo' });
    await records.markFed(ID, { rows: [0], from: 'redo' });
    expect(await records.next(ID, 10)).toEqual({ rows: [1], from: 'redo' });
    // One that is running is not closed.
    await records.close(ID);
    expect(await records.open()).toEqual([ID]);
  });

  it('by cancelling is final: no row ends after it', async () => {
    await begin(rowsOf(2));
    await end(0, completed);
    await records.markInFlight(ID, { row: 1, imageId: 'y', joined: false, warnings: [] });
    expect(await records.cancel(ID)).toMatchObject({ status: 'cancelled' });
    expect(await end(1, completed)).toBe(false);
    expect(await records.cancel(ID)).toBeUndefined();
    expect(await records.retry(ID)).toBeUndefined();
    expect(await records.flights(ID)).toEqual([]);
  });
});

it('hands what older versions kept under a shared name to the first with the same content', async () => {
  const rows = rowsOf(3);
  const other = (letter: string) => `bat-${letter.repeat(26)}`;
  await begin(rows);
  await redis.hset('cp:batches:key:shared mine', { id: ID, fingerprint: '3 rows' });
  await redis.expire('cp:batches:key:shared mine', 99);
  const names = { key: 'mine', sharedKey: 'shared mine' };
  expect(await records.isNamed({ ...names, fingerprint: '4 rows' })).toBe(false);
  expect(await records.isNamed({ ...names, fingerprint: '3 rows' })).toBe(true);

  // Other content hears nothing of it.
  expect((await begin(rowsOf(4), other('b'), 'mine')).existed).toBeUndefined();
  await redis.del('cp:batches:key:mine');
  expect(await begin(rows, other('c'), 'mine')).toMatchObject({
    batch: { id: ID },
    existed: { fingerprint: '3 rows' },
  });
  expect(await redis.exists('cp:batches:key:shared mine')).toBe(0);
  expect(await redis.ttl('cp:batches:key:mine')).toBeLessThanOrEqual(99);
  expect(await records.isNamed({ ...names, fingerprint: 'any' })).toBe(true);
});

it('gives the earlier batch for a key that was used, for as long as batches are kept', async () => {
  await begin(rowsOf(2), ID, 'mine');
  const other = `bat-${'b'.repeat(26)}`;
  const again = await begin(rowsOf(3), other, 'mine');
  expect(again).toMatchObject({ batch: { id: ID }, existed: { fingerprint: '2 rows' } });
  expect(await records.get(other)).toBeUndefined();
  expect(await redis.ttl('cp:batches:key:mine')).toBeGreaterThan(2 * DAY_S);
});

it('lists the newest first, and forgets those whose days are over', async () => {
  for (const letter of ['c', 'd', 'e']) await begin(rowsOf(1), `bat-${letter.repeat(26)}`);
  await redis.del(`cp:batch:bat-${'d'.repeat(26)}`);
  const first = await records.list({ limit: 2 });
  expect(first.batches.map(({ id }) => id[4])).toEqual(['e']);
  const second = await records.list({ limit: 2, cursor: first.nextCursor });
  expect(second.batches.map(({ id }) => id[4])).toEqual(['c']);
  expect(second.nextCursor).toBeUndefined();
});

it('is led by one at a time, until they step down or fall silent', async () => {
  expect(await records.takeLease('one', 60_000)).toBe(true);
  expect(await records.takeLease('two', 60_000)).toBe(false);
  expect(await records.takeLease('one', 60_000)).toBe(true);
  await records.releaseLease('two');
  expect(await records.takeLease('two', 60_000)).toBe(false);
  await records.releaseLease('one');
  expect(await records.takeLease('two', 60_000)).toBe(true);
  expect(await redis.pttl('cp:batches:leader')).toBeGreaterThan(0);
  // Written anew only when half of its time is over.
  for (const [leftMs, isProlonged] of [
    [40_000, false],
    [20_000, true],
  ] as const) {
    await redis.pexpire('cp:batches:leader', leftMs);
    expect(await records.takeLease('two', 60_000)).toBe(true);
    expect((await redis.pttl('cp:batches:leader')) > 50_000).toBe(isProlonged);
  }
});
