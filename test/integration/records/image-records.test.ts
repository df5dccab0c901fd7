import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { ImageRecords } from '../../../src/images/ports.js';
import { createImageRecords } from '../../../src/records/image-records.js';
import { connectForRequests, connectForWork } from '../../../src/records/redis-connections.js';
import { draftOf, imageIdOf, RESULT } from '../../support/image-record.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

let server: RedisServer;
let admin: Redis;
let connections: Redis[];
let records: ImageRecords;
/** The records as another process sees them. */
let others: ImageRecords;

beforeAll(async () => {
  server = await startRedis();
  admin = server.connect();
  const url = `unix://${server.socketPath}`;
  connections = [0, 1].flatMap(() => [connectForRequests(url), connectForWork(url)]);
  const [first, firstSubscriber, second, secondSubscriber] = connections as [
    Redis,
    Redis,
    Redis,
    Redis,
  ];
  await until(() => first.status === 'ready' && second.status === 'ready');
  records = createImageRecords(first, firstSubscriber);
  others = createImageRecords(second, secondSubscriber);
});
afterAll(async () => {
  for (const connection of connections ?? []) connection.disconnect();
  await server?.stop();
});
beforeEach(() => admin.flushall());

const open = async (n: number, more = {}) => {
  const { record } = await records.claim(draftOf(n, more), { refresh: false });
  return record;
};
const FAILURE = { code: 'render_timeout' as const, message: 'It took too long.' };

describe('claim', () => {
  it('opens for one of a hundred at the same time, in two processes, and joins the others', async () => {
    const claims = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        (i % 2 ? records : others).claim(draftOf(1), { refresh: false }),
      ),
    );
    expect(claims.filter(({ kind }) => kind === 'opened')).toHaveLength(1);
    expect(claims.filter(({ kind }) => kind === 'joined')).toHaveLength(99);
    expect(new Set(claims.map(({ record }) => record.generation))).toEqual(new Set([1]));
  });

  it('keeps what was asked as it was', async () => {
    const draft = draftOf(2, { metadata: { order: '7' }, warnings: RESULT.warnings });
    const { record } = await records.claim(draft, { refresh: false });
    expect(record).toEqual(draft);
    expect(await others.get(draft.id)).toEqual(draft);
  });

  it('gives back what is completed, and opens the next generation only with refresh', async () => {
    const { id } = await open(3);
    await records.complete(id, 1, RESULT);
    const stored = await records.claim(draftOf(3), { refresh: false });
    expect(stored).toMatchObject({ kind: 'stored', record: { status: 'completed', ...RESULT } });
    const claims = await Promise.all(
      Array.from({ length: 20 }, () => records.claim(draftOf(3), { refresh: true })),
    );
    expect(claims.filter(({ kind }) => kind === 'opened')).toHaveLength(1);
    const reopened = await records.get(id);
    expect(reopened).toMatchObject({ generation: 2, status: 'queued', bytes: 0 });
    expect(reopened?.completedAt).toBeUndefined();
  });

  it('opens the next generation of what failed, without its error', async () => {
    const { id } = await open(4);
    await records.fail(id, 1, FAILURE);
    const { kind, record } = await records.claim(draftOf(4), { refresh: false });
    expect([kind, record.generation, record.error]).toEqual(['opened', 2, undefined]);
  });

  it('puts a draft for review by, until it is approved or refused', async () => {
    const draft = draftOf(5, { status: 'review' });
    expect((await records.claim(draft, { refresh: false })).kind).toBe('stored');
    expect((await records.claim(draft, { refresh: false })).record.generation).toBe(1);
    expect(await records.unsettled(-1_000, 10)).toEqual([]);
    expect(await records.approve(draft.id)).toMatchObject({ status: 'queued' });
    expect(await records.approve(draft.id)).toBeUndefined();
    expect(await records.unsettled(-1_000, 10)).toEqual([{ id: draft.id, generation: 1 }]);

    const other = draftOf(6, { status: 'review' });
    await records.claim(other, { refresh: false });
    const error = { code: 'review_refused' as const, message: 'No.' };
    expect(await records.refuse(other.id, error)).toMatchObject({ status: 'failed', error });
    expect((await records.list({ status: 'review', limit: 10 })).records).toEqual([]);
  });
});

