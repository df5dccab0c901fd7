import { describe, expect, it } from '@jest/globals';
import { createCallerShares } from '../../../src/queue/caller-shares.js';
import { until } from '../../support/until.js';

function startShares() {
  const counts: number[] = [];
  const shares = createCallerShares({
    slots: 4,
    parkedPerCaller: 3,
    parkedInAll: 5,
    slowMs: 5,
    onParked: (count) => counts.push(count),
  });
  return { shares, counts };
}

/** A wait that goes on until `end`. */
function longWait() {
  let end = (): void => undefined;
  const wait = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { wait: () => wait, end };
}

describe('shares of callers', () => {
  it('give the slot of a job that waits long to others, and take it back', async () => {
    const { shares, counts } = startShares();
    const [slow, quick] = [shares.take('a'), shares.take('a')];
    const { wait, end } = longWait();
    const news: string[] = [];
    const waited = slow?.park(wait, () => {
      news.push('parked');
      return () => void news.push('resumed');
    });
    expect(await quick?.park(async () => 'done')).toBe('done');
    await until(() => counts.length === 1);
    expect(news).toEqual(['parked']);
    end();
    await waited;
    expect(counts).toEqual([1, 0]);
    expect(news).toEqual(['parked', 'resumed']);
  });

  it('refuse a caller who has its share, and nobody else', async () => {
    const { shares, counts } = startShares();
    const { wait, end } = longWait();
    const slots = [1, 2, 3].map(() => shares.take('hostile'));
    const waits = slots.map((slot) => slot?.park(wait));
    await until(() => counts.at(-1) === 3);
    // Half of the slots are left to the caller.
    const further = [shares.take('hostile'), shares.take('hostile')];
    expect(further.every((slot) => slot !== undefined)).toBe(true);
    expect(shares.take('hostile')).toBeUndefined();
    expect(shares.take('honest')).toBeDefined();
    further[0]?.release();
    expect(shares.take('hostile')).toBeDefined();
    end();
    await Promise.all(waits);
    for (const slot of slots) slot?.release();
    expect(shares.take('hostile')).toBeDefined();
  });

  it('let no more be parked than a worker can hold, and fail with the work', async () => {
    const { shares, counts } = startShares();
    const { wait, end } = longWait();
    const waits = ['a', 'a', 'b', 'b', 'c', 'c', 'd'].map((name) => shares.take(name)?.park(wait));
    await until(() => counts.at(-1) === 5);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(counts.at(-1)).toBe(5);
    end();
    await Promise.all(waits);
    expect(counts.at(-1)).toBe(0);
    const failing = shares.take('a')?.park(async () => {
      throw new Error('it failed');
    });
    await expect(failing).rejects.toThrow('it failed');
  });

  it('spread those who are sent away over the time that others take', () => {
    const { shares } = startShares();
    const delays = Array.from({ length: 20 }, () => shares.delayMs('hostile'));
    expect(delays[0]).toBeGreaterThanOrEqual(50);
    expect(delays[9]).toBeGreaterThan((delays[0] ?? 0) * 5);
    expect(Math.max(...delays)).toBeLessThanOrEqual(5_000);
  });
});
