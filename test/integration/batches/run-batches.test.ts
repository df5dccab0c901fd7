import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Batch, holdOf } from '../../../src/batches/batch.js';
import { createEndRow } from '../../../src/batches/end-row.js';
import { createFeedBatch } from '../../../src/batches/feed-batch.js';
import type { BatchRecords } from '../../../src/batches/ports.js';
import { createRunBatches, type RunBatches } from '../../../src/batches/run-batches.js';
import { AppError } from '../../../src/errors/app-error.js';
import type { EnsuredImage } from '../../../src/images/image-service.js';
import type { PreparedImage } from '../../../src/images/prepare.js';
import { createBatchRecords } from '../../../src/records/batch-records.js';
import { createQuotaRecords } from '../../../src/records/quota-records.js';
import { draftOf } from '../../support/image-record.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

let server: RedisServer;
let records: BatchRecords;
let quotas: ReturnType<typeof createQuotaRecords>;
const loops: RunBatches[] = [];

beforeAll(async () => {
  server = await startRedis();
  records = createBatchRecords(server.connect(), { retentionDays: 1 });
  quotas = createQuotaRecords(server.connect());
});
afterAll(() => server?.stop());
beforeEach(() => server.connect().flushall());
afterEach(async () => {
  await Promise.all(loops.splice(0).map((loop) => loop.stop()));
});

const idOf = (letter: string) => `bat-${letter.repeat(26)}`;

async function begin(letter: string, rows: number): Promise<string> {
  const id = idOf(letter);
  await records.addRows(
    id,
    0,
    Array.from({ length: rows }, (_, i) => ({ data: { title: `${letter}${i}` } })),
  );
  const createdAt = new Date().toISOString();
  const spec = { template: 'note', itemWebhooks: false };
  await records.create({ id, spec, total: rows, notes: [], createdAt });
  return id;
}

interface World {
  /** What becomes of a row's picture when it is placed; throws, or says that it is stored. */
  place?(title: string): void;
  /** Default: `stored`. */
  kind?: EnsuredImage['kind'];
  prepare?(title: string): void;
  bulkWaiting?(): number;
  bulkPutOff?(): number;
  notifyEnd?(batch: Batch): Promise<void>;
}

function run(world: World) {
  const { held } = quotas;
  const placed: string[] = [];
  const told: Batch[] = [];
  const errors: unknown[] = [];
  const endRow = createEndRow({
    records,
    images: async (ids) => ids.map(() => undefined),
    notifyRow: async () => undefined,
    onNoneInFlight: () => loop.nudge(),
  });
  const { feed } = createFeedBatch({
    records,
    endRow,
    held,
    loadTemplate: async () => undefined,
    prepare(request) {
      const { title } = request.data as { title: string };
      world.prepare?.(title);
      return { id: title, warnings: [] } as unknown as PreparedImage;
    },
    async ensure({ id }): Promise<EnsuredImage> {
      world.place?.(id);
      placed.push(id);
      return { kind: world.kind ?? 'stored', record: { ...draftOf(1), id, status: 'completed' } };
    },
  });
  const loop = createRunBatches({
    records,
    feed,
    endRow,
    held,
    bulkWaiting: async () => world.bulkWaiting?.() ?? 0,
    bulkDelayed: async () => world.bulkPutOff?.() ?? 0,
    async notifyEnd(batch) {
      await world.notifyEnd?.(batch);
      told.push(batch);
    },
    onError: (error) => void errors.push(error),
  });
  loops.push(loop);
  loop.start();
  return { placed, told, errors, loop };
}

