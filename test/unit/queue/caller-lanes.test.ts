import { describe, expect, it } from '@jest/globals';
import { createCallerLanes } from '../../../src/queue/caller-lanes.js';
import { until } from '../../support/until.js';

function startLanes() {
  const counts: number[] = [];
  const lanes = createCallerLanes({
    slots: 4,
    perCaller: 3,
    inAll: 5,
    slowMs: 5,
    onParked: (count) => counts.push(count),
  });
  return { lanes, counts };
}

/** A wait that goes on until `end`. */
function longWait() {
  let end = (): void => undefined;
  const wait = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { wait: () => wait, end };
}

describe('lanes of callers', () => {
  it('give the slot of a job that waits long to others, and take it back', async () => {
    const { lanes, counts } = startLanes();
    const [slow, quick] = [lanes.take('a'), lanes.take('a')];
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
    const { lanes, counts } = startLanes();
    const { wait, end } = longWait();
    const slots = [1, 2, 3].map(() => lanes.take('hostile'));
    const waits = slots.map((slot) => slot?.park(wait));
    await until(() => counts.at(-1) === 3);
    // Half of the slots are left to the caller.
    const further = [lanes.take('hostile'), lanes.take('hostile')];
    expect(further.every((slot) => slot !== undefined)).toBe(true);
    expect(lanes.take('hostile')).toBeUndefined();
    expect(lanes.take('honest')).toBeDefined();
    further[0]?.release();
    expect(lanes.take('hostile')).toBeDefined();
    end();
    await Promise.all(waits);
    for (const slot of slots) slot?.release();
    expect(lanes.take('hostile')).toBeDefined();
  });

  it('let no more be parked than a worker can hold, and fail with the work', async () => {
    const { lanes, counts } = startLanes();
    const { wait, end } = longWait();
    const waits = ['a', 'a', 'b', 'b', 'c', 'c', 'd'].map((name) => lanes.take(name)?.park(wait));
    await until(() => counts.at(-1) === 5);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(counts.at(-1)).toBe(5);
    end();
    await Promise.all(waits);
    expect(counts.at(-1)).toBe(0);
    const failing = lanes.take('a')?.park(async () => {
      throw new Error('it failed');
    });
    await expect(failing).rejects.toThrow('it failed');
  });

  it('spread those who are sent away over the time that others take', () => {
    const { lanes } = startLanes();
    const delays = Array.from({ length: 20 }, () => lanes.delayMs('hostile'));
    expect(delays[0]).toBeGreaterThanOrEqual(50);
    expect(delays[9]).toBeGreaterThan((delays[0] ?? 0) * 5);
    expect(Math.max(...delays)).toBeLessThanOrEqual(5_000);
  });
});
