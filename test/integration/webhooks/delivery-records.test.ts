import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { createDeliveryRecords } from '../../../src/records/delivery-records.js';
import type { RecordedAttempt } from '../../../src/webhooks/ports.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = server.connect();
});
afterEach(() => redis.flushall());
afterAll(() => server?.stop());

const DAY_MS = 24 * 3_600_000;
const START_MS = Date.parse('2026-11-21T10:00:00Z');
const endpoint = 'https://x.test/hook';
const iso = (ms: number) => new Date(ms).toISOString();

function newDelivery(id: string, createdMs = START_MS) {
  return {
    id,
    url: `${endpoint}?token=1`,
    endpoint,
    receiver: 'x.test',
    type: 'image.completed' as const,
    payload: '{"data":"Ürgs 🎉"}',
    createdAt: iso(createdMs),
  };
}

function recorded(id: string, more: Partial<RecordedAttempt> = {}): RecordedAttempt {
  return {
    id,
    round: 1,
    endpoint,
    attempt: { at: iso(START_MS), durationMs: 12, status: 204, answer: '' },
    outcome: { kind: 'delivered' },
    disableIfFailingSince: iso(START_MS - 5 * DAY_MS),
    ...more,
  };
}
const FAILED = {
  outcome: { kind: 'failed' as const, nextAttemptAt: undefined },
  attempt: { at: iso(START_MS), durationMs: 12, status: 500, answer: 'no' },
};
const GONE = { ...FAILED, outcome: { kind: 'gone' as const } };

describe('the list', () => {
  it('is newest first, in pages without gap or repetition, also while more come', async () => {
    const records = createDeliveryRecords(redis, { now: () => new Date(START_MS) });
    // Several in one millisecond, and in an order that is not theirs.
    for (let n = 0; n < 25; n += 1) {
      await records.add(newDelivery(`msg_${(n * 7) % 25}`, START_MS + Math.floor(n / 3)));
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await records.list({ cursor, limit: 10 });
      seen.push(...page.deliveries.map(({ id }) => id));
      cursor = page.nextCursor;
      pages += 1;
      await records.add(newDelivery(`late_${pages}`, START_MS + 1_000));
    } while (cursor);
    expect([pages, seen.length, new Set(seen).size]).toEqual([3, 25, 25]);
    const { deliveries } = await records.list({ limit: 100 });
    const times = deliveries.map(({ createdAt }) => createdAt);
    expect(times).toEqual([...times].sort().reverse());
    expect(deliveries[0]?.id).toBe('late_3');
  });

  it('knows each by its status, and moves it along', async () => {
    const records = createDeliveryRecords(redis);
    const ids = async (status: 'pending' | 'delivered' | 'failed' | 'disabled') =>
      (await records.list({ status, limit: 10 })).deliveries.map(({ id }) => id);
    for (const id of ['msg_a', 'msg_b', 'msg_c']) await records.add(newDelivery(id));
    expect(await ids('pending')).toEqual(['msg_c', 'msg_b', 'msg_a']);
    await records.recordAttempt(recorded('msg_a'));
    await records.recordAttempt(recorded('msg_b', FAILED));
    await records.recordAttempt(recorded('msg_c', GONE));
    expect(await ids('pending')).toEqual([]);
    expect([await ids('delivered'), await ids('failed'), await ids('disabled')]).toEqual([
      ['msg_a'],
      ['msg_b'],
      ['msg_c'],
    ]);
    await records.replay('msg_b', iso(START_MS));
    expect([await ids('failed'), await ids('pending')]).toEqual([[], ['msg_b']]);
  });
});

describe('an attempt', () => {
  it('of a round that is over is noted, and decides nothing', async () => {
    const records = createDeliveryRecords(redis);
    await records.add(newDelivery('msg_a'));
    await records.replay('msg_a', iso(START_MS));
    expect(await records.recordAttempt(recorded('msg_a', FAILED))).toEqual({ status: 'pending' });
    expect(await records.get('msg_a')).toMatchObject({
      status: 'pending',
      round: 2,
      tries: 0,
      attemptCount: 1,
      attempts: [{ status: 500, answer: 'no' }],
    });
  });

  it('that succeeds enables an endpoint only if it began after the endpoint was disabled', async () => {
    const records = createDeliveryRecords(redis, { now: () => new Date(START_MS) });
    for (const id of ['msg_a', 'msg_b', 'msg_c']) await records.add(newDelivery(id));
    expect(await records.recordAttempt(recorded('msg_a', GONE))).toEqual({
      status: 'disabled',
      disabled: 'gone',
    });
    const at = (ms: number) => ({ attempt: { ...recorded('x').attempt, at: iso(ms) } });
    await records.recordAttempt(recorded('msg_b', at(START_MS - 1)));
    expect(await records.endpoint(endpoint)).toMatchObject({ disabledReason: 'gone' });
    await records.recordAttempt(recorded('msg_c', at(START_MS + 1)));
    expect(await records.endpoint(endpoint)).toEqual({});
  });

  it('is kept with the newest fifty', async () => {
    const records = createDeliveryRecords(redis);
    await records.add(newDelivery('msg_a'));
    const nextAttemptAt = iso(START_MS + 1_000);
    for (let n = 1; n <= 60; n += 1) {
      const attempt = { ...FAILED.attempt, answer: String(n) };
      await records.recordAttempt(
        recorded('msg_a', { attempt, outcome: { kind: 'failed', nextAttemptAt } }),
      );
    }
    const found = await records.get('msg_a');
    expect(found).toMatchObject({ attemptCount: 60, nextAttemptAt, status: 'pending' });
    expect(found?.attempts.map(({ answer }) => Number(answer))).toEqual(
      Array.from({ length: 50 }, (_, n) => n + 11),
    );
  });
});