describe('start, complete and fail', () => {
  it('move only the generation that is the record’s own', async () => {
    const { id } = await open(1);
    await records.complete(id, 1, RESULT);
    await records.claim(draftOf(1), { refresh: true });
    for (const late of [
      await records.start(id, 1),
      await records.complete(id, 1, { ...RESULT, bytes: 1 }),
      await records.fail(id, 1, FAILURE),
    ]) {
      expect(late).toMatchObject({ generation: 2, status: 'queued', bytes: 0 });
    }
    expect(await records.start(id, 2)).toMatchObject({ status: 'active' });
  });

  it('make an image active from its start to its end', async () => {
    const ids = [(await open(1)).id, (await open(2)).id, (await open(3)).id];
    const [, started = '', ended = ''] = ids;
    await records.start(started, 1);
    await records.start(ended, 1);
    await records.complete(ended, 1, RESULT);
    expect(await records.areActive([...ids, 'unknown'])).toEqual([false, true, false, false]);
    expect(await records.areActive([])).toEqual([]);
    const known = await records.getMany([started, 'unknown']);
    expect(known.map((record) => record?.status)).toEqual(['active', undefined]);
  });

  it('leave what is settled as it is: a second run of a job changes nothing', async () => {
    const { id } = await open(2);
    const settled = await records.complete(id, 1, RESULT);
    expect(settled).toMatchObject({ status: 'completed', ...RESULT });
    expect(await records.fail(id, 1, FAILURE)).toEqual(settled);
    expect(await records.start(id, 1)).toEqual(settled);
    expect(await records.complete(id, 1, { ...RESULT, bytes: 1 })).toEqual(settled);
  });

  it('say that a deleted record is gone, and make none', async () => {
    const { id } = await open(3);
    expect(await records.delete(id)).toBe(true);
    expect(await records.delete(id)).toBe(false);
    expect(await records.start(id, 1)).toBeUndefined();
    expect(await records.complete(id, 1, RESULT)).toBeUndefined();
    expect(await records.fail(id, 1, FAILURE)).toBeUndefined();
    await records.addTrace(id, { at: '2026-11-21T10:00:00.000Z', event: 'attempt_failed' });
    // That it was deleted is all that is known of it.
    expect(await admin.keys('*')).toEqual(['cp:imgs:deleted']);
    expect(await records.deletionOf(id)).toMatchObject({ at: expect.any(String) });
  });
});

describe('waitForSettled', () => {
  it.each(['completed', 'failed'] as const)(
    'wakes who waits in another process: %s',
    async (how) => {
      const { id } = await open(1);
      const waiting = Promise.all(
        Array.from({ length: 50 }, () => others.waitForSettled(id, 1, 30_000)),
      );
      await until(async () => {
        const [, subscribers] = (await admin.pubsub('NUMSUB', 'cp:imgs:settled')) as [
          string,
          number,
        ];
        return Number(subscribers) > 0;
      });
      await records.start(id, 1);
      if (how === 'completed') await records.complete(id, 1, RESULT);
      else await records.fail(id, 1, FAILURE);
      for (const record of await waiting) expect(record?.status).toBe(how);
    },
  );

  it('answers at once for what is settled, for a later generation, and for what is gone', async () => {
    const { id } = await open(2);
    await records.complete(id, 1, RESULT);
    expect(await records.waitForSettled(id, 1, 30_000)).toMatchObject({ bytes: RESULT.bytes });
    await records.claim(draftOf(2), { refresh: true });
    expect(await records.waitForSettled(id, 1, 30_000)).toMatchObject({ generation: 2 });
    await records.delete(id);
    expect(await records.waitForSettled(id, 2, 30_000)).toBeUndefined();
  });

  it('gives up in time', async () => {
    const { id } = await open(3);
    expect(await records.waitForSettled(id, 1, 20)).toBeUndefined();
  });
});

describe('list', () => {
  async function all(query: { template?: string; status?: 'queued' | 'completed' }, limit: number) {
    const ids: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await records.list({ ...query, limit, ...(cursor ? { cursor } : {}) });
      expect(page.records.length).toBeLessThanOrEqual(limit);
      ids.push(...page.records.map(({ id }) => id));
      cursor = page.nextCursor;
      pages += 1;
    } while (cursor && pages < 100);
    return ids;
  }

  it.each([1, 2, 3, 7, 50])(
    'goes through equal times without loss or repetition, %i a page',
    async (limit) => {
      const createdAt = '2026-11-21T10:00:00.000Z';
      for (let n = 0; n < 20; n += 1) await open(n, n % 10 === 0 ? {} : { createdAt });
      const ids = await all({}, limit);
      expect(ids).toHaveLength(20);
      expect(new Set(ids).size).toBe(20);
      const times = await Promise.all(ids.map(async (id) => (await records.get(id))?.createdAt));
      expect(times).toEqual([...times].sort().reverse());
    },
  );

  it('keeps its place while records before and behind it come and go', async () => {
    for (let n = 0; n < 9; n += 1) await open(n);
    const first = await records.list({ limit: 3 });
    expect(first.records.map(({ id }) => id)).toEqual([8, 7, 6].map(imageIdOf));
    await open(20);
    await records.delete(imageIdOf(6));
    await records.delete(imageIdOf(4));
    const second = await records.list({ limit: 3, cursor: String(first.nextCursor) });
    expect(second.records.map(({ id }) => id)).toEqual([5, 3, 2].map(imageIdOf));
  });

  it('finds by template, by status, and by both', async () => {
    for (let n = 0; n < 12; n += 1) {
      const spec = { ...draftOf(n).spec, templateId: n % 2 ? 'odd' : 'even' };
      await open(n, { spec });
      if (n % 3 === 0) await records.complete(imageIdOf(n), 1, RESULT);
    }
    expect(await all({ template: 'odd' }, 4)).toEqual([11, 9, 7, 5, 3, 1].map(imageIdOf));
    expect(await all({ status: 'completed' }, 3)).toEqual([9, 6, 3, 0].map(imageIdOf));
    expect(await all({ template: 'odd', status: 'completed' }, 1)).toEqual([9, 3].map(imageIdOf));
    expect(await all({ template: 'none' }, 3)).toEqual([]);
  });

  it('reads a cursor that nobody gave out as the start', async () => {
    await open(1);
    expect((await records.list({ limit: 5, cursor: 'nonsense' })).records).toHaveLength(1);
  });
});