describe('the loop', () => {
  it('feeds every row of every batch, in turns, and tells each end once', async () => {
    const ids = [await begin('a', 40), await begin('b', 12)];
    const { placed, told } = run({});
    await until(() => told.length === 2);
    expect(placed).toHaveLength(52);
    expect(new Set(placed).size).toBe(52);
    // The second has its first turn before the first has its third.
    expect(placed.indexOf('b0')).toBeLessThan(placed.indexOf('a16'));
    expect(told.map(({ status, ended }) => [status, ended.reused]).sort()).toEqual([
      ['completed', 12],
      ['completed', 40],
    ]);
    for (const id of ids) expect((await records.get(id))?.finishedAt).toBeDefined();
    expect(await records.open()).toEqual([]);
  });

  it('gives each its turn where there is room for a few rows only', async () => {
    for (const name of ['a', 'b', 'c']) await begin(name, 24);
    const { placed, told } = run({ bulkWaiting: () => 56 });
    await until(() => told.length === 3);
    const turns = Array.from({ length: 9 }, (_, turn) => placed.slice(turn * 8, turn * 8 + 8));
    const names = turns.map((turn) => new Set(turn.map((title) => title[0])));
    expect(names.map((found) => [...found].join()).join(' ')).toBe('a b c a b c a b c');
  });

  it('waits while the queue has enough', async () => {
    await begin('a', 20);
    let waiting = 64;
    const { placed, told } = run({ bulkWaiting: () => waiting });
    await until(async () => (await records.open()).length === 1);
    let looks = 0;
    await until(async () => {
      looks += 1;
      await records.get(idOf('a'));
      return looks > 50;
    });
    expect(placed).toEqual([]);
    waiting = 0;
    await until(() => told.length === 1);
    expect(placed).toHaveLength(20);
  });

  it('feeds the others while rows of one were put off, and of that one only so many', async () => {
    await begin('a', 100);
    await begin('b', 100);
    let of = { waiting: 0, putOff: 0 };
    const { placed } = run({
      kind: 'opened',
      bulkWaiting: () => of.waiting,
      bulkPutOff: () => of.putOff,
      place: () => {
        // All that are placed wait, and those of one caller are put off.
        const putOff = placed.filter((title) => title.startsWith('a')).length;
        of = { waiting: placed.length + 1, putOff };
      },
    });
    const count = (name: string) => placed.filter((title) => title.startsWith(name)).length;
    await until(() => count('a') === 64 && count('b') === 64, 10_000);
    const looksTo = performance.now() + 500;
    await until(() => performance.now() > looksTo);
    expect([count('a'), count('b')]).toEqual([64, 64]);
  });

  it('goes on with the others where one batch cannot be fed, and with that one later', async () => {
    await begin('a', 10);
    await begin('b', 10);
    let isAway = true;
    const { told, errors } = run({
      place(title) {
        if (isAway && title.startsWith('a')) {
          throw new AppError('storage_unavailable', { detail: 'Away for a moment.' });
        }
      },
    });
    await until(() => told.length === 1, 10_000);
    expect(told[0]?.id).toBe(idOf('b'));
    expect(errors.length).toBeGreaterThan(0);
    isAway = false;
    await until(() => told.length === 2, 10_000);
    expect((await records.get(idOf('a')))?.ended).toMatchObject({ reused: 10, failed: 0 });
  });

  it('ends a row with what is wrong with it, also where nobody foresaw that', async () => {
    await begin('a', 3);
    const { told } = run({
      prepare(title) {
        if (title === 'a1') throw new TypeError('nobody foresaw this');
        if (title === 'a2') throw new AppError('invalid_data', { detail: 'title: too strange.' });
      },
    });
    await until(() => told.length === 1);
    expect(told[0]).toMatchObject({ status: 'partial', ended: { reused: 1, failed: 2 } });
    const [, unforeseen, refused] = await records.results(idOf('a'), [0, 1, 2]);
    expect(unforeseen?.error?.code).toBe('internal');
    expect(unforeseen?.error?.message).not.toContain('foresaw');
    expect(refused?.error).toEqual({ code: 'invalid_data', message: 'title: too strange.' });
  });

  it('tells the end again where telling failed, and closes the batch only then', async () => {
    await begin('a', 1);
    let tries = 0;
    const { told } = run({
      async notifyEnd() {
        tries += 1;
        if (tries === 1) throw new AppError('redis_unavailable', { detail: 'Away.' });
      },
    });
    await until(() => told.length === 1, 10_000);
    expect(tries).toBe(2);
    await until(async () => (await records.open()).length === 0);
  });

  it('is taken over by another process when it is stopped', async () => {
    await begin('a', 8);
    let isFull = true;
    const first = run({ bulkWaiting: () => (isFull ? 64 : 0) });
    await until(async () => !(await records.takeLease('a third', 1)));
    const second = run({});
    await first.loop.stop();
    isFull = false;
    await until(() => second.told.length === 1, 20_000);
    expect(first.placed).toEqual([]);
    expect(second.placed).toHaveLength(8);
  });
});

describe('the quota of whoever began a batch', () => {
  const KEY_HASH = 'a'.repeat(64);
  const take = (images: number, id?: string) =>
    quotas.take(KEY_HASH, {
      ...{ limit: 1_000, images },
      ...(id ? { hold: { id: holdOf(id, 1), notDrawn: 0 } } : {}),
    });
  const spent = async () => (await take(0)).spentToday;

  it('gets back the pictures that were there, and those of rows that were refused', async () => {
    await take(3);
    await take(10, await begin('a', 10));
    const { told } = run({
      prepare(title) {
        if (title === 'a1') throw new AppError('invalid_data', { detail: 'title: too strange.' });
      },
    });
    await until(() => told.length === 1);
    expect(told[0]?.ended).toMatchObject({ reused: 9, failed: 1 });
    expect(await spent()).toBe(3);
  });

  it('has no more to do with the pictures that are drawn', async () => {
    await take(4, await begin('a', 4));
    const { placed } = run({ kind: 'opened' });
    await until(() => placed.length === 4);
    for (let row = 0; row < 4; row += 1) {
      await records.end(idOf('a'), [{ row, result: { status: 'completed', warnings: [] } }]);
    }
    await until(async () => (await records.open()).length === 0);
    expect(await spent()).toBe(4);
  });

  it('gets back the rows of a cancelled batch that were never taken up', async () => {
    await take(20, await begin('a', 20));
    let waiting = 61;
    const { placed, told } = run({ kind: 'opened', bulkWaiting: () => waiting });
    await until(() => placed.length > 0);
    waiting = 64;
    await records.cancel(idOf('a'));
    await until(() => told.length === 1, 10_000);
    const { fed = 0 } = told[0] ?? {};
    expect(fed).toBeGreaterThanOrEqual(3);
    expect(fed).toBeLessThan(20);
    expect(await spent()).toBe(fed);
  });
});