describe('what is forgotten', () => {
  async function everyKey(): Promise<string[]> {
    return (await redis.keys('*')).sort();
  }

  it('is what was settled before the retention, with all that belonged to it', async () => {
    const clock = { ms: START_MS };
    const records = createDeliveryRecords(redis, {
      retentionDays: 30,
      now: () => new Date(clock.ms),
    });
    await records.add(newDelivery('msg_done'));
    await records.recordAttempt(recorded('msg_done'));
    await records.add(newDelivery('msg_open'));
    clock.ms = START_MS + 30 * DAY_MS - 1;
    expect(await records.trim()).toBe(0);
    clock.ms += 2;
    expect(await records.trim()).toBe(1);
    expect(await records.get('msg_done')).toBeUndefined();
    expect(await records.get('msg_open')).toMatchObject({ status: 'pending' });
    expect((await everyKey()).filter((key) => key.includes('msg_'))).toEqual([
      'cp:dlv:rec:msg_open',
    ]);
    await records.recordAttempt(recorded('msg_open'));
    expect(await records.trim()).toBe(1);
    expect(await everyKey()).toEqual([]);
  });

  it('is the oldest that is settled, where there are too many; never what is pending', async () => {
    const records = createDeliveryRecords(redis, {
      maxRecords: 5,
      now: () => new Date(START_MS),
    });
    await records.add(newDelivery('msg_open', START_MS - 1_000));
    for (let n = 0; n < 8; n += 1) {
      await records.add(newDelivery(`msg_${n}`, START_MS + n));
      await records.recordAttempt(recorded(`msg_${n}`));
    }
    const { deliveries } = await records.list({ limit: 100 });
    expect(deliveries.map(({ id }) => id)).toEqual([
      'msg_7',
      'msg_6',
      'msg_5',
      'msg_4',
      'msg_open',
    ]);
  });

  it('makes a late answer harmless', async () => {
    const records = createDeliveryRecords(redis);
    await records.disable('msg_gone', 1, 'gone', iso(START_MS));
    expect(await records.recordAttempt(recorded('msg_gone'))).toBeUndefined();
    expect(await records.replay('msg_gone', iso(START_MS))).toBeUndefined();
    expect(await everyKey()).toEqual([]);
  });

  it('is an endpoint nobody sends to any more', async () => {
    const records = createDeliveryRecords(redis, { retentionDays: 2 });
    await records.add(newDelivery('msg_a'));
    await records.recordAttempt(recorded('msg_a', GONE));
    const [key = ''] = await redis.keys('cp:dlv:end:*');
    const left = await redis.pttl(key);
    expect(left).toBeGreaterThan(2 * DAY_MS - 60_000);
    expect(left).toBeLessThanOrEqual(2 * DAY_MS);
  });
});

describe('what is overdue', () => {
  it('is what is pending and past its time, each found sooner or later', async () => {
    const records = createDeliveryRecords(redis);
    for (let n = 0; n < 30; n += 1) await records.add(newDelivery(`msg_${n}`));
    await records.add(newDelivery('msg_done'));
    await records.recordAttempt(recorded('msg_done'));
    await records.add(newDelivery('msg_later', START_MS + 10_000));
    const found = new Set<string>();
    for (let n = 0; n < 300 && found.size < 30; n += 1) {
      const tickets = await records.overdue(iso(START_MS + 1), 10);
      expect(tickets.length).toBe(10);
      for (const { id } of tickets) found.add(id);
    }
    expect(found.size).toBe(30);
    expect(found.has('msg_done') || found.has('msg_later')).toBe(false);
    expect(await records.overdue(iso(START_MS), 100)).toContainEqual({
      id: 'msg_0',
      round: 1,
      receiver: 'x.test',
    });
  });
});

it('says that Redis is away', async () => {
  const away = createDeliveryRecords(
    server.connect({ enableOfflineQueue: false, lazyConnect: true }),
  );
  await expect(away.get('msg_a')).rejects.toMatchObject({ code: 'redis_unavailable' });
  await expect(away.list({ limit: 1 })).rejects.toMatchObject({ code: 'redis_unavailable' });
});