describe('unsettled', () => {
  it('names what was opened long enough ago and is not settled', async () => {
    const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
    await open(1, { createdAt: ago(60_000) });
    await open(2, { createdAt: ago(60_000) });
    await open(3, { createdAt: ago(60_000) });
    await open(4, { createdAt: ago(0) });
    await records.start(imageIdOf(2), 1);
    await records.complete(imageIdOf(3), 1, RESULT);
    const found = await records.unsettled(30_000, 10);
    expect(found).toEqual([1, 2].map((n) => ({ id: imageIdOf(n), generation: 1 })));
    expect(await records.unsettled(30_000, 1)).toHaveLength(1);
  });

  it('counts a new generation from when it was opened', async () => {
    const old = new Date(Date.now() - 60_000).toISOString();
    const { id } = await open(5, { createdAt: old });
    await records.complete(id, 1, RESULT);
    await records.claim(draftOf(5, { createdAt: new Date().toISOString() }), { refresh: true });
    expect(await records.unsettled(30_000, 10)).toEqual([]);
    expect(await records.unsettled(-1_000, 10)).toEqual([{ id, generation: 2 }]);
  });
});

describe('restore', () => {
  it('writes a record as it is, in every list', async () => {
    const record = { ...draftOf(1), ...RESULT, status: 'completed' as const };
    await records.restore({ ...record, completedAt: '2026-11-21T11:00:00.000Z' });
    expect(await records.get(record.id)).toEqual({
      ...record,
      completedAt: '2026-11-21T11:00:00.000Z',
    });
    expect(
      (await records.list({ status: 'completed', template: 'card', limit: 5 })).records,
    ).toHaveLength(1);
  });

  it('leaves a render under way alone', async () => {
    const { id } = await open(2);
    await records.restore({ ...draftOf(2), ...RESULT, status: 'completed' });
    expect(await records.get(id)).toMatchObject({ status: 'queued', bytes: 0 });
  });
});

describe('the trace', () => {
  it('keeps the newest fifty events of an image, in their order', async () => {
    const { id } = await open(1);
    for (let n = 0; n < 60; n += 1) await records.addTrace(id, { at: `t${n}`, event: 'tried', n });
    const events = await records.trace(id);
    expect(events).toHaveLength(50);
    expect(events.map((event) => event.n)).toEqual(Array.from({ length: 50 }, (_, i) => i + 10));
  });
});

describe('Redis', () => {
  it('has every record after it was killed and started again', async () => {
    for (let n = 0; n < 50; n += 1) await open(n);
    await records.complete(imageIdOf(7), 1, RESULT);
    const before = await admin.dbsize();
    // Caught from the start: it ends while something else is awaited.
    const waiting = others.waitForSettled(imageIdOf(8), 1, 30_000).catch(() => undefined);
    await server.kill9();
    await expect(records.get(imageIdOf(7))).rejects.toMatchObject({
      code: 'redis_unavailable',
      status: 503,
    });
    // Who waits is told, instead of being left to the end of its time.
    await waiting;
    await server.restart();
    await until(
      () =>
        records.get(imageIdOf(7)).then(
          () => true,
          () => false,
        ),
      20_000,
    );
    expect(await admin.dbsize()).toBe(before);
    expect(await records.get(imageIdOf(7))).toMatchObject({ status: 'completed', ...RESULT });
    expect((await records.list({ limit: 100 })).records).toHaveLength(50);

    // The subscription is back too.
    const settled = others.waitForSettled(imageIdOf(9), 1, 30_000);
    await until(async () => {
      const [, subscribers] = (await admin.pubsub('NUMSUB', 'cp:imgs:settled')) as [string, number];
      return Number(subscribers) > 0;
    }, 10_000);
    await records.complete(imageIdOf(9), 1, RESULT);
    expect((await settled)?.status).toBe('completed');
  });
});
